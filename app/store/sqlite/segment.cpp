#include "store/sqlite/segment.hpp"

#include <chrono>
#include <string>

#include "base/try.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/statement.hpp"

namespace store::sqlite {
namespace {

Status name_first(Connection& connection, EntryId first, base::WallTime now) {
  auto insert = TRY(Statement::prepare(connection, "INSERT INTO segment VALUES(?1, ?2)"));
  const std::int64_t now_us = now.time_since_epoch().count();
  return insert.bind(1, first.value).bind(2, now_us).finish();
}

base::Result<SegmentFacts, StoreError> read_facts(Connection& connection) {
  SegmentFacts facts;
  facts.first = TRY(first_of(connection));
  const auto last = TRY(connection.number("SELECT max(seq) FROM message"));
  facts.last = {last > 0 ? static_cast<std::uint64_t>(last) : facts.first.value - 1};
  facts.created_at = base::WallTime(
      std::chrono::microseconds(TRY(connection.number("SELECT created_at FROM segment"))));
  const auto newest_us =
      TRY(connection.number("SELECT received_at FROM message ORDER BY seq DESC LIMIT 1"));
  facts.newest_at =
      last > 0 ? base::WallTime(std::chrono::microseconds(newest_us)) : facts.created_at;
  facts.size_bytes = TRY(connection.size_bytes());
  return facts;
}

}  // namespace

Status set_up_to_write(Connection& connection) {
  const std::string page_size = "PRAGMA page_size=" + std::to_string(kPageBytes);
  static_cast<void>(TRY(connection.run(page_size.c_str())));
  static_cast<void>(
      TRY(connection.run("PRAGMA journal_mode=WAL;"
                         "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
                         "PRAGMA secure_delete=0; PRAGMA cache_size=-2048;"
                         "PRAGMA journal_size_limit=67108864")));
  auto mode = TRY(Statement::prepare(connection, "PRAGMA journal_mode"));
  const bool has_row = TRY(mode.step());
  // Without WAL, readers and the writer would stop each other.
  if (!has_row || mode.column_text(0) != "wal") {
    return base::fail(StoreError{StoreFault::kIo, 0});
  }
  return base::Done{};
}

// The folder itself is durable only when its parent is synced. One that we may not
// read was made for us by someone else.
base::Status<OpenError> make_root(const Place& place) {
  const Layout& layout = place.layout;
  static_cast<void>(TRY(at_open(layout.root(), place.disk->make_folder(layout.root()))));
  const Status synced = place.disk->sync_folder(layout.parent());
  if (synced || synced.error().fault != StoreFault::kSyncFailed) return base::Done{};
  return cannot_open(layout.parent(), synced.error());
}

base::Result<OpenSegment, OpenError> open_to_append(const Place& place, SegmentNumber number,
                                                    const FirstEntry& first, base::WallTime now) {
  const std::string path = place.layout.segment_file(number);
  static_cast<void>(TRY(at_open(path, place.disk->touch(path))));  // it sets the permissions
  Connection connection = TRY(at_open(path, Connection::open(path, place.vfs, OpenMode::kCreate)));
  static_cast<void>(TRY(at_open(path, set_up_to_write(connection))));
  static_cast<void>(TRY(bring_up(connection, log_schema(), path)));
  const auto named = TRY(at_open(path, connection.number("SELECT count(*) FROM segment")));
  if (named == 0) {
    const EntryId id = TRY(first());
    static_cast<void>(TRY(at_open(path, name_first(connection, id, now))));
  }
  // Also for one that was there: the last start may have ended before this.
  const std::string folder = place.layout.log_folder();
  static_cast<void>(TRY(at_open(folder, place.disk->sync_folder(folder))));
  const SegmentFacts facts = TRY(at_open(path, read_facts(connection)));
  return OpenSegment{std::move(connection), facts};
}

base::Result<Connection, OpenError> open_to_read(const Place& place, SegmentNumber number) {
  const std::string path = place.layout.segment_file(number);
  Connection connection =
      TRY(at_open(path, Connection::open(path, place.vfs, OpenMode::kExisting)));
  connection.wait_for_locks();
  static_cast<void>(TRY(at_open(path, connection.run("PRAGMA synchronous=FULL"))));
  static_cast<void>(TRY(bring_up(connection, log_schema(), path)));
  static_cast<void>(
      TRY(at_open(path, connection.run("PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-1024;"
                                       "PRAGMA query_only=1"))));
  return connection;
}

base::Result<SegmentFacts, OpenError> facts_of(const Place& place, SegmentNumber number) {
  Connection connection = TRY(open_to_read(place, number));
  return TRY(at_open(place.layout.segment_file(number), read_facts(connection)));
}

base::Result<EntryId, StoreError> first_of(Connection& connection) {
  const auto first = TRY(connection.number("SELECT first_seq FROM segment"));
  if (first <= 0) return base::fail(StoreError{StoreFault::kDamaged, 0});
  return EntryId{static_cast<std::uint64_t>(first)};
}

}  // namespace store::sqlite
