#include "telemetry/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace telemetry {
namespace {

std::vector<Counter> all_counters() {
  std::vector<Counter> all;
  for (std::uint8_t value = 0; value < static_cast<std::uint8_t>(Counter::kCount); ++value) {
    all.push_back(static_cast<Counter>(value));
  }
  return all;
}

TEST(Metrics, NoTwoCountersShareASeries) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Counter counter : all_counters()) {
    const CounterInfo& row = info(counter);
    EXPECT_TRUE(seen.insert({info(row.family).name, row.label}).second)
        << info(row.family).name << "{" << row.label << "}";
  }
}

// A row gives the value of the one label that its family names, or none.
TEST(Metrics, ARowHasALabelWhereItsFamilyHas) {
  for (const Counter counter : all_counters()) {
    const CounterInfo& row = info(counter);
    EXPECT_EQ(row.label.empty(), info(row.family).labels.empty()) << info(row.family).name;
    EXPECT_EQ(info(row.family).labels.find(','), std::string_view::npos);
  }
}

// https://prometheus.io/docs/practices/naming: a counter ends in _total, a unit
// stands before it, and the exposition format allows these letters only.
TEST(Metrics, NamesAreAsMonitoringExpectsThem) {
  for (const Counter counter : all_counters()) {
    EXPECT_THAT(std::string(info(info(counter).family).name),
                testing::MatchesRegex("mllp_[a-z_]+_total"));
    EXPECT_THAT(std::string(info(counter).label), testing::MatchesRegex("[a-z_]*"));
    EXPECT_THAT(std::string(info(info(counter).family).help), testing::EndsWith("."));
  }
}

std::vector<std::uint64_t> all_counted() {
  std::vector<std::uint64_t> all;
  for (const Counter counter : all_counters()) all.push_back(counted(counter));
  return all;
}

TEST(Metrics, EachCounterCountsByItself) {
  for (const Counter counter : all_counters()) {
    std::vector<std::uint64_t> want = all_counted();
    want[static_cast<std::size_t>(counter)] += 42;
    count(counter);
    count(counter, 41);
    EXPECT_EQ(all_counted(), want) << info(info(counter).family).name;
  }
}

constexpr std::uint64_t kThreadCount = 100;
constexpr std::uint64_t kCountsEach = 10'000;

void count_deliveries() {
  for (std::uint64_t n = 0; n < kCountsEach; ++n) count(Counter::kDelivered);
}

// More threads than shards, so that some share one; what ended threads counted stays.
TEST(Metrics, NothingIsLostBetweenThreads) {
  const std::uint64_t before = counted(Counter::kDelivered);
  {
    std::vector<std::jthread> threads(kThreadCount);
    for (std::jthread& thread : threads) thread = std::jthread(count_deliveries);
  }
  EXPECT_EQ(counted(Counter::kDelivered) - before, kThreadCount * kCountsEach);
}

}  // namespace
}  // namespace telemetry
