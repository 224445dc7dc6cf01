// store/sqlite/lane_keeper.hpp: all lanes, by connector, and their way to lanes.db.
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "store/sqlite/lane.hpp"
#include "store/sqlite/lane_table.hpp"
#include "store/sqlite/log.hpp"
#include "store/sqlite/open_error.hpp"

namespace store::sqlite {

// Thread-safe, but flush() is the writer's.
class LaneKeeper final : public ParkedLookup {
 public:
  // Reads every lane as it was left. REQUIRES: `place`'s disk, `ends` and `clock`
  // outlive it.
  [[nodiscard]] static base::Result<std::unique_ptr<LaneKeeper>, OpenError> open(
      const Place& place, Presence presence, const LogEnds& ends, const base::Clock& clock,
      LaneLimits limits);

  // The highest entry that any lane knows of: ids go on above it.
  [[nodiscard]] EntryId highest() const noexcept { return highest_; }

  // At start: counts what the lanes are owed beyond what they had counted. Reads as
  // much of the log as was appended since the last flush of all lanes.
  [[nodiscard]] Status count_tail(Log& log, EntryId last);

  // The id of a name; registers it if it is new and blocks until that is durable.
  [[nodiscard]] base::Result<ConnectorId, StoreError> connector_id(std::string_view name);

  // All names, in order of id.
  [[nodiscard]] std::vector<Registered> connectors() const;

  // REQUIRES: the connector is registered.
  [[nodiscard]] Lane& lane(ConnectorId connector) const;

  // From any thread: what may wait for a connector. REQUIRES: it is registered.
  void limit_backlog(ConnectorId connector, const BacklogLimit& limit);

  // ── Admission to a commit: the writer's, and only where there are limits.

  [[nodiscard]] bool has_limits() const noexcept { return has_limits_; }

  // Nothing is reserved.
  void begin_group() const;

  // True if every lane has room for what the append owes it; then the room is reserved,
  // and what overflows is marked in the append. False: its lanes are waited for.
  [[nodiscard]] bool admit(Append& append) const;

  // It has waited in vain: counted for the first of its lanes that is waited for.
  void note_refused(const Append& append) const;

  // No lane is waited for.
  void begin_waits() const;

  // Writes down what has changed. After a failure the next call tries again.
  [[nodiscard]] Status flush(Lane::Extent extent);

  [[nodiscard]] Status checkpoint_beyond(int page_count);

  // Rows of parked entries, as lanes.db has them.
  [[nodiscard]] base::Result<std::vector<ParkedRow>, StoreError> parked_rows(ConnectorId connector,
                                                                             EntryId after,
                                                                             std::size_t count_max);
  [[nodiscard]] base::Result<std::vector<Attempt>, StoreError> attempts(ConnectorId connector,
                                                                        EntryId id);
  [[nodiscard]] base::Result<std::vector<DiscardedEntry>, StoreError> discarded(
      ConnectorId connector, EntryId after, std::size_t count_max);
  [[nodiscard]] base::Result<std::optional<ParkedRow>, StoreError> parked_row(ConnectorId connector,
                                                                              EntryId id) override;
  [[nodiscard]] base::Result<std::vector<EntryId>, StoreError> parked_ids(
      ConnectorId connector, EntryId after, EntryId to, std::size_t count_max) override;
  [[nodiscard]] base::Result<DebtState, StoreError> debt(ConnectorId connector, EntryId id);

  // See Lane::recount().
  void recount() const;

  // What is owed in (after, to], lane by lane; `to` comes down where there is much.
  using OwedParts = std::map<ConnectorId, OwedPart>;
  [[nodiscard]] base::Result<OwedParts, StoreError> owed_in(EntryId after, EntryId& to);

  // Forgets what was discarded before that time, of entries before `end`, in steps that the
  // writer does not wait for long.
  [[nodiscard]] Status forget_discarded(EntryId end, base::WallTime before);

  // Seals some rows anew, in steps that the writer does not wait for long, but for the last one,
  // which takes as long as lanes.db is large. True: there is more.
  [[nodiscard]] base::Result<bool, StoreError> seal_anew();

 private:
  LaneKeeper(LaneTable table, ParkedReader reader, const LogEnds& ends, const base::Clock& clock,
             LaneLimits limits);

  void take_over(LaneRecord record);
  void reserve(LaneKey& key, std::size_t size_bytes) const;
  [[nodiscard]] Lane* find(ConnectorId connector) const;
  [[nodiscard]] Status write_collected() REQUIRES_LOCK(table_mutex_);
  [[nodiscard]] std::vector<Lane*> all_lanes() const;

  const LogEnds& ends_;
  const base::Clock& clock_;
  const LaneLimits limits_;
  EntryId highest_;                      // at start
  std::atomic<bool> has_limits_{false};  // once there were some, it is looked

  base::Mutex table_mutex_;  // held over writes
  LaneTable table_ GUARDED_BY(table_mutex_);
  std::vector<LaneChanges> collected_ GUARDED_BY(table_mutex_);  // not written yet

  base::Mutex reader_mutex_;  // held over reads
  ParkedReader reader_ GUARDED_BY(reader_mutex_);

  mutable base::Mutex lanes_mutex_;  // held over nothing
  std::map<std::string, ConnectorId, std::less<>> ids_ GUARDED_BY(lanes_mutex_);
  std::map<ConnectorId, std::unique_ptr<Lane>> lanes_ GUARDED_BY(lanes_mutex_);  // only grows
};

}  // namespace store::sqlite
