// store/sqlite/lane.hpp: one connector's lane: what of it is in memory, and what
// of that is not yet written down.
//
//   log ──────────────●───────────────────────●──────────────► committed
//        cursor       │      the window       │ loaded to
//        all settled, │ entries held in memory│ not looked at yet, unless the lane
//        or in a row  │                       │ is at the tail: then the writer
//                                               pushes what it commits
//
// Threads: the writer publishes and collects; lanes claim, settle and wait; anyone
// may ask. All state is under one mutex that is never held over a write, and over
// a read only in release(), discard() and owed_in().
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "store/backlog.hpp"
#include "store/lane_wait.hpp"
#include "store/lane_window.hpp"
#include "store/outbox.hpp"
#include "store/sqlite/lane_rows.hpp"

namespace store::sqlite {

// How far the log has come, told by the writer: committed goes ahead, published
// follows when every lane has what was committed.
struct LogEnds {
  std::atomic<std::uint64_t> committed{0};
  std::atomic<std::uint64_t> published{0};
};

// What a lane keeps in memory at most.
struct LaneLimits {
  std::size_t window_max = 16'384;     // entries; beyond it the log is not read
  std::size_t load_below = 1024;       // entries; with fewer the log is read on
  std::size_t ahead_max = 8192;        // settled ahead, before the cursor steps over
  std::uint64_t span_max = 65'536;     // entries between cursor and loaded_to, likewise
  std::size_t step_max = 1024;         // entries stepped over at a time
  std::size_t unwritten_max = 65'536;  // changes; beyond it nothing is claimed
};

// Which rows of lanes.db are parked, where no change of them waits to be written.
class ParkedLookup {
 public:
  virtual ~ParkedLookup() = default;
  [[nodiscard]] virtual base::Result<std::optional<ParkedRow>, StoreError> parked_row(
      ConnectorId connector, EntryId id) = 0;

  // Ids in (after, to], in order, at most `count_max`.
  [[nodiscard]] virtual base::Result<std::vector<EntryId>, StoreError> parked_ids(
      ConnectorId connector, EntryId after, EntryId to, std::size_t count_max) = 0;
};

// What a piece of the log owes to one lane, dead letters included: `ids`, in no order, and
// of the ids above `read_to` all that the log shows as owed, but for `settled`.
struct OwedPart {
  std::vector<EntryId> ids;
  EntryId read_to;
  std::set<EntryId> settled;
};

class Lane {
 public:
  // REQUIRES: `ends` and `clock` outlive it.
  Lane(LaneRecord record, const LogEnds& ends, const base::Clock& clock, LaneLimits limits);

  [[nodiscard]] ConnectorId connector() const noexcept { return connector_; }

  // ── The writer's side.

  // Notes an entry of the commit being prepared; publish() hands them all over.
  void stage(const OwedEntry& entry) { staged_.push_back(entry); }

  [[nodiscard]] bool has_staged() const noexcept { return !staged_.empty(); }

  // Returns how many of them were put aside: those are to be written down.
  std::size_t publish();

  // At start: the log is counted on from here, one more that is owed; then all of it
  // is known, up to `last`.
  [[nodiscard]] EntryId counted_to() const;
  void count_owed(std::uint32_t size_bytes);
  void begin_run(EntryId last);

  // Whether one more entry may be committed for it; once it has said no it says so
  // until begin_waits(). What was reserved since begin_group() counts as owed.
  [[nodiscard]] bool has_room();
  // Whether one more entry is to be put aside.
  [[nodiscard]] bool overflows();
  void reserve(std::size_t size_bytes);

  void begin_group() { reserved_ = {}; }

  [[nodiscard]] bool is_waited_for() const noexcept { return is_waited_for_; }

  void begin_waits() { is_waited_for_ = false; }

  void note_refused();

  enum class Extent : std::uint8_t { kIfSettled, kAlways };

  // What has changed since the last call, to be written. kIfSettled: nothing where
  // only the log went on.
  [[nodiscard]] std::optional<LaneChanges> collect(Extent extent);

  // What collect() gave is durable now.
  void written();

  // Entries may have been lost of which nobody knows to whom they were owed: counts anew what
  // is owed once all of the log has been read.
  void recount();

  // It could not be written; ends with written().
  void set_stuck(StoreError error);

  // ── The lanes' side.

  // Where the log is to be read on. At most one caller at a time gets one, and must
  // call load() or give_up_load().
  struct LoadOrder {
    EntryId after;
    EntryId to;
  };

  [[nodiscard]] std::optional<LoadOrder> order_load(const LaneSlice& slice);
  void load(const std::vector<OwedEntry>& found, EntryId scanned_to);
  void give_up_load();

  [[nodiscard]] base::Result<std::vector<OwedEntry>, StoreError> claim(const LaneSlice& slice,
                                                                       std::size_t count_max);
  void settle(std::vector<Outbox::Settlement> settlements);
  void give_back(std::span<const EntryId> ids);

  // Ends what is held in memory and is not in flight: see giving_up.hpp. More may stand in the
  // log, and be read on for, where it reads_on().
  [[nodiscard]] base::Result<std::vector<EntryId>, StoreError> give_up(std::size_t count_max,
                                                                       const Discard& order);
  [[nodiscard]] bool reads_on() const;
  void wait(const LaneSlice& slice, base::SteadyTime until, const std::stop_token& stop);

  // ── Anyone's.

  void set_limit(const BacklogLimit& limit);

  [[nodiscard]] LaneStatus status() const;
  // The oldest entry that is owed, of those held in memory.
  [[nodiscard]] std::optional<EntryId> first() const;

  // What has become of a debt, as far as memory knows: none where lanes.db must be asked
  // whether it stands parked or was discarded; delivered where it knows of neither.
  [[nodiscard]] std::optional<DebtState> debt(EntryId id) const;

  // What is owed in (after, to]. `to` comes down where there is much, so that the lock is not
  // held for long. Once an entry is not owed it never is again.
  [[nodiscard]] base::Result<OwedPart, StoreError> owed_in(EntryId after, EntryId& to,
                                                           ParkedLookup& table) const;

  [[nodiscard]] base::Result<bool, StoreError> release(EntryId id, ParkedLookup& table);
  [[nodiscard]] base::Result<bool, StoreError> discard(EntryId id, const Discard& order,
                                                       ParkedLookup& table);

  // Parked entries, or none where they are parked no more, that lanes.db does not
  // know of yet.
  using ParkedChanges = std::map<EntryId, std::optional<ParkedRow>>;

  [[nodiscard]] ParkedChanges unwritten_parked() const;

 private:
  void take_in(const OwedEntry& entry) REQUIRES_LOCK(mutex_);
  void park_overflow(const OwedEntry& entry) REQUIRES_LOCK(mutex_);
  void end(const Outbox::Settlement& settlement) REQUIRES_LOCK(mutex_);
  void deliver(EntryId id) REQUIRES_LOCK(mutex_);
  void end_owed(const OwedEntry& entry) REQUIRES_LOCK(mutex_);
  void expire(EntryId id, const Expired& verdict) REQUIRES_LOCK(mutex_);
  void retry(EntryId id, const Retry& verdict) REQUIRES_LOCK(mutex_);
  void park(EntryId id, const Parked& verdict) REQUIRES_LOCK(mutex_);
  void note_attempt(const OwedEntry& entry, const std::string& reason, const std::string& words)
      REQUIRES_LOCK(mutex_);
  void take_back(OwedEntry entry) REQUIRES_LOCK(mutex_);
  void push_loaded(const OwedEntry& found) REQUIRES_LOCK(mutex_);
  [[nodiscard]] bool may_load(base::SteadyTime now) const REQUIRES_LOCK(mutex_);
  [[nodiscard]] EntryId natural_cursor() const REQUIRES_LOCK(mutex_);
  [[nodiscard]] EntryId read_to() const REQUIRES_LOCK(mutex_);
  void count_anew() REQUIRES_LOCK(mutex_);
  void note_ahead(EntryId cursor) REQUIRES_LOCK(mutex_);
  void step_over() REQUIRES_LOCK(mutex_);
  void drop_ahead(EntryId cursor) REQUIRES_LOCK(mutex_);
  [[nodiscard]] base::Result<std::optional<ParkedRow>, StoreError> find_parked(
      EntryId id, ParkedLookup& table) const REQUIRES_LOCK(mutex_);
  [[nodiscard]] const std::optional<ParkedRow>* find_unwritten(EntryId id) const
      REQUIRES_LOCK(mutex_);

  const ConnectorId connector_;
  const LogEnds& ends_;
  const base::Clock& clock_;
  const LaneLimits limits_;
  // The writer's alone.
  std::vector<OwedEntry> staged_;
  Backlog::Reserved reserved_;
  bool is_waited_for_ = false;  // appends wait for room here

  mutable base::Mutex mutex_;
  LaneWait wait_ GUARDED_BY(mutex_);
  LaneWindow window_ GUARDED_BY(mutex_);
  EntryId loaded_to_ GUARDED_BY(mutex_);
  bool at_tail_ GUARDED_BY(mutex_) = false;
  bool is_loading_ GUARDED_BY(mutex_) = false;
  EntryId run_begins_after_ GUARDED_BY(mutex_);  // what is behind it, publish() has seen
  EntryId taken_in_to_ GUARDED_BY(mutex_);       // up to here, so far
  bool must_recount_ GUARDED_BY(mutex_) = false;
  Backlog backlog_ GUARDED_BY(mutex_);
  std::int64_t parked_count_ GUARDED_BY(mutex_) = 0;

  // From the last run, above loaded_to_: what the log would show as owed anew.
  std::set<EntryId> settled_above_ GUARDED_BY(mutex_);
  std::map<EntryId, OwedEntry> waiting_above_ GUARDED_BY(mutex_);

  // Not yet written, in order of event.
  bool is_dirty_ GUARDED_BY(mutex_) = false;
  LaneProgress progress_ GUARDED_BY(mutex_);  // as collected last
  std::vector<RowChange> changes_ GUARDED_BY(mutex_);
  std::vector<EntryId> fresh_settled_ GUARDED_BY(mutex_);
  std::set<EntryId> ahead_ GUARDED_BY(mutex_);  // rows in ahead
  ParkedChanges parked_fresh_ GUARDED_BY(mutex_);
  ParkedChanges parked_writing_ GUARDED_BY(mutex_);  // collected, not written yet
  std::optional<StoreError> stuck_ GUARDED_BY(mutex_);
};

}  // namespace store::sqlite
