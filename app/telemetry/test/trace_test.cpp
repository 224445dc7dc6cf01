#include "telemetry/trace.hpp"

#include <gtest/gtest.h>

#include <set>

#include "telemetry/metrics.hpp"

namespace telemetry {
namespace {

class TraceTest : public testing::Test {
 protected:
  ~TraceTest() override { stop_tracing(); }

  static std::vector<Span> spans(std::size_t count) { return std::vector<Span>(count); }
};

TEST_F(TraceTest, NothingIsTracedUntilItIsAskedFor) {
  EXPECT_FALSE(is_tracing());
  EXPECT_FALSE(is_traced(base::make_uuid_v7(base::WallTime())));
}

TEST_F(TraceTest, WhatFindsNoRoomIsDroppedAndCounted) {
  start_tracing({.ratio = 1, .queue_max = 5});
  const std::uint64_t before = counted(Counter::kSpansDropped);
  record(spans(3));
  record(spans(4));
  record(spans(2));
  EXPECT_EQ(counted(Counter::kSpansDropped) - before, 4u);
  EXPECT_EQ(take_spans(2).size(), 2u);
  EXPECT_EQ(waiting_span_count(), 3u);
  record(spans(1));
  EXPECT_EQ(take_spans(100).size(), 4u);
}

TEST_F(TraceTest, AShareOfTheMessagesIsTraced) {
  start_tracing({.ratio = 0.3, .queue_max = 1});
  int traced = 0;
  for (int each = 0; each < 10'000; ++each) {
    traced += is_traced(base::make_uuid_v7(base::WallTime())) ? 1 : 0;
  }
  EXPECT_GT(traced, 2'700);
  EXPECT_LT(traced, 3'300);
  start_tracing({.ratio = 0, .queue_max = 1});
  EXPECT_FALSE(is_traced({}));
}

TEST_F(TraceTest, EachStageOfAMessageHasAnIdOfItsOwn) {
  std::set<std::uint64_t> ids;
  for (int message = 0; message < 100; ++message) {
    const base::Uuid id = base::make_uuid_v7(base::WallTime());
    for (int stage = 0; stage <= static_cast<int>(Stage::kDelivery); ++stage) {
      for (std::uint64_t number = 0; number < 5; ++number) {
        ids.insert(span_id(id, static_cast<Stage>(stage), number));
      }
    }
    EXPECT_EQ(span_id(id, Stage::kCommit), span_id(id, Stage::kCommit));
  }
  EXPECT_EQ(ids.size(), 100u * 7u * 5u);
  EXPECT_FALSE(ids.contains(0));
}

TEST_F(TraceTest, TraceparentIsAsW3cWritesIt) {
  base::Uuid id;
  id.octets = {0x01, 0x90, 0x16, 0x3d, 0x86, 0x94, 0x73, 0x9b,
               0xae, 0xa5, 0x96, 0x6c, 0x26, 0xf8, 0xad, 0x91};
  EXPECT_EQ(traceparent_of(id, 0xABC), "00-0190163d8694739baea5966c26f8ad91-0000000000000abc-01");
}

}  // namespace
}  // namespace telemetry
