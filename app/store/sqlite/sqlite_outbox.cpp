#include "store/sqlite/sqlite_outbox.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/try.hpp"
#include "store/sqlite/gathering_vfs.hpp"
#include "store/sqlite/giving_up.hpp"
#include "store/sqlite/key_register.hpp"
#include "store/sqlite/known_keeper.hpp"
#include "store/sqlite/lane_keeper.hpp"
#include "store/sqlite/lanes_blob.hpp"
#include "store/sqlite/log.hpp"
#include "store/sqlite/log_pieces.hpp"
#include "store/sqlite/log_writer.hpp"
#include "store/sqlite/store_room.hpp"
#include "store/sqlite/told_entry.hpp"
#include "store/sqlite/writer.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace store {
namespace {

using sqlite::for_each_lane;
using sqlite::KnownKeeper;
using sqlite::Lane;
using sqlite::LaneKeeper;
using sqlite::Layout;
using sqlite::Log;
using sqlite::LogEnds;
using sqlite::LogLine;
using sqlite::LogMessage;
using sqlite::LogWriter;
using sqlite::ParkedRow;
using sqlite::Payload;
using sqlite::Place;
using sqlite::Presence;
using sqlite::StoreRoom;
using sqlite::to_claim;
using sqlite::to_parked_entry;
using sqlite::to_stored;
using sqlite::Writer;

constexpr std::size_t kScanRows = 4096;     // read from the log for one claim
constexpr int kScansMax = 64;               // each within a segment
constexpr std::size_t kParkedMax = 10'000;  // listed in one go
constexpr int kOldestLoads = 256;           // each of kScanRows, to find the oldest

std::vector<EntryId> ids_of(const std::vector<OwedEntry>& entries) {
  std::vector<EntryId> ids;
  ids.reserve(entries.size());
  for (const OwedEntry& entry : entries) ids.push_back(entry.id);
  return ids;
}

class SqliteOutbox final : public Outbox {
 public:
  // `lock` and all that is opened on the way are given over by open().
  SqliteOutbox(SqliteOptions options, std::unique_ptr<DiskLock> lock)
      : options_(std::move(options)),
        lock_(std::move(lock)),
        vfs_(options_.vfs_name),
        place_{Layout(options_.data_dir), options_.disk, vfs_.name(), options_.cipher.get()},
        room_(options_.bytes_max),
        log_(place_) {}

  [[nodiscard]] base::Status<OpenError> open();

  // Past the gathering of writes, which wants every commit synced. It goes before this.
  [[nodiscard]] std::unique_ptr<Archive> make_archive(const ArchiveOptions& options) {
    return sqlite::make_archive({place_.layout, options_.disk, options_.vfs_name, place_.cipher},
                                {log_, *this, *lanes_, *writer_, room_, *options_.clock,
                                 known_.get(), options_.cipher.get()},
                                options);
  }

  [[nodiscard]] std::optional<DedupSecret> dedup_secret() const {
    if (!known_) return std::nullopt;
    return known_->secret();
  }

  base::Result<ConnectorId, StoreError> connector_id(std::string_view name) override;
  void append(std::vector<std::unique_ptr<Append>> batch) override;

  void limit_backlog(ConnectorId connector, const BacklogLimit& limit) override {
    lanes_->limit_backlog(connector, limit);
  }

  base::Result<std::vector<Claim>, StoreError> claim(const LaneSlice& slice,
                                                     std::size_t count_max) override;
  void settle(ConnectorId connector, std::vector<Settlement> settlements) override;
  void return_claims(ConnectorId connector, std::span<const EntryId> ids) override;
  void wait(const LaneSlice& slice, base::SteadyTime until, std::stop_token stop) override;
  base::Result<bool, StoreError> release(ConnectorId connector, EntryId id) override;
  base::Result<bool, StoreError> discard(ConnectorId connector, EntryId id,
                                         const Discard& order) override;
  base::Result<std::vector<EntryId>, StoreError> give_up(ConnectorId connector,
                                                         std::size_t count_max,
                                                         const Discard& order) override;

  base::Result<std::vector<DiscardedEntry>, StoreError> discarded(ConnectorId connector,
                                                                  EntryId after,
                                                                  std::size_t count_max) override {
    return lanes_->discarded(connector, after, std::min(count_max, kParkedMax));
  }

  std::vector<Registered> connectors() const override { return lanes_->connectors(); }

  base::Result<DebtState, StoreError> debt(ConnectorId connector, EntryId id) override {
    return lanes_->debt(connector, id);
  }

  EntryId last() const override { return {ends_.committed.load()}; }

  LaneStatus status(ConnectorId connector) const override;
  base::Result<std::optional<OldestEntry>, StoreError> oldest(ConnectorId connector) override;
  base::Result<std::optional<StoredMessage>, StoreError> message(EntryId id) override;
  base::Result<std::vector<StoredMessage>, StoreError> newest(EntryId before,
                                                              std::size_t count_max) override;

  base::Result<std::vector<Attempt>, StoreError> attempts(ConnectorId connector,
                                                          EntryId id) override {
    return lanes_->attempts(connector, id);
  }

  base::Result<std::vector<ParkedEntry>, StoreError> parked(ConnectorId connector, EntryId after,
                                                            std::size_t count_max) override;
  void close() override;

 private:
  [[nodiscard]] base::Status<OpenError> open_known();

  // What a piece of the log holds for one lane.
  struct Scanned {
    std::vector<OwedEntry> found;
    EntryId scanned_to;
    std::size_t row_count = 0;
  };

  [[nodiscard]] base::Result<Scanned, StoreError> scan(const Lane& lane,
                                                       const Lane::LoadOrder& order);
  [[nodiscard]] sqlite::Status load(Lane& lane, const LaneSlice& slice);
  [[nodiscard]] bool is_lost(EntryId id, const StoreError& error);
  void park_lost(Lane& lane, EntryId id);
  [[nodiscard]] base::Result<std::vector<ParkedRow>, StoreError> parked_rows(ConnectorId connector,
                                                                             EntryId after,
                                                                             std::size_t count_max);
  [[nodiscard]] base::Result<std::vector<EntryId>, StoreError> ids_between(EntryId after,
                                                                           EntryId to);
  [[nodiscard]] StoreError watched(const StoreError& error);

  const SqliteOptions options_;
  const std::unique_ptr<DiskLock> lock_;
  const sqlite::GatheringVfs vfs_;
  const Place place_;
  StoreRoom room_;
  LogEnds ends_;
  Log log_;
  std::unique_ptr<LaneKeeper> lanes_;
  std::unique_ptr<KnownKeeper> known_;  // none: no message is known again
  std::unique_ptr<Writer> writer_;      // the first to go
};

// ── Opening ─────────────────────────────────────────────────────────────────

base::Status<OpenError> SqliteOutbox::open() {
  const std::string folder = place_.layout.log_folder();
  static_cast<void>(TRY(at_open(folder, place_.disk->make_folder(folder))));
  static_cast<void>(TRY(at_open(folder, place_.disk->sync_folder(place_.layout.root()))));
  static_cast<void>(TRY(sqlite::check_keys(place_)));
  const sqlite::LogPieces pieces = TRY(sqlite::find_pieces(place_));
  const Presence presence = pieces.is_new() ? Presence::kMayBeNew : Presence::kRequired;
  lanes_ = TRY(LaneKeeper::open(place_, presence, ends_, *options_.clock, {}));
  static_cast<void>(TRY(sqlite::name_current_key(place_)));

  const auto first = [&] { return pieces.first_of_new(place_, lanes_->highest()); };
  auto log = std::make_unique<LogWriter>(
      TRY(LogWriter::open(place_, pieces.last(), first, options_.clock->wall_now())));
  pieces.add_to(log_, log->facts().first);
  ends_.committed.store(log->last().value);
  ends_.published.store(log->last().value);
  static_cast<void>(TRY(at_open(folder, lanes_->count_tail(log_, log->last()))));
  if (pieces.has_lost()) lanes_->recount();
  static_cast<void>(TRY(open_known()));
  writer_ = std::make_unique<Writer>(options_, place_, std::move(log),
                                     Writer::Sources{log_, *lanes_, ends_, room_, known_.get()});
  return base::Done{};
}

base::Status<OpenError> SqliteOutbox::open_known() {
  if (!options_.dedup) return base::Done{};
  sqlite::KnownOptions known;
  known.dedup = *options_.dedup;
  known.min_free_bytes = options_.min_free_bytes;
  known.holds_load_for_test = options_.holds_dedup_load_for_test;
  if (options_.dedup_piece_ids_for_test != 0) known.piece_ids = options_.dedup_piece_ids_for_test;
  known_ = TRY(KnownKeeper::open(place_, {log_, ends_, *options_.clock}, known));
  return base::Done{};
}

// ── The outbox ──────────────────────────────────────────────────────────────

base::Result<ConnectorId, StoreError> SqliteOutbox::connector_id(std::string_view name) {
  if (const auto refusal = writer_->refusal()) return base::fail(*refusal);
  auto id = lanes_->connector_id(name);
  if (!id) return base::fail(watched(id.error()));
  return id;
}

void SqliteOutbox::append(std::vector<std::unique_ptr<Append>> batch) {
  writer_->append(std::move(batch));
}

base::Result<std::vector<Claim>, StoreError> SqliteOutbox::claim(const LaneSlice& slice,
                                                                 std::size_t count_max) {
  if (const auto refusal = writer_->refusal()) return base::fail(*refusal);
  Lane& lane = lanes_->lane(slice.connector);
  static_cast<void>(TRY(load(lane, slice)));
  const std::vector<OwedEntry> entries = TRY(lane.claim(slice, count_max));
  if (entries.empty()) return std::vector<Claim>();

  const std::vector<EntryId> ids = ids_of(entries);
  auto messages = log_.read(ids, Payload::kWith);
  const std::size_t read_count = messages ? messages->size() : 0;
  if (!messages && is_lost(ids.front(), messages.error())) {
    lane.give_back(std::span(ids).subspan(1));
    park_lost(lane, ids.front());
    return std::vector<Claim>();
  }
  lane.give_back(std::span(ids).subspan(read_count));
  if (!messages) return base::fail(watched(messages.error()));

  std::vector<Claim> claims;
  claims.reserve(read_count);
  for (std::size_t index = 0; index < read_count; ++index) {
    claims.push_back(to_claim(entries[index], std::move((*messages)[index])));
  }
  return claims;
}

// A message that cannot be read, where the rest of its segment can: those behind it go on. Of
// a segment that cannot be read at all nothing is known before it is set aside.
bool SqliteOutbox::is_lost(EntryId id, const StoreError& error) {
  return error.fault == StoreFault::kDamaged && !log_.is_unreadable(id);
}

void SqliteOutbox::park_lost(Lane& lane, EntryId id) {
  telemetry::count(telemetry::Counter::kMessagesLost);
  telemetry::log(telemetry::Level::kError, "store_message_lost", {{"entry", id.value}});
  std::vector<Settlement> settlements;
  settlements.push_back({id, Parked{std::string(kLostReason), {}}});
  lane.settle(std::move(settlements));
  writer_->note_settled(1);
}

// Reads the log on for as long as the lane needs more than it has in memory, up to
// a limit: a claim must not take as long as the log is.
sqlite::Status SqliteOutbox::load(Lane& lane, const LaneSlice& slice) {
  std::size_t row_count = 0;
  for (int round = 0; round < kScansMax && row_count < kScanRows; ++round) {
    const auto order = lane.order_load(slice);
    if (!order) return base::Done{};
    auto scanned = scan(lane, *order);
    if (!scanned) {
      lane.give_up_load();
      return base::fail(watched(scanned.error()));
    }
    row_count += scanned->row_count;
    lane.load(scanned->found, scanned->scanned_to);
  }
  return base::Done{};
}

base::Result<SqliteOutbox::Scanned, StoreError> SqliteOutbox::scan(const Lane& lane,
                                                                   const Lane::LoadOrder& order) {
  Scanned scanned;
  scanned.scanned_to = order.after;
  if (order.after >= order.to) return scanned;
  const auto end = TRY(log_.scan(order.after, order.to, kScanRows, [&](const LogLine& line) {
    for_each_lane(line.lanes, [&](const LaneKey& key) {
      if (key.connector != lane.connector()) return;
      OwedEntry entry;
      entry.id = line.id;
      entry.key_hash = key.key_hash;
      entry.joined_hash = key.joined_hash;
      entry.size_bytes = line.size_bytes;
      scanned.found.push_back(entry);
    });
  }));
  scanned.scanned_to = end.scanned_to;
  scanned.row_count = end.count;
  return scanned;
}

void SqliteOutbox::settle(ConnectorId connector, std::vector<Settlement> settlements) {
  if (writer_->refusal()) return;
  const std::size_t count = settlements.size();
  lanes_->lane(connector).settle(std::move(settlements));
  writer_->note_settled(count);
}

void SqliteOutbox::return_claims(ConnectorId connector, std::span<const EntryId> ids) {
  lanes_->lane(connector).give_back(ids);
}

void SqliteOutbox::wait(const LaneSlice& slice, base::SteadyTime until, std::stop_token stop) {
  lanes_->lane(slice.connector).wait(slice, until, stop);
}

base::Result<bool, StoreError> SqliteOutbox::release(ConnectorId connector, EntryId id) {
  if (const auto refusal = writer_->refusal()) return base::fail(*refusal);
  const bool was_parked = TRY(lanes_->lane(connector).release(id, *lanes_));
  if (was_parked) writer_->note_settled(1);
  return was_parked;
}

base::Result<bool, StoreError> SqliteOutbox::discard(ConnectorId connector, EntryId id,
                                                     const Discard& order) {
  if (const auto refusal = writer_->refusal()) return base::fail(*refusal);
  const bool was_parked = TRY(lanes_->lane(connector).discard(id, order, *lanes_));
  if (was_parked) writer_->note_settled(1);
  return was_parked;
}

base::Result<std::vector<EntryId>, StoreError> SqliteOutbox::give_up(ConnectorId connector,
                                                                     std::size_t count_max,
                                                                     const Discard& order) {
  if (const auto refusal = writer_->refusal()) return base::fail(*refusal);
  Lane& lane = lanes_->lane(connector);
  auto ended = sqlite::give_up(lane, count_max, order, *options_.clock, [&] {
    return load(lane, {connector, 0, 1});
  });
  if (ended) writer_->note_settled(ended->size());
  return ended;
}

// A lane that nobody delivers has read nothing of the log yet: so it is read on here, as
// a claim would do.
base::Result<std::optional<OldestEntry>, StoreError> SqliteOutbox::oldest(ConnectorId connector) {
  Lane& lane = lanes_->lane(connector);
  std::optional<EntryId> first = lane.first();
  for (int round = 0; round < kOldestLoads && !first; ++round) {
    if (lane.status().waiting_count == 0) break;
    static_cast<void>(TRY(load(lane, {connector, 0, 1})));
    first = lane.first();
  }
  if (!first) return std::optional<OldestEntry>();
  const EntryId ids[] = {*first};
  auto messages = log_.read(ids, Payload::kWithout);
  if (!messages && messages.error().fault == StoreFault::kDamaged) {
    return std::optional<OldestEntry>();
  }
  if (!messages) return base::fail(watched(messages.error()));
  return std::optional<OldestEntry>(OldestEntry{*first, messages->front().received_at});
}

base::Result<std::vector<EntryId>, StoreError> SqliteOutbox::ids_between(EntryId after,
                                                                         EntryId to) {
  std::vector<EntryId> ids;
  for (EntryId at = after; at < to;) {
    const auto end =
        TRY(log_.scan(at, to, kScanRows, [&ids](const LogLine& line) { ids.push_back(line.id); }));
    at = end.scanned_to;
  }
  return ids;
}

base::Result<std::optional<StoredMessage>, StoreError> SqliteOutbox::message(EntryId id) {
  if (id.value == 0 || id.value > ends_.committed.load()) return std::optional<StoredMessage>();
  const std::vector<EntryId> ids = TRY(ids_between({id.value - 1}, id));
  if (ids.empty()) return std::optional<StoredMessage>();
  auto messages = log_.read(ids, Payload::kWith);
  if (!messages) return base::fail(watched(messages.error()));
  return std::optional<StoredMessage>(to_stored(id, std::move(messages->front())));
}

// Ids have hardly a gap: so many below the end hold about so many messages.
base::Result<std::vector<StoredMessage>, StoreError> SqliteOutbox::newest(EntryId before,
                                                                          std::size_t count_max) {
  std::uint64_t end = ends_.committed.load();
  if (before.value != 0) end = std::min(end, before.value - 1);
  std::vector<StoredMessage> found;
  for (int round = 0; round < kScansMax && end > 0 && found.size() < count_max; ++round) {
    const std::uint64_t step = std::min<std::uint64_t>(end, count_max - found.size());
    const std::vector<EntryId> ids = TRY(ids_between({end - step}, {end}));
    if (!ids.empty()) {
      auto messages = log_.read(ids, Payload::kWithout);
      if (!messages) return base::fail(watched(messages.error()));
      for (std::size_t index = messages->size(); index-- > 0;) {
        found.push_back(to_stored(ids[index], std::move((*messages)[index])));
      }
    }
    end -= step;
  }
  return found;
}

LaneStatus SqliteOutbox::status(ConnectorId connector) const {
  return lanes_->lane(connector).status();
}

base::Result<std::vector<ParkedEntry>, StoreError> SqliteOutbox::parked(ConnectorId connector,
                                                                        EntryId after,
                                                                        std::size_t count_max) {
  std::vector<ParkedRow> rows = TRY(parked_rows(connector, after, count_max));
  std::vector<ParkedEntry> entries;
  entries.reserve(rows.size());
  for (ParkedRow& row : rows) {
    const EntryId ids[] = {row.entry.id};
    auto messages = log_.read(ids, Payload::kWithout);
    const bool is_damaged = !messages && messages.error().fault == StoreFault::kDamaged;
    if (!messages && !is_damaged) return base::fail(watched(messages.error()));
    // Of one that cannot be read any more, what the lane knows.
    LogMessage message = messages ? std::move(messages->front()) : LogMessage{};
    entries.push_back(to_parked_entry(std::move(row), std::move(message)));
  }
  return entries;
}

// What lanes.db has, with what it does not know of yet. Asked in this order, a
// change that is written in between is seen in one of both.
base::Result<std::vector<ParkedRow>, StoreError> SqliteOutbox::parked_rows(ConnectorId connector,
                                                                           EntryId after,
                                                                           std::size_t count_max) {
  const Lane::ParkedChanges changes = lanes_->lane(connector).unwritten_parked();
  // Some of the rows may be parked no more: so many are read in addition.
  count_max = std::min(count_max, kParkedMax);
  std::vector<ParkedRow> written =
      TRY(lanes_->parked_rows(connector, after, count_max + changes.size()));
  std::map<EntryId, ParkedRow> merged;
  for (ParkedRow& row : written) {
    const EntryId id = row.entry.id;
    merged.emplace(id, std::move(row));
  }
  for (const auto& [id, row] : changes) {
    if (row && id > after) merged.insert_or_assign(id, *row);
    if (!row) merged.erase(id);
  }
  std::vector<ParkedRow> rows;
  for (auto& [id, row] : merged) {
    if (rows.size() == count_max) break;
    rows.push_back(std::move(row));
  }
  return rows;
}

void SqliteOutbox::close() {
  writer_->close();
  if (known_) known_->close();
}

// A failed sync ends the store, whoever saw it.
StoreError SqliteOutbox::watched(const StoreError& error) {
  if (error.fault == StoreFault::kSyncFailed) writer_->fail_for_good(error);
  return error;
}

base::Result<std::unique_ptr<SqliteOutbox>, OpenError> open(SqliteOptions options) {
  const Layout layout(options.data_dir);
  static_cast<void>(TRY(sqlite::make_root({layout, options.disk, options.vfs_name})));
  auto lock = options.disk->lock(layout.lock_file());
  if (!lock) {
    const LockRefusal& refusal = lock.error();
    OpenError error;
    error.fault = refusal.is_held ? OpenFault::kLocked : OpenFault::kDisk;
    error.path = layout.lock_file();
    error.error = refusal.error;
    error.holder_pid = refusal.holder_pid;
    return base::fail(std::move(error));
  }
  auto outbox = std::make_unique<SqliteOutbox>(std::move(options), std::move(lock).value());
  static_cast<void>(TRY(outbox->open()));
  return outbox;
}

}  // namespace

base::Result<std::unique_ptr<Outbox>, OpenError> open_sqlite_outbox(SqliteOptions options) {
  return std::unique_ptr<Outbox>(TRY(open(std::move(options))));
}

base::Result<SqliteStore, OpenError> open_sqlite_store(SqliteOptions options,
                                                       const ArchiveOptions& archive_options) {
  std::unique_ptr<SqliteOutbox> outbox = TRY(open(std::move(options)));
  std::unique_ptr<Archive> archive = outbox->make_archive(archive_options);
  const auto secret = outbox->dedup_secret();
  return SqliteStore{std::move(outbox), std::move(archive), secret};
}

}  // namespace store
