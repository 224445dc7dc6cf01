#include "store/lane_window.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

namespace store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const base::SteadyTime kNow{1h};
const LaneSlice kAll{{1}, 0, 1};

OwedEntry entry(std::uint64_t id, std::uint64_t key_hash = 0,
                std::uint64_t joined_hash = kJoinsNone) {
  OwedEntry owed;
  owed.id = {id};
  owed.key_hash = key_hash;
  owed.joined_hash = joined_hash;
  return owed;
}

std::vector<std::uint64_t> ids(const std::vector<OwedEntry>& entries) {
  std::vector<std::uint64_t> numbers;
  for (const OwedEntry& owed : entries) numbers.push_back(owed.id.value);
  return numbers;
}

TEST(LaneWindow, AnInsertedEntryComesBeforeLaterOnes) {
  LaneWindow window;
  window.push_back(entry(5));
  window.push_back(entry(9));
  window.insert(entry(7));
  window.insert(entry(2));
  EXPECT_THAT(ids(window.claim(kAll, 9, kNow)), ElementsAre(2, 5, 7, 9));
}

TEST(LaneWindow, AnEntryThatLeftMayComeBackToItsPlace) {
  LaneWindow window;
  for (std::uint64_t id = 1; id <= 3; ++id) window.push_back(entry(id, id));
  ASSERT_EQ(window.claim(kAll, 2, kNow).size(), 2u);
  window.remove({2});
  window.insert(entry(2, 2));
  EXPECT_THAT(ids(window.claim(kAll, 9, kNow)), ElementsAre(2, 3)) << "1 is in flight";
}

TEST(LaneWindow, TheNextDueIsThatOfTheFirstThatWaitsInEachKey) {
  LaneWindow window;
  window.push_back(entry(1, 1));
  window.push_back(entry(2, 1));
  window.push_back(entry(3, 2));
  ASSERT_EQ(window.claim(kAll, 3, kNow).size(), 3u);
  window.retry({1}, kNow + 30s);
  window.retry({2}, kNow + 10s);  // behind 1, so it does not count
  window.retry({3}, kNow + 20s);
  const auto outlook = window.outlook(kAll, kNow);
  EXPECT_FALSE(outlook.claimable);
  EXPECT_EQ(outlook.next_due, kNow + 20s);
}

TEST(LaneWindow, IsShutOnlyWhereNoKeyCouldPass) {
  LaneWindow one_key;
  EXPECT_FALSE(one_key.is_shut(kNow)) << "empty";
  one_key.push_back(entry(1));
  EXPECT_FALSE(one_key.is_shut(kNow)) << "claimable";
  ASSERT_EQ(one_key.claim(kAll, 1, kNow).size(), 1u);
  EXPECT_TRUE(one_key.is_shut(kNow)) << "in flight";
  one_key.retry({1}, kNow + 1s);
  EXPECT_TRUE(one_key.is_shut(kNow)) << "waits";
  EXPECT_FALSE(one_key.is_shut(kNow + 1s)) << "due";

  LaneWindow keyed;
  keyed.push_back(entry(1, 77));
  ASSERT_EQ(keyed.claim(kAll, 1, kNow).size(), 1u);
  EXPECT_FALSE(keyed.is_shut(kNow)) << "another key may be behind";
}

TEST(LaneWindow, RowsAreTakenFromTheFrontAndOnce) {
  LaneWindow window;
  for (std::uint64_t id = 1; id <= 5; ++id) window.push_back(entry(id, id));
  EXPECT_EQ(window.first_without_row(), EntryId{1});
  EXPECT_THAT(ids(window.take_rows_up_to({4}, 2)), ElementsAre(1, 2));
  EXPECT_THAT(ids(window.take_rows_up_to({4}, 9)), ElementsAre(3, 4));
  EXPECT_THAT(window.take_rows_up_to({4}, 9), IsEmpty());
  EXPECT_EQ(window.first_without_row(), EntryId{5});
  EXPECT_EQ(window.first(), EntryId{1});
}

// Whatever the order in which entries leave, those that stay are found, and what
// left takes no room for long.
TEST(LaneWindow, KeepsItsOrderWhileMostOfItLeaves) {
  LaneWindow window;
  constexpr std::uint64_t kCount = 10'000;
  for (std::uint64_t id = 1; id <= kCount; ++id) window.push_back(entry(id, id));
  ASSERT_EQ(window.claim(kAll, kCount, kNow).size(), kCount);
  for (std::uint64_t id = 1; id <= kCount; ++id) {
    if (id % 100 == 1) {
      window.give_back({id});
    } else {
      window.remove({id});
    }
  }
  EXPECT_EQ(window.size(), kCount / 100);
  const auto left = window.claim(kAll, kCount, kNow);
  ASSERT_EQ(left.size(), kCount / 100);
  for (std::size_t index = 0; index < left.size(); ++index) {
    EXPECT_EQ(left[index].id.value, index * 100 + 1);
  }
}

// Keys 2 and 4 are of the even slice, 3 and 5 of the odd one.
const LaneSlice kEven{{1}, 0, 2};
const LaneSlice kOdd{{1}, 1, 2};

TEST(LaneWindow, WhatJoinsTwoKeysKeepsTheOrderOfBoth) {
  LaneWindow window;
  window.push_back(entry(1, 2));
  window.push_back(entry(2, 3));
  window.push_back(entry(3, 2, 3));
  window.push_back(entry(4, 3));
  window.push_back(entry(5, 2));
  window.push_back(entry(6, 5));
  EXPECT_THAT(ids(window.claim(kOdd, 9, kNow)), ElementsAre(2, 6)) << "4 is behind 3";
  EXPECT_THAT(ids(window.claim(kEven, 9, kNow)), ElementsAre(1)) << "3 is behind 2";
  window.remove({1});
  EXPECT_FALSE(window.outlook(kEven, kNow).claimable) << "3 is behind 2 still";
  window.remove({2});
  EXPECT_THAT(ids(window.claim(kOdd, 9, kNow)), IsEmpty());
  EXPECT_THAT(ids(window.claim(kEven, 1, kNow)), ElementsAre(3));
  EXPECT_THAT(ids(window.claim(kOdd, 9, kNow)), IsEmpty()) << "3 is in flight";
  window.retry({3}, kNow + 1s);
  EXPECT_THAT(ids(window.claim(kOdd, 9, kNow)), IsEmpty()) << "3 waits";
  EXPECT_THAT(ids(window.claim(kEven, 1, kNow + 1s)), ElementsAre(3));
  window.remove({3});
  EXPECT_THAT(ids(window.claim(kOdd, 9, kNow)), ElementsAre(4));
  EXPECT_THAT(ids(window.claim(kEven, 9, kNow)), ElementsAre(5));
}

TEST(LaneWindow, WhatJoinsAllKeysGoesAlone) {
  LaneWindow window;
  window.push_back(entry(1, 3));
  window.push_back(entry(2, 2, kJoinsAll));
  window.push_back(entry(3, 3));
  window.push_back(entry(4, 4));
  EXPECT_THAT(ids(window.claim(kEven, 9, kNow)), IsEmpty());
  EXPECT_THAT(ids(window.claim(kOdd, 9, kNow)), ElementsAre(1));
  window.remove({1});
  EXPECT_THAT(ids(window.claim(kOdd, 9, kNow)), IsEmpty());
  EXPECT_THAT(ids(window.claim(kEven, 1, kNow)), ElementsAre(2));
  EXPECT_THAT(ids(window.claim(kEven, 9, kNow)), IsEmpty());
  window.remove({2});
  EXPECT_THAT(ids(window.claim(kEven, 9, kNow)), ElementsAre(4));
  EXPECT_THAT(ids(window.claim(kOdd, 9, kNow)), ElementsAre(3));
}

// Any keys and joins, any order of claims and of their ends: what is claimed has nothing
// older beside it that shares a key with it, but for its own key in one call; and all
// comes to its end.
TEST(LaneWindow, NothingOvertakesWhateverJoinsWhat) {
  struct Owed {
    OwedEntry entry;
    bool gone = false;
  };

  const auto share_a_key = [](const OwedEntry& a, const OwedEntry& b) {
    const bool all = a.joined_hash == kJoinsAll || b.joined_hash == kJoinsAll;
    const bool joined = a.joined_hash != kJoinsNone && a.joined_hash == b.joined_hash;
    return all || joined || a.key_hash == b.key_hash || a.joined_hash == b.key_hash ||
           b.joined_hash == a.key_hash;
  };
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 generator(seed);
    const auto dice = [&generator] { return static_cast<std::uint32_t>(generator()); };
    const std::uint32_t slices = 1 + dice() % 4;
    LaneWindow window;
    std::vector<Owed> owed;
    std::vector<std::uint64_t> flying;
    std::size_t gone = 0;
    for (int turn = 0; gone < 120 && turn < 100'000; ++turn) {
      if (owed.size() < 120 && dice() % 2 == 0) {
        const std::uint64_t key = 1 + dice() % 6;
        const unsigned kind = dice() % 8;
        std::uint64_t joined = kind == 0 ? kJoinsAll : kind == 1 ? 1 + dice() % 6 : kJoinsNone;
        if (joined == key) joined = kJoinsNone;
        owed.push_back({entry(owed.size() + 1, key, joined)});
        window.push_back(owed.back().entry);
      }
      const LaneSlice slice{{1}, dice() % slices, slices};
      const auto claimed = window.claim(slice, 1 + dice() % 3, kNow);
      for (const OwedEntry& each : claimed) {
        for (std::uint64_t older = 1; older < each.id.value; ++older) {
          const Owed& other = owed[older - 1];
          if (other.gone || !share_a_key(other.entry, each)) continue;
          const bool together = std::ranges::any_of(
              claimed, [older](const OwedEntry& mate) { return mate.id.value == older; });
          ASSERT_TRUE(together) << "seed " << seed << ": " << each.id.value << " before " << older;
        }
        flying.push_back(each.id.value);
      }
      if (flying.empty() || dice() % 3 == 0) continue;
      const std::size_t which = dice() % flying.size();
      const EntryId id{flying[which]};
      flying.erase(flying.begin() + static_cast<std::ptrdiff_t>(which));
      const unsigned end = dice() % 4;
      if (end == 0) {
        window.give_back(id);
      } else if (end == 1) {
        window.retry(id, kNow);
      } else {
        window.remove(id);
        owed[id.value - 1].gone = true;
        ++gone;
      }
    }
    ASSERT_EQ(gone, 120u) << "seed " << seed << ": something waits for ever";
    EXPECT_EQ(window.size(), 0u);
  }
}

TEST(LaneWindowDeathTest, EndingAClaimThatIsNoneIsAMistakeOfOurs) {
  LaneWindow window;
  window.push_back(entry(1));
  EXPECT_DEATH(window.remove({1}), "broken invariant");
  EXPECT_DEATH(window.remove({2}), "broken invariant");
}

}  // namespace
}  // namespace store
