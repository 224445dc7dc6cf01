#include "store/sqlite/kept_table.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/try.hpp"
#include "store/sqlite/schema.hpp"

namespace store::sqlite {
namespace {

constexpr int kCheckpointPages = 500;
constexpr std::uint64_t kCopyBytesMax = base::kMiB;

// Its messages stand in the table of every segment, so what is added to that is added here.
constexpr const char* kGoneTable = R"sql(
CREATE TABLE IF NOT EXISTS gone(
  number INTEGER PRIMARY KEY,
  first_seq INTEGER NOT NULL,
  next_first_seq INTEGER NOT NULL,
  why INTEGER NOT NULL,
  at INTEGER NOT NULL)
)sql";

constexpr const char* kReadGone =
    "SELECT number, first_seq, next_first_seq, why, at FROM gone ORDER BY number";

GoneSegment gone_of(const Statement& row) {
  GoneSegment gone;
  gone.number = {static_cast<std::uint32_t>(row.column_bits(0))};
  gone.first = {row.column_bits(1)};
  gone.next_first = {row.column_bits(2)};
  gone.why = static_cast<GoneFor>(row.column_number(3));
  gone.at = base::WallTime(std::chrono::microseconds(row.column_number(4)));
  return gone;
}

base::Uuid uuid_of(base::ByteView octets) noexcept {
  base::Uuid id;
  std::memcpy(id.octets.data(), octets.data(), std::min(octets.size(), id.octets.size()));
  return id;
}

}  // namespace

std::string_view to_string(GoneFor why) noexcept {
  switch (why) {
    case GoneFor::kAge: return "age";
    case GoneFor::kSize: return "size";
    case GoneFor::kDamage: break;
  }
  return "damage";
}

base::Result<std::vector<GoneSegment>, OpenError> read_gone(const Place& place) {
  const std::string path = place.layout.segment_file(kKept);
  std::vector<GoneSegment> all;
  if (!TRY(at_open(path, place.disk->size_bytes(path)))) return all;
  Connection connection =
      TRY(at_open(path, Connection::open(path, place.vfs, OpenMode::kExisting)));
  connection.wait_for_locks();
  static_cast<void>(TRY(at_open(path, connection.run("PRAGMA synchronous=FULL"))));
  // One whose making was cut short names none.
  const auto has_table = TRY(
      at_open(path, connection.number("SELECT count(*) FROM sqlite_schema WHERE name = 'gone'")));
  if (has_table == 0) return all;
  Statement rows = TRY(at_open(path, Statement::prepare(connection, kReadGone)));
  while (TRY(at_open(path, rows.step()))) all.push_back(gone_of(rows));
  return all;
}

base::Result<KeptTable, OpenError> KeptTable::open(const Place& place) {
  const std::string path = place.layout.segment_file(kKept);
  const std::string folder = place.layout.log_folder();
  static_cast<void>(TRY(at_open(path, place.disk->touch(path))));
  Connection connection = TRY(at_open(path, Connection::open(path, place.vfs, OpenMode::kCreate)));
  connection.wait_for_locks();
  static_cast<void>(TRY(
      at_open(path, connection.run("PRAGMA auto_vacuum=INCREMENTAL; PRAGMA temp_store=MEMORY"))));
  static_cast<void>(TRY(at_open(path, set_up_to_write(connection))));
  static_cast<void>(TRY(bring_up(connection, log_schema(), path)));
  static_cast<void>(TRY(at_open(path, connection.run(kGoneTable))));
  static_cast<void>(TRY(at_open(folder, place.disk->sync_folder(folder))));
  const auto prepare = [&](const char* sql) {
    return at_open(path, Statement::prepare(connection, sql));
  };
  Statement name_gone = TRY(prepare("INSERT OR REPLACE INTO gone VALUES(?1, ?2, ?3, ?4, ?5)"));
  Statement ids = TRY(prepare("SELECT seq FROM message WHERE seq > ?1 ORDER BY seq LIMIT ?2"));
  Statement large = TRY(prepare("SELECT id FROM message WHERE seq = ?1 AND place = 1"));
  Statement drop = TRY(prepare("DELETE FROM message WHERE seq = ?1"));
  return KeptTable(place, std::move(connection),
                   {std::move(name_gone), std::move(ids), std::move(large), std::move(drop)});
}

KeptTable::KeptTable(Place place, Connection connection, Statements statements)
    : place_(std::move(place)),
      connection_(std::move(connection)),
      wal_(connection_),
      statements_(std::move(statements)) {}

template <class Change>
Status KeptTable::in_transaction(Change change) {
  static_cast<void>(TRY(connection_.run("BEGIN IMMEDIATE")));
  Status done = change();
  if (done) done = connection_.run("COMMIT");
  if (!done && connection_.in_transaction()) static_cast<void>(connection_.run("ROLLBACK"));
  return done;
}

// ── Copying ─────────────────────────────────────────────────────────────────

// A row of a segment as it stands there, whatever columns it has.
class KeptTable::Copier {
 public:
  // The segment is read by a connection of its own: where it is damaged, that shall not touch
  // ours.
  [[nodiscard]] static base::Result<Copier, StoreError> open(KeptTable& table, SegmentNumber from) {
    auto source = open_to_read(table.place_, from);
    if (!source) {
      const OpenError& error = source.error();
      const bool is_disk = error.fault == OpenFault::kDisk;
      return base::fail(is_disk ? error.error : StoreError{StoreFault::kDamaged, 0});
    }
    RawStatement row =
        TRY(prepare(*source, "SELECT size, place, id, * FROM message WHERE seq = ?1"));
    std::string sql = "INSERT OR REPLACE INTO message VALUES(?1";
    for (int number = 2; number <= sqlite3_column_count(row.get()) - kOurs; ++number) {
      sql += ", ?" + std::to_string(number);
    }
    RawStatement insert = TRY(prepare(table.connection_, sql + ")"));
    return Copier(table, from, std::move(*source), std::move(row), std::move(insert));
  }

  // How large its payload is.
  [[nodiscard]] base::Result<std::uint64_t, StoreError> copy(EntryId id) {
    sqlite3_bind_int64(row_.get(), 1, static_cast<sqlite3_int64>(id.value));
    const auto copied = copy_row(id);
    sqlite3_reset(row_.get());
    sqlite3_reset(insert_.get());
    return copied;
  }

  [[nodiscard]] bool has_links() const noexcept { return has_links_; }

 private:
  static constexpr int kOurs = 3;  // columns that are read for ourselves

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };

  using RawStatement = std::unique_ptr<sqlite3_stmt, Finalize>;

  Copier(KeptTable& table, SegmentNumber from, Connection source, RawStatement row,
         RawStatement insert)
      : table_(table),
        from_(from),
        source_(std::move(source)),
        row_(std::move(row)),
        insert_(std::move(insert)) {}

  [[nodiscard]] static base::Result<RawStatement, StoreError> prepare(Connection& connection,
                                                                      const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v2(connection.handle(), sql.c_str(), -1, &statement, nullptr);
    RawStatement owned(statement);
    if (code != SQLITE_OK) return base::fail(connection.error(code));
    return owned;
  }

  [[nodiscard]] base::Result<std::uint64_t, StoreError> copy_row(EntryId id) {
    sqlite3_stmt* const row = row_.get();
    const int found = sqlite3_step(row);
    if (found == SQLITE_DONE) return base::fail(StoreError{StoreFault::kDamaged, 0});
    if (found != SQLITE_ROW) return base::fail(source_.error(found));
    const auto size = static_cast<std::uint64_t>(sqlite3_column_int64(row, 0));
    if (sqlite3_column_int(row, 1) == 1) {
      has_links_ = true;
      const auto* const octets = static_cast<const std::byte*>(sqlite3_column_blob(row, 2));
      const base::ByteView message_id(octets,
                                      static_cast<std::size_t>(sqlite3_column_bytes(row, 2)));
      static_cast<void>(TRY(table_.link_payload(from_, id, message_id)));
    }
    for (int column = kOurs; column < sqlite3_column_count(row); ++column) {
      const int bound =
          sqlite3_bind_value(insert_.get(), column - kOurs + 1, sqlite3_column_value(row, column));
      if (bound != SQLITE_OK) return base::fail(table_.connection_.error(bound));
    }
    const int inserted = sqlite3_step(insert_.get());
    if (inserted != SQLITE_DONE) return base::fail(table_.connection_.error(inserted));
    return size;
  }

  KeptTable& table_;
  const SegmentNumber from_;
  Connection source_;
  RawStatement row_;
  RawStatement insert_;
  bool has_links_ = false;
};

// Payload files are linked, and their names durable, before the rows that name them.
base::Result<std::size_t, StoreError> KeptTable::copy(SegmentNumber from, Source source,
                                                      std::span<const EntryId> ids) {
  const bool may_miss = source == Source::kDamaged;
  auto copier = Copier::open(*this, from);
  if (!copier) {
    const bool is_lost = may_miss && copier.error().fault == StoreFault::kDamaged;
    if (is_lost) return ids.size();
    return base::fail(copier.error());
  }
  std::size_t count = 0;
  std::uint64_t copied_bytes = 0;
  const Status copied = in_transaction([&]() -> Status {
    for (; count < ids.size() && copied_bytes < kCopyBytesMax; ++count) {
      const auto size = copier->copy(ids[count]);
      if (size) copied_bytes += *size;
      const bool is_lost = !size && size.error().fault == StoreFault::kDamaged;
      if (!size && !(is_lost && may_miss)) return base::fail(size.error());
    }
    if (!copier->has_links()) return base::Done{};
    return place_.disk->sync_folder(place_.layout.payload_folder(kKept));
  });
  if (!copied) return base::fail(copied.error());
  static_cast<void>(TRY(wal_.checkpoint_beyond(connection_, kCheckpointPages)));
  return count;
}

Status KeptTable::link_payload(SegmentNumber from, EntryId id, base::ByteView message_id) {
  const PayloadName name{id, uuid_of(message_id)};
  static_cast<void>(TRY(place_.disk->make_folder(place_.layout.payload_folder(kKept))));
  static_cast<void>(TRY(place_.disk->sync_folder(place_.layout.payload_folder())));
  const DiskStatus linked = place_.disk->link(place_.layout.payload_file(from, name),
                                              place_.layout.payload_file(kKept, name));
  // One that is not there was lost before: its row tells whoever asks.
  if (!linked && linked.error().os_error == ENOENT) return base::Done{};
  return linked;
}

Status KeptTable::name_gone(const GoneSegment& segment) {
  return statements_.name_gone.bind(1, std::int64_t{segment.number.value})
      .bind(2, segment.first.value)
      .bind(3, segment.next_first.value)
      .bind(4, std::int64_t{static_cast<std::uint8_t>(segment.why)})
      .bind(5, std::int64_t{segment.at.time_since_epoch().count()})
      .finish();
}

// ── What is here ────────────────────────────────────────────────────────────

base::Result<std::vector<EntryId>, StoreError> KeptTable::ids_after(EntryId after,
                                                                    std::size_t count_max) {
  const ResetAtEnd reset(statements_.ids);
  statements_.ids.bind(1, after.value).bind(2, std::uint64_t{count_max});
  std::vector<EntryId> ids;
  while (TRY(statements_.ids.step())) ids.push_back({statements_.ids.column_bits(0)});
  return ids;
}

// The rows first: a payload without a row takes room, a row without its payload is damage.
Status KeptTable::drop(std::span<const EntryId> ids) {
  std::vector<PayloadName> large;
  const Status dropped = in_transaction([&]() -> Status {
    for (const EntryId id : ids) {
      const ResetAtEnd reset(statements_.large);
      statements_.large.bind(1, id.value);
      if (TRY(statements_.large.step())) {
        large.push_back({id, uuid_of(statements_.large.column_blob(0))});
      }
      static_cast<void>(TRY(statements_.drop.bind(1, id.value).finish()));
    }
    return base::Done{};
  });
  if (!dropped) return dropped;
  for (const PayloadName& name : large) {
    static_cast<void>(TRY(place_.disk->remove(place_.layout.payload_file(kKept, name))));
  }
  static_cast<void>(TRY(connection_.run("PRAGMA incremental_vacuum(4096)")));
  return wal_.checkpoint_beyond(connection_, kCheckpointPages);
}

}  // namespace store::sqlite
