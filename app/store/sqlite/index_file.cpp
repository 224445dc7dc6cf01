#include "store/sqlite/index_file.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <span>
#include <utility>

#include "base/try.hpp"
#include "store/sqlite/side_database.hpp"

namespace store::sqlite {
namespace {

constexpr int kCheckpointPages = 2000;
constexpr int kFirstFieldParameter = 4;

constexpr const char* kInsert = R"sql(
INSERT INTO entry(seq, received_at, id, size, answer_code, type, trigger, control_id, patient_key,
  sending_application, sending_facility, listener, lanes)
VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
)sql";

constexpr const char* kColumns =
    "SELECT seq, received_at, id, size, answer_code, type, trigger, control_id, patient_key,"
    " sending_application, sending_facility, listener, lanes ";

std::int64_t us_of(base::WallTime at) { return at.time_since_epoch().count(); }

SearchRow row_of(const Statement& row) {
  SearchRow read;
  Found& found = read.found;
  found.key.value = row.column_bits(0);
  found.received_at = base::WallTime(std::chrono::microseconds(row.column_number(1)));
  const base::ByteView id = row.column_blob(2);
  std::memcpy(found.message_id.octets.data(), id.data(),
              std::min(id.size(), found.message_id.octets.size()));
  found.size_bytes = row.column_bits(3);
  found.answer_code = row.column_text(4);
  found.type = row.column_text(5);
  found.trigger = row.column_text(6);
  found.control_id = row.column_text(7);
  found.patient_key = row.column_text(8);
  found.sending_application = row.column_text(9);
  found.sending_facility = row.column_text(10);
  found.listener = row.column_text(11);
  const base::ByteView lanes = row.column_blob(12);
  read.lanes.assign(lanes.begin(), lanes.end());
  return read;
}

}  // namespace

// ── Writing ─────────────────────────────────────────────────────────────────

base::Result<IndexWriter, OpenError> IndexWriter::open(const Place& place, SegmentNumber number) {
  auto opened = open_once(place, number);
  if (opened || opened.error().fault == OpenFault::kDisk) return opened;
  remove_side(place, place.layout.index_file(number));
  return open_once(place, number);
}

base::Result<IndexWriter, OpenError> IndexWriter::open_once(const Place& place,
                                                            SegmentNumber number) {
  const std::string path = place.layout.index_file(number);
  Connection connection = TRY(open_side(place, path, index_schema()));
  Statement insert = TRY(at_open(path, Statement::prepare(connection, kInsert)));
  Statement block = TRY(
      at_open(path, Statement::prepare(connection, "INSERT INTO block VALUES(?1, ?2, ?3, ?4)")));
  Statement begin = TRY(at_open(path, Statement::prepare(connection, "BEGIN IMMEDIATE")));
  Statement commit = TRY(at_open(path, Statement::prepare(connection, "COMMIT")));
  const auto last = TRY(at_open(path, connection.number("SELECT max(last) FROM block")));
  const auto complete = TRY(at_open(path, connection.number("SELECT is_complete FROM state")));
  FieldTable fields = TRY(at_open(path, FieldTable::open(connection)));
  IndexWriter writer(number, std::move(connection),
                     {std::move(insert), std::move(block), std::move(begin), std::move(commit)},
                     std::move(fields));
  writer.cursor_ = {static_cast<std::uint64_t>(last)};
  writer.is_complete_ = complete != 0;
  return writer;
}

IndexWriter::IndexWriter(SegmentNumber number, Connection connection, Statements statements,
                         FieldTable fields)
    : number_(number),
      connection_(std::move(connection)),
      wal_(connection_),
      statements_(std::move(statements)),
      fields_(std::move(fields)) {}

Status IndexWriter::add(const std::vector<SearchRow>& rows) {
  if (rows.empty()) return base::Done{};
  static_cast<void>(TRY(statements_.begin.finish()));
  Status added = insert(rows);
  if (added) added = statements_.commit.finish();
  if (!added) {
    if (connection_.in_transaction()) static_cast<void>(connection_.run("ROLLBACK"));
    fields_.forget_names();
    return added;
  }
  cursor_ = {rows.back().found.key.value};
  return wal_.checkpoint_beyond(connection_, kCheckpointPages);
}

Status IndexWriter::insert(const std::vector<SearchRow>& rows) {
  base::WallTime earliest = rows.front().found.received_at;
  base::WallTime latest = earliest;
  for (const SearchRow& row : rows) {
    const Found& found = row.found;
    earliest = std::min(earliest, found.received_at);
    latest = std::max(latest, found.received_at);
    statements_.insert.bind(1, found.key.value)
        .bind(2, us_of(found.received_at))
        .bind(3, std::as_bytes(std::span(found.message_id.octets)))
        .bind(4, found.size_bytes)
        .bind(5, std::string_view(found.answer_code))
        .bind(6, std::string_view(found.type))
        .bind(7, std::string_view(found.trigger))
        .bind(8, std::string_view(found.control_id))
        .bind(9, std::string_view(found.patient_key))
        .bind(10, std::string_view(found.sending_application))
        .bind(11, std::string_view(found.sending_facility))
        .bind(12, std::string_view(found.listener))
        .bind(13, base::ByteView(row.lanes));
    static_cast<void>(TRY(statements_.insert.finish()));
    static_cast<void>(TRY(fields_.insert({found.key.value}, row.fields)));
  }
  statements_.block.bind(1, rows.back().found.key.value)
      .bind(2, rows.front().found.key.value)
      .bind(3, us_of(earliest))
      .bind(4, us_of(latest));
  return statements_.block.finish();
}

Status IndexWriter::complete() {
  static_cast<void>(TRY(connection_.run("UPDATE state SET is_complete = 1")));
  is_complete_ = true;
  return wal_.checkpoint_beyond(connection_, 0);
}

// ── Searching ───────────────────────────────────────────────────────────────

base::Result<IndexReader, OpenError> IndexReader::open(const Place& place, SegmentNumber number) {
  Connection connection = TRY(open_side_to_read(place, place.layout.index_file(number)));
  return IndexReader(number, std::move(connection));
}

base::Result<bool, StoreError> IndexReader::scan(const Search& search, EntryId before,
                                                 const SearchVisit& visit) {
  const auto bounds = TRY(this->bounds(search));
  if (!bounds) return true;
  const SearchPath path = path_of(search);
  const FieldSearch fields(search, kFirstFieldParameter);
  std::string sql = kColumns;
  sql += fields.from();
  sql += path.index;
  sql += " WHERE seq >= ?2 AND seq <= ?3";
  if (*path.condition != '\0') sql += std::string(" AND ") + path.condition;
  sql += fields.conditions();
  sql += " ORDER BY seq DESC";
  Statement rows = TRY(Statement::prepare(connection_, sql));
  const std::uint64_t last = std::min(bounds->last.value, before.value - 1);
  if (*path.condition != '\0') rows.bind(1, path.value);
  rows.bind(2, bounds->first.value).bind(3, last);
  fields.bind_to(rows);
  while (TRY(rows.step())) {
    if (!visit(row_of(rows))) return false;
  }
  return true;
}

base::Result<std::optional<IndexReader::Bounds>, StoreError> IndexReader::bounds(
    const Search& search) {
  constexpr auto kEver = std::numeric_limits<std::int64_t>::max();
  auto blocks = TRY(Statement::prepare(connection_,
                                       "SELECT min(first), max(last) FROM block"
                                       " WHERE latest >= ?1 AND earliest < ?2"));
  blocks.bind(1, search.from ? us_of(*search.from) : std::numeric_limits<std::int64_t>::min())
      .bind(2, search.until ? us_of(*search.until) : kEver);
  if (!TRY(blocks.step()) || blocks.column_bits(1) == 0) return std::optional<Bounds>();
  return std::optional<Bounds>(Bounds{{blocks.column_bits(0)}, {blocks.column_bits(1)}});
}

}  // namespace store::sqlite
