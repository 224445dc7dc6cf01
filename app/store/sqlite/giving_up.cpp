#include "store/sqlite/giving_up.hpp"

#include <chrono>

#include "base/try.hpp"

namespace store::sqlite {
namespace {

constexpr base::Duration kOthersLoad = std::chrono::milliseconds(50);

}  // namespace

// What was ended before a failure is told: it is done.
base::Result<std::vector<EntryId>, StoreError> give_up(
    Lane& lane, std::size_t count_max, const Discard& order, const base::Clock& clock,
    const std::function<base::Status<StoreError>()>& load) {
  std::vector<EntryId> ended;
  while (ended.size() < count_max) {
    const auto loaded = load();
    if (!loaded && ended.empty()) return base::fail(loaded.error());
    if (!loaded) break;
    const auto ids = TRY(lane.give_up(count_max - ended.size(), order));
    ended.insert(ended.end(), ids.begin(), ids.end());
    if (!ids.empty()) continue;
    if (!lane.reads_on()) break;
    lane.wait({lane.connector(), 0, 1}, clock.steady_now() + kOthersLoad, {});
  }
  return ended;
}

base::Result<std::vector<EntryId>, StoreError> Lane::give_up(std::size_t count_max,
                                                             const Discard& order) {
  const base::Lock lock(mutex_);
  if (stuck_ && changes_.size() + fresh_settled_.size() >= limits_.unwritten_max) {
    return base::fail(*stuck_);
  }
  std::vector<EntryId> ids;
  for (const OwedEntry& entry : window_.take_waiting(count_max)) {
    changes_.push_back(PutDiscarded{{entry.id, clock_.wall_now(), std::string(kGivenUpFailure),
                                     order.reason, order.replaced_by}});
    end_owed(entry);
    ids.push_back(entry.id);
  }
  is_dirty_ = is_dirty_ || !ids.empty();
  wait_.wake();
  return ids;
}

bool Lane::reads_on() const {
  const base::Lock lock(mutex_);
  return !at_tail_ && !window_.is_shut(clock_.steady_now());
}

}  // namespace store::sqlite
