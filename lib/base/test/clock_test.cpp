#include "base/clock.hpp"

#include <gtest/gtest.h>

#include "test_support/manual_clock.hpp"

namespace base {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(SystemClock, SteadyTimeNeverGoesBack) {
  const Clock& clock = Clock::system();
  SteadyTime before = clock.steady_now();
  for (int reading = 0; reading < 1000; ++reading) {
    const SteadyTime now = clock.steady_now();
    ASSERT_GE(now, before);
    before = now;
  }
}

// A unit taken for another (seconds for microseconds) would be decades off.
TEST(SystemClock, WallTimeIsTheMachines) {
  const auto before = std::chrono::system_clock::now();
  const WallTime told = Clock::system().wall_now();
  const auto after = std::chrono::system_clock::now();
  EXPECT_GE(told, before - milliseconds(1));
  EXPECT_LE(told, after + milliseconds(1));
}

TEST(ManualClock, StandsStillUntilItIsTurned) {
  test_support::ManualClock clock;
  const WallTime wall = clock.wall_now();
  const SteadyTime steady = clock.steady_now();
  EXPECT_EQ(clock.wall_now(), wall);
  EXPECT_EQ(clock.steady_now(), steady);

  clock.advance(seconds(90));
  EXPECT_EQ(clock.wall_now(), wall + seconds(90));
  EXPECT_EQ(clock.steady_now(), steady + seconds(90));
}

TEST(ManualClock, AJumpOfTheWallClockLeavesDeadlinesAlone) {
  test_support::ManualClock clock;
  const WallTime wall = clock.wall_now();
  const SteadyTime steady = clock.steady_now();
  clock.jump_wall(-hours(1));
  EXPECT_EQ(clock.wall_now(), wall - hours(1));
  EXPECT_EQ(clock.steady_now(), steady);
}

TEST(ManualClock, StartsOnTheDayOfTheExamples) {
  const auto day = std::chrono::floor<std::chrono::days>(test_support::ManualClock().wall_now());
  EXPECT_EQ(std::chrono::year_month_day(day), std::chrono::year(2026) / 4 / 3);
}

}  // namespace
}  // namespace base
