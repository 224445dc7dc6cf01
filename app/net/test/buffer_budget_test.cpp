#include "net/buffer_budget.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace net {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

// One loop with a pool of 64 MiB.
class BufferBudgetTest : public testing::Test {
 protected:
  using Account = BufferBudget::Account;

  std::unique_ptr<Account> account(std::uint64_t held_bytes) {
    auto made = std::make_unique<Account>(budget_);
    made->hold(held_bytes);
    return made;
  }

  bool may_read(Account& account) {
    return account.may_read([this] { ++resumed_; });
  }

  BufferPool pool_{64 * kMiB};
  asio::io_context context_;
  BufferBudget budget_{pool_, context_};
  int resumed_ = 0;
};

TEST_F(BufferBudgetTest, WithRoomEverybodyReads) {
  const auto one = account(20 * kMiB);
  const auto other = account(20 * kMiB);
  EXPECT_TRUE(may_read(*one));
  EXPECT_TRUE(may_read(*other));
}

TEST_F(BufferBudgetTest, WithoutRoomTheGreedyWaitAndTheModestRead) {
  const auto greedy = account(40 * kMiB);
  const auto greedy_too = account(30 * kMiB);
  const auto modest = account(1 * kMiB);
  EXPECT_TRUE(may_read(*greedy)) << "the first in line may always finish its frame";
  EXPECT_FALSE(may_read(*greedy_too));
  EXPECT_TRUE(may_read(*modest)) << "below its fair share of 64 / 4 / 3 MiB";
}

TEST_F(BufferBudgetTest, OneThatWaitedReadsWhenThereIsRoomAgain) {
  auto greedy = account(40 * kMiB);
  const auto waiting = account(30 * kMiB);
  ASSERT_TRUE(may_read(*greedy));
  ASSERT_FALSE(may_read(*waiting));
  greedy.reset();
  context_.run();
  EXPECT_EQ(resumed_, 1);
  EXPECT_TRUE(may_read(*waiting));
}

TEST_F(BufferBudgetTest, TheNextInLineTakesTheFirstOnesPlace) {
  auto first = account(40 * kMiB);
  const auto second = account(60 * kMiB);
  const auto third = account(60 * kMiB);
  ASSERT_TRUE(may_read(*first));
  ASSERT_FALSE(may_read(*second));
  ASSERT_FALSE(may_read(*third));
  first.reset();
  EXPECT_TRUE(may_read(*second));
  EXPECT_FALSE(may_read(*third));
}

TEST_F(BufferBudgetTest, OneThatIsDoneMakesWayWithoutAskingAgain) {
  const auto first = account(40 * kMiB);
  const auto second = account(60 * kMiB);
  const auto third = account(60 * kMiB);
  ASSERT_TRUE(may_read(*first));
  ASSERT_FALSE(may_read(*second));
  first->hold(0);
  EXPECT_TRUE(may_read(*second));
  EXPECT_FALSE(may_read(*third));
}

TEST_F(BufferBudgetTest, WhatIsHeldIsGivenBackToThePool) {
  {
    const auto one = account(30 * kMiB);
    ASSERT_TRUE(may_read(*one));
    EXPECT_GE(pool_.taken_bytes(), 30 * kMiB);
  }
  EXPECT_LE(pool_.taken_bytes(), 2 * kMiB) << "a grant or two may stay with the loop";
}

TEST_F(BufferBudgetTest, TwoLoopsShareOnePool) {
  BufferBudget other_loop(pool_, context_);
  const auto here = account(63 * kMiB);
  ASSERT_TRUE(may_read(*here));
  BufferBudget::Account there(other_loop);
  BufferBudget::Account there_too(other_loop);
  there.hold(20 * kMiB);
  there_too.hold(20 * kMiB);
  EXPECT_TRUE(there.may_read([] {})) << "first in line of its own loop";
  EXPECT_FALSE(there_too.may_read([] {}));
}

}  // namespace
}  // namespace net
