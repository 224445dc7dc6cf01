#include "store/sqlite/rejected_table.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/try.hpp"
#include "store/sqlite/side_database.hpp"

namespace store::sqlite {
namespace {

constexpr int kCheckpointPages = 1000;
constexpr std::uint64_t kTrimRows = 200;

constexpr const char* kInsert = R"sql(
INSERT INTO rejected(behind, received_at, size, kept, answer_code, type, trigger, control_id,
  patient_key, sending_application, sending_facility, listener, peer, tls_identity,
  config_revision, version, charset, outcome, reason, answer)
VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
)sql";

constexpr const char* kColumns =
    "SELECT id, behind, received_at, size, answer_code, type, trigger, control_id, patient_key,"
    " sending_application, sending_facility, listener";

Found found_of(const Statement& row) {
  Found found;
  found.key = {row.column_bits(0), true};
  found.received_at = base::WallTime(std::chrono::microseconds(row.column_number(2)));
  found.size_bytes = row.column_bits(3);
  found.answer_code = row.column_text(4);
  found.type = row.column_text(5);
  found.trigger = row.column_text(6);
  found.control_id = row.column_text(7);
  found.patient_key = row.column_text(8);
  found.sending_application = row.column_text(9);
  found.sending_facility = row.column_text(10);
  found.listener = row.column_text(11);
  return found;
}

// The indexes that there are for refused messages: the others are few enough to be looked at.
SearchPath rejected_path_of(const Search& search) {
  if (search.control_id.empty() && search.patient.empty()) return {};
  return path_of(search);
}

}  // namespace

// ── Writing ─────────────────────────────────────────────────────────────────

base::Result<RejectedTable, OpenError> RejectedTable::open(const Place& place) {
  auto opened = open_once(place);
  if (opened || opened.error().fault == OpenFault::kDisk) return opened;
  remove_side(place, place.layout.rejected_file());
  return open_once(place);
}

base::Result<RejectedTable, OpenError> RejectedTable::open_once(const Place& place) {
  const std::string path = place.layout.rejected_file();
  Connection connection = TRY(open_side(place, path, rejected_schema()));
  const auto prepare = [&](const char* sql) {
    return at_open(path, Statement::prepare(connection, sql));
  };
  Statement insert = TRY(prepare(kInsert));
  Statement octets = TRY(prepare("INSERT INTO octets VALUES(last_insert_rowid(), ?1)"));
  Statement oldest = TRY(
      prepare("SELECT id, received_at, kept + length(answer) FROM rejected ORDER BY id LIMIT ?1"));
  Statement drop = TRY(prepare("DELETE FROM rejected WHERE id <= ?1"));
  Statement drop_octets = TRY(prepare("DELETE FROM octets WHERE id <= ?1"));
  const auto size =
      TRY(at_open(path, connection.number("SELECT sum(kept + length(answer)) FROM rejected")));
  const auto behind = TRY(at_open(path, connection.number("SELECT max(behind) FROM rejected")));
  RejectedTable table(std::move(connection),
                      {std::move(insert), std::move(octets), std::move(oldest), std::move(drop),
                       std::move(drop_octets)});
  table.size_bytes_ = static_cast<std::uint64_t>(size);
  table.behind_ = {static_cast<std::uint64_t>(behind)};
  return table;
}

RejectedTable::RejectedTable(Connection connection, Statements statements)
    : connection_(std::move(connection)), wal_(connection_), statements_(std::move(statements)) {}

template <class Change>
Status RejectedTable::in_transaction(Change change) {
  static_cast<void>(TRY(connection_.run("BEGIN IMMEDIATE")));
  Status done = change();
  if (done) done = connection_.run("COMMIT");
  if (!done && connection_.in_transaction()) static_cast<void>(connection_.run("ROLLBACK"));
  return done;
}

Status RejectedTable::add(const std::vector<RejectedRow>& rows) {
  const EntryId behind_before = behind_;
  std::uint64_t added_bytes = 0;
  const Status added = in_transaction([&]() -> Status {
    for (const RejectedRow& row : rows) {
      behind_ = std::max(behind_, row.behind);
      added_bytes += row.rejected.message.size() + row.rejected.answer.size();
      static_cast<void>(TRY(insert(row)));
    }
    return base::Done{};
  });
  if (!added) {
    behind_ = behind_before;
    return added;
  }
  size_bytes_ += added_bytes;
  return wal_.checkpoint_beyond(connection_, kCheckpointPages);
}

Status RejectedTable::insert(const RejectedRow& row) {
  const Rejected& rejected = row.rejected;
  statements_.insert.bind(1, behind_.value)
      .bind(2, std::int64_t{rejected.received_at.time_since_epoch().count()})
      .bind(3, rejected.size_bytes)
      .bind(4, std::uint64_t{rejected.message.size()})
      .bind(5, std::string_view(rejected.answer_code))
      .bind(6, std::string_view(rejected.type))
      .bind(7, std::string_view(rejected.trigger))
      .bind(8, std::string_view(rejected.control_id))
      .bind(9, std::string_view(rejected.patient_key))
      .bind(10, std::string_view(rejected.sending_application))
      .bind(11, std::string_view(rejected.sending_facility))
      .bind(12, std::string_view(rejected.listener))
      .bind(13, std::string_view(rejected.peer))
      .bind(14, std::string_view(rejected.tls_identity))
      .bind(15, rejected.config_revision)
      .bind(16, std::string_view(rejected.version))
      .bind(17, std::string_view(rejected.charset))
      .bind(18, std::string_view(rejected.outcome))
      .bind(19, std::string_view(rejected.reason))
      .bind(20, base::as_bytes(rejected.answer));
  static_cast<void>(TRY(statements_.insert.finish()));
  return statements_.insert_octets.bind(1, base::ByteView(rejected.message)).finish();
}

base::Result<bool, StoreError> RejectedTable::trim(base::WallTime since, std::uint64_t bytes_max) {
  std::uint64_t dropped_bytes = 0;
  const Status dropped = in_transaction([&]() -> Status {
    dropped_bytes = TRY(drop_oldest(since, bytes_max));
    return base::Done{};
  });
  if (!dropped) return base::fail(dropped.error());
  if (dropped_bytes == 0) return false;
  size_bytes_ -= std::min(dropped_bytes, size_bytes_);
  static_cast<void>(TRY(connection_.run("PRAGMA incremental_vacuum(4096)")));
  // With the last of them what is measured shrinks too, before anything else has to go.
  if (size_bytes_ == 0) {
    static_cast<void>(TRY(wal_.give_room_back(connection_)));
    return true;
  }
  static_cast<void>(TRY(wal_.checkpoint_beyond(connection_, kCheckpointPages)));
  return true;
}

// How many octets went.
base::Result<std::uint64_t, StoreError> RejectedTable::drop_oldest(base::WallTime since,
                                                                   std::uint64_t bytes_max) {
  const std::int64_t since_us = since.time_since_epoch().count();
  std::uint64_t dropped_bytes = 0;
  std::uint64_t last = 0;
  {
    const ResetAtEnd reset(statements_.oldest);
    statements_.oldest.bind(1, kTrimRows);
    while (TRY(statements_.oldest.step())) {
      const bool is_old = statements_.oldest.column_number(1) < since_us;
      if (!is_old && size_bytes_ - dropped_bytes <= bytes_max) break;
      last = statements_.oldest.column_bits(0);
      dropped_bytes += statements_.oldest.column_bits(2);
    }
  }
  if (last == 0) return std::uint64_t{0};
  static_cast<void>(TRY(statements_.drop.bind(1, last).finish()));
  static_cast<void>(TRY(statements_.drop_octets.bind(1, last).finish()));
  return std::max<std::uint64_t>(dropped_bytes, 1);
}

// ── Searching ───────────────────────────────────────────────────────────────

base::Result<RejectedReader, OpenError> RejectedReader::open(const Place& place) {
  Connection connection = TRY(open_side_to_read(place, place.layout.rejected_file()));
  return RejectedReader(std::move(connection));
}

// Their order by id is that by place.
base::Result<bool, StoreError> RejectedReader::scan(const Search& search, SearchPlace before,
                                                    const Visit& visit) {
  const SearchPath path = rejected_path_of(search);
  std::string sql = std::string(kColumns) + " FROM rejected " + path.index;
  sql += " WHERE (behind < ?2 OR (behind = ?2 AND id < ?3))";
  if (*path.condition != '\0') sql += std::string(" AND ") + path.condition;
  sql += " ORDER BY id DESC";
  Statement rows = TRY(Statement::prepare(connection_, sql));
  if (*path.condition != '\0') rows.bind(1, path.value);
  constexpr std::uint64_t kMost = INT64_MAX;
  rows.bind(2, std::min(before.seq, kMost)).bind(3, std::min(before.rejected, kMost));
  while (TRY(rows.step())) {
    SearchRow row;
    row.found = found_of(rows);
    const SearchPlace place{rows.column_bits(1), rows.column_bits(0)};
    if (!visit(place, std::move(row))) return false;
  }
  return true;
}

base::Result<std::optional<MessageRecord>, StoreError> RejectedReader::record(std::uint64_t id) {
  Statement row = TRY(Statement::prepare(
      connection_, std::string(kColumns) +
                       ", peer, tls_identity, config_revision, version, charset, outcome, reason,"
                       " answer, message FROM rejected JOIN octets USING(id) WHERE id = ?1"));
  row.bind(1, id);
  if (!TRY(row.step())) return std::optional<MessageRecord>();
  MessageRecord record;
  record.found = found_of(row);
  record.peer = row.column_text(12);
  record.tls_identity = row.column_text(13);
  record.config_revision = row.column_bits(14);
  record.version = row.column_text(15);
  record.charset = row.column_text(16);
  record.outcome = row.column_text(17);
  record.answer_reason = row.column_text(18);
  record.answer = base::as_text(row.column_blob(19));
  const base::ByteView message = row.column_blob(20);
  record.rejected_message.assign(message.begin(), message.end());
  return std::optional<MessageRecord>(std::move(record));
}

base::Result<std::optional<std::uint64_t>, StoreError> RejectedReader::behind(std::uint64_t id) {
  auto rows = TRY(Statement::prepare(
      connection_, "SELECT behind FROM rejected WHERE id >= ?1 ORDER BY id LIMIT 1"));
  rows.bind(1, id);
  if (!TRY(rows.step())) return std::optional<std::uint64_t>();
  return std::optional<std::uint64_t>(rows.column_bits(0));
}

}  // namespace store::sqlite
