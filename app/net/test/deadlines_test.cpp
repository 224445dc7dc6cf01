#include "net/deadlines.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace net {
namespace {

using std::chrono::milliseconds;

// A loop's worth of deadlines, run on the test's own thread until nothing is due.
class DeadlinesTest : public testing::Test {
 protected:
  std::unique_ptr<Deadlines::Watch> watch(std::string name) {
    return std::make_unique<Deadlines::Watch>(
        deadlines_, [this, name = std::move(name)] { expired_.push_back(name); });
  }

  base::SteadyTime in(milliseconds wait) { return clock_.steady_now() + wait; }

  void run() { context_.run(); }

  const base::Clock& clock_ = base::Clock::system();
  asio::io_context context_;
  Deadlines deadlines_{context_, clock_};
  std::vector<std::string> expired_;
};

TEST_F(DeadlinesTest, ComeInTheOrderOfTimeNotOfSetting) {
  const auto late = watch("late");
  const auto early = watch("early");
  late->set(in(milliseconds(20)));
  early->set(in(milliseconds(5)));
  run();
  EXPECT_EQ(expired_, (std::vector<std::string>{"early", "late"}));
}

TEST_F(DeadlinesTest, OneMovedLaterComesLater) {
  const auto moved = watch("moved");
  const auto other = watch("other");
  moved->set(in(milliseconds(5)));
  moved->set(in(milliseconds(30)));
  other->set(in(milliseconds(15)));
  run();
  EXPECT_EQ(expired_, (std::vector<std::string>{"other", "moved"}));
}

TEST_F(DeadlinesTest, OneMovedEarlierComesEarlier) {
  const auto moved = watch("moved");
  const auto other = watch("other");
  moved->set(in(std::chrono::hours(1)));
  other->set(in(milliseconds(20)));
  moved->set(in(milliseconds(5)));
  run();
  EXPECT_EQ(expired_, (std::vector<std::string>{"moved", "other"}));
}

TEST_F(DeadlinesTest, OneTakenBackNeverComes) {
  const auto gone = watch("gone");
  const auto stays = watch("stays");
  gone->set(in(milliseconds(1)));
  stays->set(in(milliseconds(10)));
  gone->set(Deadlines::kNever);
  run();
  EXPECT_EQ(expired_, (std::vector<std::string>{"stays"}));
}

TEST_F(DeadlinesTest, ADestroyedWatchIsForgotten) {
  auto gone = watch("gone");
  const auto stays = watch("stays");
  gone->set(in(milliseconds(1)));
  stays->set(in(milliseconds(10)));
  gone.reset();
  run();
  EXPECT_EQ(expired_, (std::vector<std::string>{"stays"}));
}

TEST_F(DeadlinesTest, AWatchMayDestroyItselfAndAnotherWhenItsTimeComes) {
  auto victim = watch("victim");
  std::unique_ptr<Deadlines::Watch> self;
  self = std::make_unique<Deadlines::Watch>(deadlines_, [&] {
    expired_.emplace_back("self");
    victim.reset();
    self.reset();
  });
  victim->set(in(milliseconds(5)));
  self->set(in(milliseconds(5)) - milliseconds(1));
  run();
  EXPECT_EQ(expired_, (std::vector<std::string>{"self"}));
}

TEST_F(DeadlinesTest, AWatchMaySetItselfAgain) {
  int count = 0;
  std::unique_ptr<Deadlines::Watch> again;
  again = std::make_unique<Deadlines::Watch>(deadlines_, [&] {
    if (++count < 3) again->set(in(milliseconds(1)));
  });
  again->set(in(milliseconds(1)));
  run();
  EXPECT_EQ(count, 3);
}

}  // namespace
}  // namespace net
