#include "deliver/circuit.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "telemetry/log.hpp"

namespace deliver {
namespace {

using namespace std::chrono_literals;

class CircuitTest : public testing::Test {
 protected:
  void SetUp() override { telemetry::start_log(telemetry::Level::kOff, {}); }

  void fail(const int& lane) { circuit_.failed(&lane, {}, {.now = now_, .next = now_ + 10s}); }

  Circuit circuit_{"lab"};
  base::SteadyTime now_{std::chrono::hours(1)};
  const int one_ = 0;
  const int other_ = 0;
};

TEST_F(CircuitTest, LetsAllThroughWhileTheTargetIsWell) {
  for (const int* lane : {&one_, &other_, &one_}) {
    const Circuit::Pass pass = circuit_.ask(lane, now_);
    EXPECT_TRUE(pass.may_try);
    EXPECT_FALSE(pass.probe);
  }
}

TEST_F(CircuitTest, LetsNobodyThroughBeforeItsTime) {
  fail(one_);
  const Circuit::Pass pass = circuit_.ask(&other_, now_ + 9s);
  EXPECT_FALSE(pass.may_try);
  EXPECT_EQ(pass.until, now_ + 10s);
}

TEST_F(CircuitTest, LetsOneProbeThroughAtATime) {
  fail(one_);
  now_ += 10s;
  EXPECT_TRUE(circuit_.ask(&other_, now_).probe);
  const Circuit::Pass second = circuit_.ask(&one_, now_);
  EXPECT_FALSE(second.may_try);
  EXPECT_GT(second.until, now_);
  circuit_.end_probe(&one_);  // is not its
  EXPECT_FALSE(circuit_.ask(&one_, now_).may_try);
  circuit_.end_probe(&other_);
  EXPECT_TRUE(circuit_.ask(&one_, now_).probe);
}

TEST_F(CircuitTest, WhatWasUnderWayWhenItBeganLengthensNoWait) {
  fail(one_);
  for (int straggler = 0; straggler < 8; ++straggler) fail(other_);
  EXPECT_EQ(circuit_.next_failure_count(), 2u);
  now_ += 10s;
  ASSERT_TRUE(circuit_.ask(&other_, now_).probe);
  fail(other_);
  EXPECT_EQ(circuit_.next_failure_count(), 3u);
}

TEST_F(CircuitTest, OneDeliveryOpensTheWayForAll) {
  fail(one_);
  circuit_.delivered(now_);
  EXPECT_EQ(circuit_.state(), LaneState::kRunning);
  EXPECT_FALSE(circuit_.ask(&other_, now_).probe);
}

TEST_F(CircuitTest, TheBrakeCountsTheDeadLettersOfAllLanes) {
  for (std::uint32_t count = 1; count < kBrakeCount; ++count) EXPECT_FALSE(circuit_.dead_letter());
  EXPECT_TRUE(circuit_.dead_letter());
  circuit_.stop("too many", now_, now_ + 1s);
  EXPECT_EQ(circuit_.state(), LaneState::kStopped);
  EXPECT_FALSE(circuit_.ask(&other_, now_).may_try);
}

}  // namespace
}  // namespace deliver
