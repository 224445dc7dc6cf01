#include "base/clock.hpp"

namespace base {
namespace {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall_now() const noexcept override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
  }

  [[nodiscard]] SteadyTime steady_now() const noexcept override {
    return std::chrono::steady_clock::now();
  }
};

}  // namespace

const Clock& Clock::system() noexcept {
  static const SystemClock clock;
  return clock;
}

}  // namespace base
