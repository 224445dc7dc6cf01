#include "store/sqlite/index_file.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <limits>
#include <span>
#include <utility>

#include "base/try.hpp"
#include "store/sqlite/identifiers.hpp"
#include "store/sqlite/sealed_texts.hpp"
#include "store/sqlite/side_database.hpp"

namespace store::sqlite {
namespace {

constexpr int kCheckpointPages = 2000;
constexpr int kFirstFieldParameter = 4;

constexpr const char* kInsert = R"sql(
INSERT INTO entry(seq, received_at, id, size, answer_code, type, trigger, control_id, patient_key,
  sending_application, sending_facility, listener, lanes, sealed)
VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
)sql";

constexpr const char* kColumns =
    "SELECT seq, received_at, id, size, answer_code, type, trigger, control_id, patient_key,"
    " sending_application, sending_facility, listener, lanes, sealed ";

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

SealPlace found_place(std::uint64_t entry) noexcept { return {SealedAs::kFound, entry, 0}; }

// What a search shows of a message, in the order in which it is packed: add at the end.
constexpr std::size_t kShownCount = 7;

using Shown = std::array<std::string_view, kShownCount>;

Shown shown_of(const Found& found) {
  return {found.type,
          found.trigger,
          found.control_id,
          found.patient_key,
          found.sending_application,
          found.sending_facility,
          found.listener};
}

void set_shown(const Shown& shown, Found& found) {
  found.type = shown[0];
  found.trigger = shown[1];
  found.control_id = shown[2];
  found.patient_key = shown[3];
  found.sending_application = shown[4];
  found.sending_facility = shown[5];
  found.listener = shown[6];
}

// With which key a file was made; 0: without one.
base::Result<KeyId, StoreError> key_of(Connection& connection) {
  const auto column = TRY(
      connection.number("SELECT count(*) FROM pragma_table_info('state') WHERE name = 'key_id'"));
  if (column == 0) return KeyId{};  // of a program before this one
  return KeyId{static_cast<std::uint32_t>(TRY(connection.number("SELECT key_id FROM state")))};
}

Status set_key(Connection& connection, KeyId key) {
  const std::string sql = "UPDATE state SET key_id = " + std::to_string(key.value);
  return connection.run(sql.c_str());
}

bool has_key(const PayloadCipher* cipher, KeyId key) noexcept {
  return cipher != nullptr && cipher->has(key);
}

}  // namespace

bool is_index_current(const Place& place, SegmentNumber number) {
  const KeyId current = place.cipher == nullptr ? KeyId{} : place.cipher->current();
  auto opened = open_side_to_read(place, place.layout.index_file(number));
  if (!opened) return false;
  const auto key = key_of(*opened);
  return key && *key == current;
}

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
  const KeyId current = place.cipher == nullptr ? KeyId{} : place.cipher->current();
  const KeyId key = TRY(at_open(path, key_of(connection)));
  // One of another key that still grows is made anew, and so is one that cannot be read.
  const bool is_ours =
      key == current || (complete != 0 && (key == KeyId{} || has_key(place.cipher, key)));
  if (!is_ours && last != 0) return cannot_open(path, {StoreFault::kDamaged, 0});
  if (!is_ours) static_cast<void>(TRY(at_open(path, set_key(connection, current))));
  FieldTable fields =
      TRY(at_open(path, FieldTable::open(connection, {place.cipher, is_ours ? key : current})));
  IndexWriter writer(place, number, std::move(connection),
                     {std::move(insert), std::move(block), std::move(begin), std::move(commit)},
                     std::move(fields));
  writer.cursor_ = {static_cast<std::uint64_t>(last)};
  writer.is_complete_ = complete != 0;
  writer.key_ = is_ours ? key : current;
  return writer;
}

IndexWriter::IndexWriter(const Place& place, SegmentNumber number, Connection connection,
                         Statements statements, FieldTable fields)
    : cipher_(place.cipher),
      number_(number),
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
        .bind(13, base::ByteView(row.lanes));
    if (key_ == KeyId{}) {
      bind_clear(found);
    } else {
      bind_sealed_columns(found);
    }
    static_cast<void>(TRY(statements_.insert.finish()));
    static_cast<void>(TRY(fields_.insert({found.key.value}, row.fields)));
  }
  statements_.block.bind(1, rows.back().found.key.value)
      .bind(2, rows.front().found.key.value)
      .bind(3, us_of(earliest))
      .bind(4, us_of(latest));
  return statements_.block.finish();
}

void IndexWriter::bind_clear(const Found& found) {
  statements_.insert.bind(6, std::string_view(found.type))
      .bind(7, std::string_view(found.trigger))
      .bind(8, std::string_view(found.control_id))
      .bind(9, std::string_view(found.patient_key))
      .bind(10, std::string_view(found.sending_application))
      .bind(11, std::string_view(found.sending_facility))
      .bind(12, std::string_view(found.listener))
      .bind(14, base::ByteView());
}

void IndexWriter::bind_sealed_columns(const Found& found) {
  const Identifiers identifiers(*cipher_, key_);
  Statement& insert = statements_.insert;
  identifiers.bind(insert, 6, kTypeField, found.type, macs_[0]);
  identifiers.bind(insert, 8, kControlIdField, found.control_id, macs_[1]);
  identifiers.bind(insert, 9, kPatientField, found.patient_key, macs_[2]);
  identifiers.bind(insert, 10, kSenderField, found.sending_application, macs_[3]);
  for (const int parameter : {7, 11, 12}) insert.bind(parameter, std::string_view());
  pack_texts(shown_of(found), packed_);
  cipher_->seal(found_place(found.key.value), packed_, sealed_);
  insert.bind(14, base::ByteView(sealed_));
}

Status IndexWriter::complete() {
  static_cast<void>(TRY(connection_.run("UPDATE state SET is_complete = 1")));
  is_complete_ = true;
  return wal_.checkpoint_beyond(connection_, 0);
}

// ── Searching ───────────────────────────────────────────────────────────────

base::Result<IndexReader, OpenError> IndexReader::open(const Place& place, SegmentNumber number) {
  const std::string path = place.layout.index_file(number);
  Connection connection = TRY(open_side_to_read(place, path));
  const KeyId key = TRY(at_open(path, key_of(connection)));
  if (key != KeyId{} && !has_key(place.cipher, key)) return cannot_open(path, kKeyIsMissing);
  return IndexReader(number, std::move(connection), place.cipher, key);
}

base::Result<bool, StoreError> IndexReader::scan(const Search& search, EntryId before,
                                                 const SearchVisit& visit) {
  const auto bounds = TRY(this->bounds(search));
  if (!bounds) return true;
  const SearchPath path = path_of(search);
  const FieldSearch fields(search, {cipher_, key_}, kFirstFieldParameter);
  std::string sql = kColumns;
  sql += fields.from();
  sql += path.index;
  sql += " WHERE seq >= ?2 AND seq <= ?3";
  if (*path.condition != '\0') sql += std::string(" AND ") + path.condition;
  sql += fields.conditions();
  sql += " ORDER BY seq DESC";
  Statement rows = TRY(Statement::prepare(connection_, sql));
  const std::uint64_t last = std::min(bounds->last.value, before.value - 1);
  PayloadCipher::Mac mac;
  const bool is_sealed = key_ != KeyId{};
  if (*path.condition != '\0' && is_sealed && !path.field.empty()) {
    Identifiers(*cipher_, key_).bind(rows, 1, path.field, path.value, mac);
  } else if (*path.condition != '\0') {
    rows.bind(1, path.value);
  }
  rows.bind(2, bounds->first.value).bind(3, last);
  fields.bind_to(rows);
  std::vector<std::byte> clear;
  while (TRY(rows.step())) {
    SearchRow row = row_of(rows);
    if (is_sealed) static_cast<void>(TRY(open_shown(rows.column_blob(13), clear, row.found)));
    if (!visit(std::move(row))) return false;
  }
  return true;
}

Status IndexReader::open_shown(base::ByteView sealed, std::vector<std::byte>& clear,
                               Found& found) const {
  static_cast<void>(TRY(cipher_->open(found_place(found.key.value), sealed, clear)));
  Shown shown;
  if (!unpack_texts(clear, shown)) return base::fail(StoreError{StoreFault::kDamaged, 0});
  set_shown(shown, found);
  return base::Done{};
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
