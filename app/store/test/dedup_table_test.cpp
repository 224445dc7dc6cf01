// The table against a plain model of what it holds, its limits, and what it takes.
#include "store/dedup_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <utility>
#include <vector>

namespace store {
namespace {

constexpr std::size_t kAnyNumber = std::size_t{1} << 24U;

base::WallTime at(std::uint32_t seconds) { return base::WallTime(std::chrono::seconds(seconds)); }

// Words that look like digests.
std::uint64_t mixed(std::uint64_t number) {
  std::mt19937_64 random(number);
  return random();
}

Fingerprint print_of(std::uint64_t key, std::uint64_t body = 1) {
  return {mixed(2 * key), mixed(2 * key + 1), mixed(body) & kBodyMask};
}

DedupEntry entry_of(std::uint64_t key, std::uint64_t body, std::uint64_t id,
                    std::uint32_t seconds = 1000) {
  return to_dedup_entry(print_of(key, body), {{id}, at(seconds), KeptAnswer::kAA});
}

TEST(DedupEntryTest, GivesBackWhatWasPutIn) {
  const Fingerprint print = {1, 2, 0xFEDC'BA98'7654U};
  const DedupEntry entry =
      to_dedup_entry(print, {{(std::uint64_t{1} << 44U) - 1}, at(77), KeptAnswer::kInLog});
  EXPECT_EQ(to_print(entry), print);
  EXPECT_EQ(entry.id().value, (std::uint64_t{1} << 44U) - 1);
  EXPECT_EQ(entry.answer(), KeptAnswer::kInLog);
  EXPECT_EQ(entry.seen_at, 77U);
}

TEST(DedupTableTest, FindsTheBodyElseTheNewestOfTheKeyElseNothing) {
  DedupTable table(kAnyNumber);
  EXPECT_FALSE(table.find(print_of(7, 1), 1));
  table.put(entry_of(7, 1, 11), 1);
  table.put(entry_of(7, 2, 12), 1);
  EXPECT_EQ(table.find(print_of(7, 1), 1)->id(), EntryId{11});
  EXPECT_EQ(table.find(print_of(7, 2), 1)->id(), EntryId{12});
  EXPECT_EQ(table.find(print_of(7, 3), 1)->id(), EntryId{12});
  EXPECT_FALSE(table.find(print_of(8, 1), 1));
}

TEST(DedupTableTest, HoldsWhatAModelHoldsInAnyOrderAndThroughEachGrowth) {
  std::mt19937_64 random(20261127);
  DedupTable table(kAnyNumber);
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> model;  // key, body: id
  for (int round = 0; round < 60'000; ++round) {
    const std::uint64_t key = random() % 40'000;
    const std::uint64_t body = random() % 3;
    const std::uint64_t id = 1 + random() % 1'000'000;
    table.put(entry_of(key, body, id), 1);
    std::uint64_t& known = model[{key, body}];
    known = std::max(known, id);
  }
  for (const auto& [which, id] : model) {
    const auto found = table.find(print_of(which.first, which.second), 1);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id().value, id);
  }
  EXPECT_EQ(table.count(), model.size());
  EXPECT_LT(table.size_bytes(), model.size() * 56 + 64 * base::kKiB);
}

TEST(DedupTableTest, WhatWasSeenTooLongAgoIsGoneAndItsPlaceIsUsedAgain) {
  DedupTable table(kAnyNumber);
  std::uint64_t id = 0;
  for (std::uint32_t second = 1; second <= 400; ++second) {
    for (int count = 0; count < 250; ++count) {
      ++id;
      table.put(entry_of(id, 1, id, second), second > 50 ? second - 50 : 1);
    }
  }
  EXPECT_FALSE(table.find(print_of(1, 1), 350));
  EXPECT_TRUE(table.find(print_of(id, 1), 350));
  EXPECT_TRUE(table.find(print_of(id - 50 * 250, 1), 350));
  EXPECT_LT(table.count(), 40'000U);  // of 100,000: the window holds 12,750
}

TEST(DedupTableTest, OneThatIsOutOfTheWindowMayComeAgain) {
  DedupTable table(kAnyNumber);
  table.put(entry_of(1, 1, 5, 100), 1);
  table.put(entry_of(1, 1, 9, 500), 400);
  EXPECT_EQ(table.find(print_of(1, 1), 400)->id(), EntryId{9});
  EXPECT_EQ(table.count(), 1U);
}

TEST(DedupTableTest, ForgetsOneAndFindsThoseBehindIt) {
  DedupTable table(kAnyNumber);
  for (std::uint64_t key = 1; key <= 5000; ++key) table.put(entry_of(key, 1, key), 1);
  for (std::uint64_t key = 1; key <= 5000; key += 2) table.forget(entry_of(key, 1, key));
  for (std::uint64_t key = 1; key <= 5000; ++key) {
    EXPECT_EQ(table.find(print_of(key, 1), 1).has_value(), key % 2 == 0) << key;
  }
  table.put(entry_of(1, 1, 3), 1);  // lower than the one that is gone
  EXPECT_TRUE(table.find(print_of(1, 1), 1));
}

// A sender that gives all its messages one control id must not make each dearer than the last.
TEST(DedupTableTest, KeepsTheNewestBodiesOfAKeyAndNoMore) {
  DedupTable table(kAnyNumber);
  for (std::uint64_t body = 1; body <= 100'000; ++body) table.put(entry_of(1, body, body), 1);
  EXPECT_EQ(table.count(), DedupTable::kBodiesMax);
  EXPECT_TRUE(table.find(print_of(1, 100'000), 1));
  EXPECT_EQ(table.find(print_of(1, 100'000 - DedupTable::kBodiesMax + 1), 1)->id().value,
            100'000U - DedupTable::kBodiesMax + 1);
  EXPECT_EQ(table.find(print_of(1, 1), 1)->id().value, 100'000U);  // a conflict, no duplicate
}

TEST(DedupTableTest, BeyondItsLimitTheOldestGoAndAreCounted) {
  constexpr std::size_t kLimit = 64 * kDedupShards;
  DedupTable table(kLimit);
  constexpr std::uint64_t kPut = 100'000;
  for (std::uint64_t key = 1; key <= kPut; ++key) table.put(entry_of(key, 1, key), 1);
  EXPECT_LE(table.count(), 2 * kLimit);
  EXPECT_EQ(table.count() + table.dropped_count(), kPut);
  EXPECT_TRUE(table.find(print_of(kPut, 1), 1));
  EXPECT_FALSE(table.find(print_of(1, 1), 1));
}

}  // namespace
}  // namespace store
