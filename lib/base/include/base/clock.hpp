// base/clock.hpp: the two clocks, as a thing that is handed in.
//
// Wall time is for people, stored columns and MSH-7: it may jump, also
// backwards. Steady time is for every wait and every deadline. Code that needs
// either takes a `const Clock&`, so that a test can turn the hands.
#pragma once

#include <chrono>

namespace base {

using WallTime = std::chrono::sys_time<std::chrono::microseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

// Thread-safe: any thread may ask at any time.
class Clock {
 public:
  virtual ~Clock() = default;

  [[nodiscard]] virtual WallTime wall_now() const noexcept = 0;
  [[nodiscard]] virtual SteadyTime steady_now() const noexcept = 0;

  // The machine's clocks. Lives for ever.
  [[nodiscard]] static const Clock& system() noexcept;

 protected:
  Clock() = default;
  Clock(const Clock&) = default;
  Clock& operator=(const Clock&) = default;
};

}  // namespace base
