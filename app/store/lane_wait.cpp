#include "store/lane_wait.hpp"

#include <algorithm>

namespace store {

bool LaneWait::sleep(base::Mutex& mutex, const base::Clock& clock, base::SteadyTime until,
                     const std::stop_token& stop) {
  constexpr base::Duration kLongest = std::chrono::hours(1);  // keeps the sums from overflow
  const base::SteadyTime now = clock.steady_now();
  if (until <= now || stop.stop_requested()) return false;
  const base::Duration length = until > now + kLongest ? kLongest : until - now;

  const std::uint64_t seen = change_count_;
  ++sleeper_count_;
  const bool woken = changed_.wait_until(mutex, stop, base::Clock::system().steady_now() + length,
                                         [this, seen] { return change_count_ != seen; });
  --sleeper_count_;
  return woken;
}

}  // namespace store
