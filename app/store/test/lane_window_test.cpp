#include "store/lane_window.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const base::SteadyTime kNow{1h};
const LaneSlice kAll{{1}, 0, 1};

OwedEntry entry(std::uint64_t id, std::uint64_t key_hash = 0) {
  OwedEntry owed;
  owed.id = {id};
  owed.key_hash = key_hash;
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

TEST(LaneWindowDeathTest, EndingAClaimThatIsNoneIsAMistakeOfOurs) {
  LaneWindow window;
  window.push_back(entry(1));
  EXPECT_DEATH(window.remove({1}), "broken invariant");
  EXPECT_DEATH(window.remove({2}), "broken invariant");
}

}  // namespace
}  // namespace store
