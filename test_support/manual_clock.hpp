// test_support/manual_clock.hpp: a clock whose hands the test turns.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.hpp"

namespace test_support {

// Thread-safe. Both clocks start at 2026-04-03 12:00:00 UTC and only move by
// advance(); jump_wall() moves the wall clock alone, as an operator or NTP would.
class ManualClock final : public base::Clock {
 public:
  [[nodiscard]] base::WallTime wall_now() const noexcept override {
    return base::WallTime(std::chrono::microseconds(wall_us_.load()));
  }

  [[nodiscard]] base::SteadyTime steady_now() const noexcept override {
    return base::SteadyTime(std::chrono::nanoseconds(steady_ns_.load()));
  }

  void advance(base::Duration by) noexcept {
    steady_ns_ += std::chrono::duration_cast<std::chrono::nanoseconds>(by).count();
    jump_wall(by);
  }

  void jump_wall(base::Duration by) noexcept {
    wall_us_ += std::chrono::duration_cast<std::chrono::microseconds>(by).count();
  }

 private:
  std::atomic<std::int64_t> wall_us_{1'775'217'600'000'000};
  std::atomic<std::int64_t> steady_ns_{1'000'000'000'000};
};

}  // namespace test_support
