#include "telemetry/repeat_limit.hpp"

#include <gtest/gtest.h>

#include "test_support/manual_clock.hpp"

namespace telemetry {
namespace {

using namespace std::chrono_literals;

class RepeatLimitTest : public testing::Test {
 protected:
  int admitted(std::string_view event, int times) {
    int count = 0;
    for (int i = 0; i < times; ++i) {
      if (limit_.admit(event, Level::kWarning, clock_.steady_now())) ++count;
    }
    return count;
  }

  std::vector<Repeated> told() { return limit_.take_repeated(clock_.steady_now()); }

  test_support::ManualClock clock_;
  RepeatLimit limit_{3};
};

TEST_F(RepeatLimitTest, WritesTheFirstOfASecondAndCountsTheRest) {
  EXPECT_EQ(admitted("target_down", 10), 3);
  EXPECT_TRUE(told().empty()) << "the second is not over";
  clock_.advance(1s);
  EXPECT_EQ(told(), (std::vector<Repeated>{{"target_down", Level::kWarning, 7}}));
  EXPECT_TRUE(told().empty()) << "told once";
}

TEST_F(RepeatLimitTest, EventsDoNotShareTheirLimit) {
  EXPECT_EQ(admitted("a", 5), 3);
  EXPECT_EQ(admitted("b", 2), 2);
}

TEST_F(RepeatLimitTest, ANewSecondBeginsAnew) {
  EXPECT_EQ(admitted("a", 3), 3);
  clock_.advance(1s);
  EXPECT_EQ(admitted("a", 4), 3);
}

TEST_F(RepeatLimitTest, ASteadyTrickleIsNeverLimited) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(admitted("a", 1), 1);
    clock_.advance(400ms);
  }
  EXPECT_TRUE(told().empty());
}

TEST_F(RepeatLimitTest, AStormOverManySecondsLosesNoCount) {
  int written = 0;
  std::uint64_t left_out = 0;
  for (int i = 0; i < 1000; ++i) {
    for (const Repeated& repeated : told()) left_out += repeated.count;
    written += admitted("a", 1);
    clock_.advance(10ms);
  }
  clock_.advance(1s);
  for (const Repeated& repeated : told()) left_out += repeated.count;
  EXPECT_EQ(written, 30);
  EXPECT_EQ(left_out, 970U);
}

TEST_F(RepeatLimitTest, NamesWithoutEndTakeNoMemoryWithoutEnd) {
  for (std::size_t i = 0; i < RepeatLimit::kEventsMax; ++i) admitted(std::to_string(i), 1);
  EXPECT_EQ(admitted("one too many", 10), 10);
}

}  // namespace
}  // namespace telemetry
