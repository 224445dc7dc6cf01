#include "cli/progress.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "test_support/manual_clock.hpp"

namespace cli {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

ProgressState half_way() {
  return {.message_count = 1234,
          .messages_per_second = 456.4,
          .share_done = 0.5,
          .time_left = seconds(12)};
}

TEST(RenderProgress, ShowsShareCountRateAndTimeLeft) {
  EXPECT_EQ(render_progress(half_way(), 62),
            "[##########----------]   50 %  1,234 messages  456/s  12s left");
}

TEST(RenderProgress, TheBarGivesWayOnANarrowTerminal) {
  EXPECT_EQ(render_progress(half_way(), 45), " 50 %  1,234 messages  456/s  12s left");
  EXPECT_EQ(render_progress(half_way(), 10), " 50 %  1,2");
}

TEST(RenderProgress, SaysNothingOfAnEndItDoesNotKnow) {
  EXPECT_EQ(render_progress({.message_count = 5, .messages_per_second = 0.0}, 80),
            "5 messages  0/s");
}

TEST(RenderProgress, IsNeverBeyondTheEnd) {
  ProgressState state = half_way();
  state.share_done = 1.7;
  EXPECT_EQ(render_progress(state, 58).substr(0, 26), "[################]  100 % ");
}

TEST(RenderCount, GroupsDigits) {
  EXPECT_EQ(render_count(0), "0");
  EXPECT_EQ(render_count(999), "999");
  EXPECT_EQ(render_count(1000), "1,000");
  EXPECT_EQ(render_count(1'234'567), "1,234,567");
}

TEST(RenderTimeLeft, UsesTheUnitsPeopleUse) {
  EXPECT_EQ(render_time_left(milliseconds(8'200)), "9s");
  EXPECT_EQ(render_time_left(seconds(200)), "3m 20s");
  EXPECT_EQ(render_time_left(hours(2) + minutes(5)), "2h 5m");
}

TEST(RenderLatency, UsesTheUnitThatFits) {
  EXPECT_EQ(render_latency(microseconds(850)), "850 us");
  EXPECT_EQ(render_latency(microseconds(1'234)), "1.23 ms");
  EXPECT_EQ(render_latency(milliseconds(4'560)), "4.56 s");
}

// What a ProgressLine leaves behind in a file.
class ProgressLineTest : public testing::Test {
 protected:
  ProgressLineTest() : stream_(open_memstream(&text_, &text_bytes_)) {}

  ~ProgressLineTest() override {
    if (stream_ != nullptr) static_cast<void>(std::fclose(stream_));
    std::free(text_);
  }

  std::string written() {
    static_cast<void>(std::fflush(stream_));
    return {text_, text_bytes_};
  }

  char* text_ = nullptr;
  std::size_t text_bytes_ = 0;
  std::FILE* stream_;
  test_support::ManualClock clock_;
};

TEST_F(ProgressLineTest, InAPipeThereIsAPlainLineEveryTenSeconds) {
  ProgressLine line(stream_, ProgressStyle::kPlain, clock_);
  line.show(half_way());
  EXPECT_EQ(written(), "") << "a short run says nothing";
  for (int second = 0; second < 25; ++second) {
    clock_.advance(seconds(1));
    line.show(half_way());
  }
  const std::string text = written();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_EQ(text.find_first_of("\r\x1b"), std::string::npos);
}

TEST_F(ProgressLineTest, OnATerminalTheLineIsDrawnAnewAndTakenAway) {
  {
    ProgressLine line(stream_, ProgressStyle::kLine, clock_);
    line.show(half_way());
    line.show(half_way());  // too soon
    line.print("note");
  }
  const std::string bar = render_progress(half_way(), 79);
  EXPECT_EQ(written(), "\r\x1b[K" + bar + "\r\x1b[K" + "note\n");
}

TEST_F(ProgressLineTest, NoneMeansNone) {
  ProgressLine line(stream_, ProgressStyle::kNone, clock_);
  clock_.advance(minutes(1));
  line.show(half_way());
  EXPECT_EQ(written(), "");
}

}  // namespace
}  // namespace cli
