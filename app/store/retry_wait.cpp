#include "store/retry_wait.hpp"

#include <algorithm>
#include <chrono>

namespace store {

base::Duration retry_wait(const base::Clock& clock, base::WallTime not_before) {
  constexpr std::chrono::microseconds kLongest = std::chrono::hours(24 * 3653);
  const base::WallTime now = clock.wall_now();
  return std::clamp(not_before, now, now + kLongest) - now;
}

}  // namespace store
