#include "net/loop.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <future>

namespace net {
namespace {

class LoopTest : public testing::TestWithParam<WhenIdle> {
 protected:
  BufferPool pool_{1 << 20};
  Loop loop_{pool_, base::Clock::system(), GetParam()};
};

TEST_P(LoopTest, RunsWhatIsPostedWhileItIsIdle) {
  loop_.start(0);
  for (int round = 0; round < 100; ++round) {
    std::promise<bool> ran;
    asio::post(loop_.executor(), [&] { ran.set_value(loop_.is_this_thread()); });
    ASSERT_TRUE(ran.get_future().get());
  }
}

TEST_P(LoopTest, WakesForATimer) {
  std::promise<void> rang;
  asio::steady_timer timer(loop_.context(), std::chrono::milliseconds(2));
  timer.async_wait([&](const ErrorCode&) { rang.set_value(); });
  loop_.start(0);
  rang.get_future().wait();
}

TEST_P(LoopTest, StopsWhileItIsIdleAndTwice) {
  loop_.start(0);
  loop_.stop();
  loop_.stop();
  EXPECT_TRUE(loop_.context().stopped());
}

INSTANTIATE_TEST_SUITE_P(Each, LoopTest, testing::Values(WhenIdle::kSleep, WhenIdle::kYield),
                         [](const auto& each) {
                           return each.param == WhenIdle::kSleep ? "sleep" : "yield";
                         });

}  // namespace
}  // namespace net
