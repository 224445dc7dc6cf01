// store/lane_window.hpp: the entries of one connector that are held in memory,
// and which of them may be delivered now.
//
// What every outbox has in common: order by key, retries, claims. It knows
// nothing of disks, messages or threads.
//
// Entries stand in order of id. An entry may be claimed when it is due and all
// earlier ones of its key have left, or are claimed with it in one call. One that
// joins another key waits besides until all earlier ones of that key have left.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "store/entry.hpp"

namespace store {

// One entry that is owed. `due` is SteadyTime::min() where it need not wait.
struct OwedEntry {
  EntryId id;
  std::uint64_t key_hash = 0;
  std::uint64_t joined_hash = kJoinsNone;  // not key_hash
  std::uint32_t size_bytes = 0;            // of the payload
  std::uint32_t attempt_count = 0;         // attempts that ended in a retry
  base::SteadyTime due = base::SteadyTime::min();
  bool has_row = false;  // the store keeps a row of its own for it, not only the log's
};

// Not thread-safe.
class LaneWindow {
 public:
  // A claim is at most so large, but always holds at least one entry.
  static constexpr std::size_t kClaimBytesMax = std::size_t{8} << 20U;

  // REQUIRES: its id is above all others.
  void push_back(const OwedEntry& entry);

  // Puts an entry in its place. Linear in the entries behind it.
  // REQUIRES: its id is not here.
  void insert(const OwedEntry& entry);

  // Takes what is due in this slice, in order; each is in flight from now on.
  [[nodiscard]] std::vector<OwedEntry> claim(const LaneSlice& slice, std::size_t count_max,
                                             base::SteadyTime now);

  // The three ends of a claim. REQUIRES: `id` is in flight.
  OwedEntry remove(EntryId id);
  OwedEntry retry(EntryId id, base::SteadyTime due);  // counts the attempt, sets has_row
  void give_back(EntryId id);

  // Removes entries that are not in flight, due or not, in order, at most `count_max`.
  [[nodiscard]] std::vector<OwedEntry> take_waiting(std::size_t count_max);

  struct Outlook {
    bool claimable = false;                               // claim() would yield something
    base::SteadyTime next_due = base::SteadyTime::max();  // when a retry comes due
  };

  [[nodiscard]] Outlook outlook(const LaneSlice& slice, base::SteadyTime now);

  // True if no entry can be claimed now, whatever else would be pushed: all have
  // one key, key_hash 0, and its head is in flight or waits.
  [[nodiscard]] bool is_shut(base::SteadyTime now) const;

  [[nodiscard]] std::size_t size() const noexcept { return live_count_; }

  // True for an entry that is here, in flight or not.
  [[nodiscard]] bool holds(EntryId id) const;

  // Adds the ids in (after, to] that are here to `ids`, in order.
  void add_ids(EntryId after, EntryId to, std::vector<EntryId>& ids) const;

  // How many entries are here up to `last`, and their payloads.
  struct Total {
    std::int64_t count = 0;
    std::int64_t size_bytes = 0;
  };

  [[nodiscard]] Total total_up_to(EntryId last) const;

  // The lowest id that is here; of those without a row of their own, likewise.
  [[nodiscard]] std::optional<EntryId> first() const;
  [[nodiscard]] std::optional<EntryId> first_without_row() const;

  // Sets has_row of the first entries up to `last` that had none, at most
  // `count_max`, and returns them.
  [[nodiscard]] std::vector<OwedEntry> take_rows_up_to(EntryId last, std::size_t count_max);

 private:
  enum class State : std::uint8_t { kWaiting, kInFlight, kGone };

  struct Slot {
    OwedEntry entry;
    State state = State::kWaiting;
  };

  struct Key {
    std::uint32_t live_count = 0;
    std::uint32_t in_flight_count = 0;
    std::uint64_t seen_pass = 0;  // the walk that last met it
    bool blocked = false;         // for that walk
  };

  using Slots = std::deque<Slot>;

  // Calls take(slot) for each entry that may be claimed, in order, until it says
  // false. Returns when the first of the entries met that wait comes due.
  template <class Take>
  base::SteadyTime walk(const LaneSlice& slice, base::SteadyTime now, Take take);

  [[nodiscard]] Key& meet(std::uint64_t key_hash);
  [[nodiscard]] bool bar(const OwedEntry& entry);
  [[nodiscard]] bool is_barred(const OwedEntry& entry) const;
  [[nodiscard]] bool stands_behind(const OwedEntry& entry, const Slot& earlier) const;

  template <class Change>
  void for_keys(const OwedEntry& entry, Change change);

  void arrive(const OwedEntry& entry);
  void leave(Slot& slot);

  [[nodiscard]] Slots::iterator at_or_behind(EntryId id);
  [[nodiscard]] Slot& in_flight(EntryId id);
  void leave_flight(Slot& slot);
  void sweep();

  Slots slots_;  // ordered by id; those gone are dropped now and then
  std::unordered_map<std::uint64_t, Key> keys_;
  std::size_t live_count_ = 0;
  std::uint64_t pass_ = 0;
};

}  // namespace store
