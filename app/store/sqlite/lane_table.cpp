#include "store/sqlite/lane_table.hpp"

#include <array>
#include <chrono>
#include <utility>

#include "base/check.hpp"
#include "base/try.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/sealed_texts.hpp"

namespace store::sqlite {
namespace {

std::int64_t to_us(base::WallTime at) { return at.time_since_epoch().count(); }

std::int64_t to_us(base::Duration wait) {
  return std::chrono::duration_cast<std::chrono::microseconds>(wait).count();
}

base::WallTime from_us(std::int64_t at) { return base::WallTime(std::chrono::microseconds(at)); }

OwedEntry read_entry(const Statement& row) {
  OwedEntry entry;
  entry.id = {row.column_bits(0)};
  entry.key_hash = row.column_bits(1);
  entry.size_bytes = static_cast<std::uint32_t>(row.column_bits(2));
  entry.attempt_count = static_cast<std::uint32_t>(row.column_bits(3));
  entry.joined_hash = row.column_bits(4);
  entry.has_row = true;
  return entry;
}

base::Failure<OpenError> missing(const std::string& path) {
  OpenError error;
  error.fault = OpenFault::kMissing;
  error.path = path;
  return base::fail(std::move(error));
}

Statement& bind_entry(Statement& insert, ConnectorId connector, const OwedEntry& entry) {
  return insert.bind(1, std::int64_t{connector.value})
      .bind(2, entry.id.value)
      .bind(3, entry.key_hash)
      .bind(4, std::int64_t{entry.size_bytes})
      .bind(5, std::int64_t{entry.attempt_count})
      .bind(6, entry.joined_hash);
}

}  // namespace

// Writes one change of a row.
class LaneTable::Change {
 public:
  Change(Statements& statements, ConnectorId connector, const PayloadCipher* cipher)
      : statements_(statements), connector_(connector), cipher_(cipher) {}

  Status operator()(const PutWaiting& change) {
    const WaitingRow& row = change.row;
    Statement& put = bind_entry(statements_.put_waiting, connector_, row.entry)
                         .bind(7, to_us(row.due_at))
                         .bind(8, to_us(row.wait));
    const SealPlace place = lane_text_place(SealedAs::kWaitReason, connector_, row.entry.id);
    return bind_sealed(put, 9, cipher_, place, row.reason, sealed_[0]).finish();
  }

  Status operator()(const PutParked& change) {
    const ParkedRow& row = change.row;
    Statement& put =
        bind_entry(statements_.put_parked, connector_, row.entry).bind(7, to_us(row.parked_at));
    const SealPlace reason = lane_text_place(SealedAs::kParkReason, connector_, row.entry.id);
    const SealPlace words = lane_text_place(SealedAs::kParkWords, connector_, row.entry.id);
    bind_sealed(put, 8, cipher_, reason, row.reason, sealed_[0]);
    return bind_sealed(put, 9, cipher_, words, row.words, sealed_[1]).finish();
  }

  Status operator()(const PutAttempt& change) {
    const Attempt& attempt = change.attempt;
    if (attempt.number > kAttemptsFirst + kAttemptsLast) {
      const std::uint32_t oldest = attempt.number - kAttemptsLast;
      static_cast<void>(TRY(with_number(statements_.drop_attempt, change.id, oldest).finish()));
    }
    Statement& put =
        with_number(statements_.put_attempt, change.id, attempt.number).bind(4, to_us(attempt.at));
    const SealPlace reason =
        lane_text_place(SealedAs::kAttemptReason, connector_, change.id, attempt.number);
    const SealPlace words =
        lane_text_place(SealedAs::kAttemptWords, connector_, change.id, attempt.number);
    bind_sealed(put, 5, cipher_, reason, attempt.reason, sealed_[0]);
    return bind_sealed(put, 6, cipher_, words, attempt.words, sealed_[1]).finish();
  }

  Status operator()(const DropAttempts& change) {
    return with_id(statements_.drop_attempts, change.id);
  }

  Status operator()(const PutDiscarded& change) {
    const DiscardedEntry& entry = change.entry;
    Statement& put = statements_.put_discarded.bind(1, std::int64_t{connector_.value})
                         .bind(2, entry.id.value)
                         .bind(3, to_us(entry.discarded_at))
                         .bind(6, entry.replaced_by.value);
    const SealPlace failure = lane_text_place(SealedAs::kDiscardFailure, connector_, entry.id);
    const SealPlace reason = lane_text_place(SealedAs::kDiscardReason, connector_, entry.id);
    bind_sealed(put, 4, cipher_, failure, entry.failure, sealed_[0]);
    return bind_sealed(put, 5, cipher_, reason, entry.reason, sealed_[1]).finish();
  }

  Status operator()(const DropWaiting& change) {
    return with_id(statements_.drop_waiting, change.id);
  }

  Status operator()(const DropParked& change) {
    return with_id(statements_.drop_parked, change.id);
  }

  Status operator()(const PutAhead& change) { return with_id(statements_.put_ahead, change.id); }

  Status operator()(const DropAheadTo& change) {
    return with_id(statements_.drop_ahead, change.last);
  }

 private:
  Statement& with_number(Statement& statement, EntryId id, std::uint32_t number) {
    return statement.bind(1, std::int64_t{connector_.value})
        .bind(2, id.value)
        .bind(3, std::int64_t{number});
  }

  Status with_id(Statement& statement, EntryId id) {
    return statement.bind(1, std::int64_t{connector_.value}).bind(2, id.value).finish();
  }

  Statements& statements_;
  ConnectorId connector_;
  const PayloadCipher* cipher_;
  std::array<std::vector<std::byte>, 2> sealed_;  // of the row being written
};

base::Result<LaneTable, OpenError> LaneTable::open(const Place& place, Presence presence) {
  const std::string path = place.layout.lanes_file();
  static_cast<void>(TRY(at_open(path, place.disk->touch(path))));
  Connection connection = TRY(at_open(path, Connection::open(path, place.vfs, OpenMode::kCreate)));
  static_cast<void>(TRY(at_open(path, set_up_to_write(connection))));
  const auto version = TRY(at_open(path, connection.number("PRAGMA user_version")));
  if (presence == Presence::kRequired && version == 0) return missing(path);
  static_cast<void>(TRY(bring_up(connection, lanes_schema(), path)));
  const std::string& root = place.layout.root();
  static_cast<void>(TRY(at_open(root, place.disk->sync_folder(root))));
  Statements statements = TRY(at_open(path, prepare(connection)));
  return LaneTable(place, std::move(connection), std::move(statements));
}

LaneTable::LaneTable(const Place& place, Connection connection, Statements statements)
    : cipher_(place.cipher),
      connection_(std::move(connection)),
      wal_(connection_),
      statements_(std::move(statements)) {}

base::Result<LaneTable::Statements, StoreError> LaneTable::prepare(Connection& connection) {
  const auto make = [&connection](std::string_view sql) {
    return Statement::prepare(connection, sql);
  };
  return Statements{
      TRY(make("BEGIN IMMEDIATE")),
      TRY(make("COMMIT")),
      TRY(make("UPDATE connector SET cursor=?2, counted_to=?3, owed_count=?4, parked_count=?5,"
               " owed_bytes=?6 WHERE id=?1")),
      TRY(make(
          "INSERT OR REPLACE INTO waiting(connector, seq, key_hash, size, attempts, joined_hash,"
          " due_at, wait, reason) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")),
      TRY(make("DELETE FROM waiting WHERE connector=?1 AND seq=?2")),
      TRY(make(
          "INSERT OR REPLACE INTO parked(connector, seq, key_hash, size, attempts, joined_hash,"
          " parked_at, reason, words) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")),
      TRY(make("DELETE FROM parked WHERE connector=?1 AND seq=?2")),
      TRY(make("INSERT OR REPLACE INTO ahead VALUES(?1, ?2)")),
      TRY(make("DELETE FROM ahead WHERE connector=?1 AND seq<=?2")),
      TRY(make("INSERT OR REPLACE INTO attempt VALUES(?1, ?2, ?3, ?4, ?5, ?6)")),
      TRY(make("DELETE FROM attempt WHERE connector=?1 AND seq=?2 AND number=?3")),
      TRY(make("DELETE FROM attempt WHERE connector=?1 AND seq=?2")),
      TRY(make("INSERT OR REPLACE INTO discarded VALUES(?1, ?2, ?3, ?4, ?5, ?6)")),
      TRY(make("DELETE FROM discarded WHERE connector=?1 AND seq IN (SELECT seq FROM discarded"
               " WHERE connector=?1 AND seq<?2 AND at<?3 LIMIT 256)")),
  };
}

base::Result<std::vector<LaneRecord>, StoreError> LaneTable::load() {
  std::vector<LaneRecord> records;
  auto all = TRY(Statement::prepare(
      connection_,
      "SELECT id, name, cursor, counted_to, owed_count, parked_count, owed_bytes FROM connector"
      " ORDER BY id"));
  while (TRY(all.step())) {
    LaneRecord record;
    record.connector = {static_cast<std::uint32_t>(all.column_bits(0))};
    record.name = all.column_text(1);
    record.progress = {{all.column_bits(2)},
                       {all.column_bits(3)},
                       all.column_number(4),
                       all.column_number(5),
                       all.column_number(6)};
    records.push_back(std::move(record));
  }
  for (LaneRecord& record : records) {
    static_cast<void>(TRY(load_rows(record)));
    static_cast<void>(TRY(load_settled(record)));
  }
  return records;
}

Status LaneTable::load_rows(LaneRecord& record) {
  auto rows = TRY(
      Statement::prepare(connection_,
                         "SELECT seq, key_hash, size, attempts, joined_hash, due_at, wait, reason"
                         " FROM waiting WHERE connector=?1 ORDER BY seq"));
  rows.bind(1, std::int64_t{record.connector.value});
  while (TRY(rows.step())) {
    WaitingRow row;
    row.entry = read_entry(rows);
    row.due_at = from_us(rows.column_number(5));
    row.wait = std::chrono::microseconds(rows.column_number(6));
    const SealPlace place = lane_text_place(SealedAs::kWaitReason, record.connector, row.entry.id);
    row.reason = TRY(read_sealed(rows, 7, cipher_, place));
    record.waiting.push_back(std::move(row));
  }
  return base::Done{};
}

Status LaneTable::load_settled(LaneRecord& record) {
  auto rows =
      TRY(Statement::prepare(connection_,
                             "SELECT seq FROM ahead WHERE connector=?1 AND seq>?2"
                             " UNION SELECT seq FROM parked WHERE connector=?1 AND seq>?2"));
  rows.bind(1, std::int64_t{record.connector.value}).bind(2, record.progress.cursor.value);
  while (TRY(rows.step())) record.settled_above.insert({rows.column_bits(0)});
  return base::Done{};
}

base::Result<ConnectorId, StoreError> LaneTable::add(std::string_view name, EntryId last,
                                                     base::WallTime now) {
  auto id = insert(name, last, now);
  if (!id) roll_back();
  return id;
}

// One statement is a transaction of its own.
base::Result<ConnectorId, StoreError> LaneTable::insert(std::string_view name, EntryId last,
                                                        base::WallTime now) {
  auto statement = TRY(Statement::prepare(
      connection_,
      "INSERT INTO connector(name, registered_at, cursor, counted_to, owed_count, parked_count)"
      " VALUES(?1, ?2, ?3, ?3, 0, 0)"));
  static_cast<void>(TRY(statement.bind(1, name).bind(2, to_us(now)).bind(3, last.value).finish()));
  const sqlite3_int64 id = sqlite3_last_insert_rowid(connection_.handle());
  return ConnectorId{static_cast<std::uint32_t>(id)};
}

Status LaneTable::write(const std::vector<LaneChanges>& changes) {
  const Status written = write_in_transaction(changes);
  if (!written) roll_back();
  return written;
}

Status LaneTable::write_in_transaction(const std::vector<LaneChanges>& changes) {
  static_cast<void>(TRY(statements_.begin.finish()));
  for (const LaneChanges& lane : changes) {
    Change change(statements_, lane.connector, cipher_);
    for (const RowChange& row : lane.rows) static_cast<void>(TRY(std::visit(change, row)));
    static_cast<void>(TRY(write_progress(lane)));
  }
  return statements_.commit.finish();
}

Status LaneTable::write_progress(const LaneChanges& changes) {
  const LaneProgress& progress = changes.progress;
  return statements_.progress.bind(1, std::int64_t{changes.connector.value})
      .bind(2, progress.cursor.value)
      .bind(3, progress.counted_to.value)
      .bind(4, progress.owed_count)
      .bind(5, progress.parked_count)
      .bind(6, progress.owed_bytes)
      .finish();
}

base::Result<bool, StoreError> LaneTable::forget_discarded(ConnectorId connector, EntryId end,
                                                           base::WallTime before) {
  statements_.forget_discarded.bind(1, std::int64_t{connector.value})
      .bind(2, end.value)
      .bind(3, to_us(before));
  static_cast<void>(TRY(statements_.forget_discarded.finish()));
  return sqlite3_changes(connection_.handle()) > 0;
}

void LaneTable::roll_back() {
  if (connection_.in_transaction()) static_cast<void>(connection_.run("ROLLBACK"));
  CHECK(!connection_.in_transaction());
}

base::Result<ParkedReader, OpenError> ParkedReader::open(const Place& place) {
  const std::string path = place.layout.lanes_file();
  Connection connection =
      TRY(at_open(path, Connection::open(path, place.vfs, OpenMode::kExisting)));
  static_cast<void>(
      TRY(at_open(path, connection.run("PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-512;"
                                       "PRAGMA query_only=1"))));
  Statement list = TRY(at_open(
      path, Statement::prepare(
                connection,
                "SELECT seq, key_hash, size, attempts, joined_hash, parked_at, reason, words"
                " FROM parked WHERE connector=?1 AND seq>?2 ORDER BY seq LIMIT ?3")));
  Statement ids = TRY(at_open(
      path, Statement::prepare(connection,
                               "SELECT seq FROM parked WHERE connector=?1 AND seq>?2 AND seq<=?3"
                               " ORDER BY seq LIMIT ?4")));
  Statement attempts =
      TRY(at_open(path, Statement::prepare(connection,
                                           "SELECT number, at, reason, words FROM attempt"
                                           " WHERE connector=?1 AND seq=?2 ORDER BY number")));
  Statement discarded = TRY(
      at_open(path, Statement::prepare(connection,
                                       "SELECT seq, at, failure, reason, replaced_by FROM discarded"
                                       " WHERE connector=?1 AND seq>?2 ORDER BY seq LIMIT ?3")));
  return ParkedReader(place.cipher, std::move(connection), std::move(list), std::move(ids),
                      std::move(attempts), std::move(discarded));
}

base::Result<std::vector<DiscardedEntry>, StoreError> ParkedReader::discarded(
    ConnectorId connector, EntryId after, std::size_t count_max) {
  const ResetAtEnd reset(discarded_);
  discarded_.bind(1, std::int64_t{connector.value})
      .bind(2, after.value)
      .bind(3, std::uint64_t{count_max});
  std::vector<DiscardedEntry> found;
  while (TRY(discarded_.step())) {
    const EntryId id{discarded_.column_bits(0)};
    const SealPlace failure = lane_text_place(SealedAs::kDiscardFailure, connector, id);
    const SealPlace reason = lane_text_place(SealedAs::kDiscardReason, connector, id);
    found.push_back({.id = id,
                     .discarded_at = from_us(discarded_.column_number(1)),
                     .failure = TRY(read_sealed(discarded_, 2, cipher_, failure)),
                     .reason = TRY(read_sealed(discarded_, 3, cipher_, reason)),
                     .replaced_by = {discarded_.column_bits(4)}});
  }
  return found;
}

base::Result<std::vector<EntryId>, StoreError> ParkedReader::ids(ConnectorId connector,
                                                                 EntryId after, EntryId to,
                                                                 std::size_t count_max) {
  const ResetAtEnd reset(ids_);
  ids_.bind(1, std::int64_t{connector.value})
      .bind(2, after.value)
      .bind(3, to.value)
      .bind(4, std::uint64_t{count_max});
  std::vector<EntryId> found;
  while (TRY(ids_.step())) found.push_back({ids_.column_bits(0)});
  return found;
}

base::Result<std::vector<Attempt>, StoreError> ParkedReader::attempts(ConnectorId connector,
                                                                      EntryId id) {
  const ResetAtEnd reset(attempts_);
  attempts_.bind(1, std::int64_t{connector.value}).bind(2, id.value);
  std::vector<Attempt> found;
  while (TRY(attempts_.step())) {
    const auto number = static_cast<std::uint32_t>(attempts_.column_number(0));
    const SealPlace reason = lane_text_place(SealedAs::kAttemptReason, connector, id, number);
    const SealPlace words = lane_text_place(SealedAs::kAttemptWords, connector, id, number);
    found.push_back({.number = number,
                     .at = from_us(attempts_.column_number(1)),
                     .reason = TRY(read_sealed(attempts_, 2, cipher_, reason)),
                     .words = TRY(read_sealed(attempts_, 3, cipher_, words))});
  }
  return found;
}

base::Result<std::vector<ParkedRow>, StoreError> ParkedReader::list(ConnectorId connector,
                                                                    EntryId after,
                                                                    std::size_t count_max) {
  const ResetAtEnd reset(list_);
  list_.bind(1, std::int64_t{connector.value})
      .bind(2, after.value)
      .bind(3, std::uint64_t{count_max});
  std::vector<ParkedRow> rows;
  while (TRY(list_.step())) {
    ParkedRow row;
    row.entry = read_entry(list_);
    row.parked_at = from_us(list_.column_number(5));
    const SealPlace reason = lane_text_place(SealedAs::kParkReason, connector, row.entry.id);
    const SealPlace words = lane_text_place(SealedAs::kParkWords, connector, row.entry.id);
    row.reason = TRY(read_sealed(list_, 6, cipher_, reason));
    row.words = TRY(read_sealed(list_, 7, cipher_, words));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace store::sqlite
