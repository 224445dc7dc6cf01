#include "cli/latency_histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace cli {
namespace {

using std::chrono::nanoseconds;

TEST(LatencyHistogram, SaysNothingWhenNothingWasRecorded) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.percentile(0.5), nanoseconds(0));
  EXPECT_EQ(histogram.max(), nanoseconds(0));
}

TEST(LatencyHistogram, OneAnswerIsEveryPercentile) {
  LatencyHistogram histogram;
  histogram.record(nanoseconds(123'457));
  for (const double share : {0.001, 0.5, 0.99, 1.0}) {
    EXPECT_EQ(histogram.percentile(share), nanoseconds(123'457)) << share;
  }
}

TEST(LatencyHistogram, SmallLatenciesAreExact) {
  LatencyHistogram histogram;
  for (int value = 1; value <= 100; ++value) histogram.record(nanoseconds(value));
  EXPECT_EQ(histogram.percentile(0.5), nanoseconds(50));
  EXPECT_EQ(histogram.percentile(0.9), nanoseconds(90));
  EXPECT_EQ(histogram.percentile(0.99), nanoseconds(99));
  EXPECT_EQ(histogram.percentile(1.0), nanoseconds(100));
}

TEST(LatencyHistogram, ANegativeLatencyCountsAsNone) {
  LatencyHistogram histogram;
  histogram.record(nanoseconds(-5));
  EXPECT_EQ(histogram.count(), 1U);
  EXPECT_EQ(histogram.percentile(1.0), nanoseconds(0));
}

TEST(LatencyHistogram, BeyondTheRangeOnlyTheMaximumIsExact) {
  LatencyHistogram histogram;
  const nanoseconds endless = LatencyHistogram::kLongest * 3;
  histogram.record(endless);
  EXPECT_EQ(histogram.max(), endless);
  EXPECT_EQ(histogram.percentile(0.5), LatencyHistogram::kLongest);
}

// Against the sorted list itself, over nine decades.
TEST(LatencyHistogram, PercentilesAreWithinOnePercentOfTheSortedList) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> exponent(0.0, 11.0);
  LatencyHistogram histogram;
  std::vector<std::int64_t> sorted;
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<std::int64_t>(std::pow(10.0, exponent(random)));
    sorted.push_back(value);
    histogram.record(nanoseconds(value));
  }
  std::sort(sorted.begin(), sorted.end());
  for (const double share : {0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * 20'000.0)) - 1;
    const auto want = static_cast<double>(sorted[rank]);
    const auto found = static_cast<double>(histogram.percentile(share).count());
    EXPECT_GE(found, want) << share;
    EXPECT_LE(found, want * 1.01 + 1) << share;
  }
}

}  // namespace
}  // namespace cli
