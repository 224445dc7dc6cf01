#include "connect/patience.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <optional>

#include "connect/descriptor.hpp"
#include "test_support/manual_clock.hpp"

namespace connectors {
namespace {

using namespace std::chrono_literals;
using ::test_support::ManualClock;

constexpr std::optional<Wake> kTimeLeft = std::nullopt;

TEST(Patience, IsOverAtItsDeadlineAndNotBefore) {
  ManualClock clock;
  Patience patience(clock, 10s, {});
  EXPECT_EQ(patience.over(), kTimeLeft);
  clock.advance(10s - 1ns);
  EXPECT_EQ(patience.over(), kTimeLeft);
  clock.advance(1ns);
  EXPECT_EQ(patience.over(), Wake::kDeadline);
  EXPECT_EQ(patience.left(), 0s);
}

TEST(Patience, DoesNotHeedTheWallClock) {
  ManualClock clock;
  Patience patience(clock, 10s, {});
  clock.jump_wall(24h);
  EXPECT_EQ(patience.left(), 10s);
}

TEST(Patience, IsEndedByAStop) {
  ManualClock clock;
  std::stop_source stopping;
  Patience patience(clock, 10s, stopping.get_token());
  stopping.request_stop();
  EXPECT_EQ(patience.over(), Wake::kStopped);
}

TEST(Patience, IsCutByAStopOnceAndNotStretched) {
  ManualClock clock;
  std::stop_source stopping;
  Patience patience(clock, 10s, stopping.get_token(), 5s);
  stopping.request_stop();
  EXPECT_EQ(patience.left(), 5s);
  clock.advance(3s);
  EXPECT_EQ(patience.left(), 2s) << "asking again grants no more";

  Patience nearly_over(clock, 1s, stopping.get_token(), 5s);
  EXPECT_EQ(nearly_over.left(), 1s) << "a stop grants nothing";
}

TEST(Patience, IsSharedEvenlyByTries) {
  ManualClock clock;
  Patience patience(clock, 9s, {});
  EXPECT_EQ(patience.share(3).left(), 3s);
  clock.advance(3s);
  EXPECT_EQ(patience.share(2).left(), 3s);
  EXPECT_EQ(patience.left(), 6s);
}

TEST(Patience, BlocksForNoLongerThanASlice) {
  ManualClock clock;
  Patience patience(clock, 10s, {});
  EXPECT_EQ(patience.slice(), 50ms);
  clock.advance(10s - 7ms);
  EXPECT_EQ(patience.slice(), 7ms);
}

TEST(Patience, SeesWhatIsReadyEvenWithNoTimeLeft) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const Descriptor output(ends[0]);
  const Descriptor input(ends[1]);
  Patience none(base::Clock::system(), 0s, {});
  EXPECT_EQ(none.wait(output.value(), POLLIN), Wake::kDeadline);
  ASSERT_EQ(::write(input.value(), "x", 1), 1);
  EXPECT_EQ(none.wait(output.value(), POLLIN), Wake::kReady);
}

}  // namespace
}  // namespace connectors
