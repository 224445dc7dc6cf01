// What one lane keeps in memory and in rows, with limits small enough to be seen.
#include "store/sqlite/lane.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <set>
#include <vector>

#include "test_support/manual_clock.hpp"

namespace store::sqlite {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr ConnectorId kConnector{3};
constexpr LaneSlice kAll{kConnector, 0, 1};

// lanes.db for one lane, as far as a lane can see it.
class Rows {
 public:
  void write(const LaneChanges& changes) {
    record_.progress = changes.progress;
    for (const RowChange& change : changes.rows) std::visit(*this, change);
  }

  void operator()(const PutWaiting& change) { waiting_[change.row.entry.id] = change.row; }

  void operator()(const DropWaiting& change) { waiting_.erase(change.id); }

  void operator()(const PutParked& change) { parked_.insert(change.row.entry.id); }

  void operator()(const DropParked& change) { parked_.erase(change.id); }

  void operator()(const PutAttempt& change) { ++attempts_[change.id]; }

  void operator()(const DropAttempts& change) { attempts_.erase(change.id); }

  // No part of what a lane reads at its start.
  void operator()(const PutDiscarded& change) { EXPECT_FALSE(parked_.contains(change.entry.id)); }

  void operator()(const PutAhead& change) { ahead_.insert(change.id); }

  void operator()(const DropAheadTo& change) {
    ahead_.erase(ahead_.begin(), ahead_.upper_bound(change.last));
  }

  [[nodiscard]] LaneRecord record() const {
    LaneRecord record = record_;
    record.connector = kConnector;
    for (const auto& [id, row] : waiting_) record.waiting.push_back(row);
    for (const auto& ids : {ahead_, parked_}) {
      for (const EntryId id : ids) {
        if (id > record.progress.cursor) record.settled_above.insert(id);
      }
    }
    return record;
  }

  [[nodiscard]] std::size_t tried_count() const { return attempts_.size(); }

  [[nodiscard]] std::size_t waiting_count() const { return waiting_.size(); }

  [[nodiscard]] std::size_t ahead_count() const { return ahead_.size(); }

  [[nodiscard]] EntryId cursor() const { return record_.progress.cursor; }

 private:
  LaneRecord record_;
  std::map<EntryId, WaitingRow> waiting_;
  std::map<EntryId, std::size_t> attempts_;
  std::set<EntryId> ahead_;
  std::set<EntryId> parked_;
};

constexpr LaneLimits kSmall{.window_max = 40,
                            .load_below = 8,
                            .ahead_max = 10,
                            .span_max = 100,
                            .step_max = 5,
                            .unwritten_max = 20};

// A log in which every entry is owed to the lane, under a key of its own unless told.
class LaneTest : public testing::Test {
 protected:
  LaneTest() { restart(); }

  void restart() { lane_ = std::make_unique<Lane>(rows_.record(), ends_, clock_, kSmall); }

  void commit(std::size_t count, std::uint64_t key_count = 1'000'000) {
    for (std::size_t index = 0; index < count; ++index) {
      OwedEntry entry;
      entry.id = {log_.size() + 1};
      entry.key_hash = 1 + entry.id.value % key_count;
      log_.push_back(entry);
      lane_->stage(entry);
    }
    ends_.committed = log_.size();
    lane_->publish();
    ends_.published = log_.size();
  }

  // What the outbox does for a claim: reads the log on where the lane asks for it.
  std::vector<std::uint64_t> claim(std::size_t count_max, const LaneSlice& slice = kAll) {
    while (const auto order = lane_->order_load(slice)) {
      const std::uint64_t end = std::min<std::uint64_t>(order->after.value + 7, order->to.value);
      const auto at = [this](std::uint64_t id) {
        return log_.begin() + static_cast<std::ptrdiff_t>(id);
      };
      lane_->load({at(order->after.value), at(end)}, {end});
    }
    std::vector<std::uint64_t> ids;
    const auto claimed = lane_->claim(slice, count_max);
    for (const OwedEntry& entry : claimed.value()) ids.push_back(entry.id.value);
    return ids;
  }

  void settle(std::uint64_t id, Verdict verdict) {
    std::vector<Outbox::Settlement> settlements;
    settlements.push_back({{id}, std::move(verdict)});
    lane_->settle(std::move(settlements));
  }

  void flush(Lane::Extent extent = Lane::Extent::kIfSettled) {
    if (const auto changes = lane_->collect(extent)) rows_.write(*changes);
    lane_->written();
  }

  // Delivers all that can be claimed in the slice.
  std::vector<std::uint64_t> drain(const LaneSlice& slice = kAll) {
    std::vector<std::uint64_t> all;
    for (auto ids = claim(3, slice); !ids.empty(); ids = claim(3, slice)) {
      for (const std::uint64_t id : ids) settle(id, Delivered{});
      all.insert(all.end(), ids.begin(), ids.end());
      flush();
    }
    return all;
  }

  Rows rows_;
  LogEnds ends_;
  ::test_support::ManualClock clock_;
  std::vector<OwedEntry> log_;  // entry n is log_[n - 1]
  std::unique_ptr<Lane> lane_;
};

TEST_F(LaneTest, ABacklogBeyondTheWindowIsReadFromTheLogAndDrainsInOrder) {
  commit(500);
  const auto drained = drain();
  ASSERT_EQ(drained.size(), 500u);
  EXPECT_TRUE(std::is_sorted(drained.begin(), drained.end()));
  EXPECT_EQ(lane_->status().waiting_count, 0u);
  EXPECT_EQ(rows_.cursor(), EntryId{500});
}

TEST_F(LaneTest, ALaneAtTheTailGetsWhatIsCommittedWithoutReading) {
  commit(1);
  EXPECT_THAT(drain(), ElementsAre(1));
  commit(2);
  EXPECT_FALSE(lane_->order_load(kAll).has_value());
  EXPECT_THAT(drain(), ElementsAre(2, 3));
}

TEST_F(LaneTest, WhatIsSettledAheadIsNotDueAgainAfterARestart) {
  commit(6);
  EXPECT_THAT(claim(6), ElementsAre(1, 2, 3, 4, 5, 6));
  settle(3, Delivered{});
  settle(5, Parked{"r", "w"});
  settle(6, Retry{clock_.wall_now() + 1s, "r"});
  flush();
  EXPECT_EQ(rows_.cursor(), EntryId{0});
  restart();
  EXPECT_THAT(claim(9), ElementsAre(1, 2, 4));
  clock_.advance(1s);
  EXPECT_THAT(claim(9), ElementsAre(6));
  EXPECT_EQ(lane_->status().parked_count, 1u);
}

TEST_F(LaneTest, WhatWasNotFlushedIsDueAgain) {
  commit(2);
  ASSERT_EQ(claim(2).size(), 2u);
  settle(1, Delivered{});
  restart();
  EXPECT_THAT(claim(9), ElementsAre(1, 2));
}

TEST_F(LaneTest, AfterARestartARetryIsNeverDueLaterThanItsLength) {
  struct Row {
    base::Duration jump;  // of the wall clock while the process is down
    base::Duration due_in;
  };

  for (const Row& row : {Row{0s, 10s}, Row{4s, 6s}, Row{24h, 0s}, Row{-24h, 10s}}) {
    commit(1);
    const auto ids = claim(1);
    ASSERT_EQ(ids.size(), 1u);
    settle(ids[0], Retry{clock_.wall_now() + 10s, "r"});
    flush();
    clock_.jump_wall(row.jump);
    restart();
    if (row.due_in > 0s) {
      clock_.advance(row.due_in - 1ms);
      EXPECT_THAT(claim(9), IsEmpty());
      clock_.advance(1ms);
    }
    EXPECT_THAT(claim(9), ElementsAre(ids[0]));
    settle(ids[0], Delivered{});
    flush();
  }
}

// One slice has no worker: its entries stay. The others go on, and neither the
// rows for what is settled ahead nor those for what stays grow beyond need.
TEST_F(LaneTest, ASliceThatStandsStillDoesNotPileUpRows) {
  const LaneSlice moving{kConnector, 0, 2};
  for (int round = 0; round < 10; ++round) {
    commit(6);  // three for each slice
    drain(moving);
    EXPECT_LE(rows_.ahead_count(), kSmall.ahead_max + 3);
  }
  EXPECT_GT(rows_.cursor(), EntryId{20}) << "the cursor steps over what stays";
  EXPECT_LE(rows_.waiting_count(), 30u);
  restart();
  EXPECT_THAT(drain(moving), IsEmpty());
  EXPECT_EQ(drain({kConnector, 1, 2}).size(), 30u);
  flush();
  EXPECT_EQ(rows_.cursor(), EntryId{60});
  EXPECT_EQ(rows_.waiting_count() + rows_.ahead_count(), 0u);
}

TEST_F(LaneTest, ALaneThatIsRarelyOwedDoesNotReadTheLogAgain) {
  commit(1);
  drain();
  ends_.committed = ends_.published = 5'000;  // nothing of it for this lane
  log_.resize(5'000);
  flush(Lane::Extent::kAlways);
  EXPECT_EQ(rows_.cursor(), EntryId{5'000});
  restart();
  const auto order = lane_->order_load(kAll);
  ASSERT_TRUE(order.has_value());
  EXPECT_EQ(order->after, EntryId{5'000});
}

TEST_F(LaneTest, OneOldDebtDoesNotHoldBackTheCursorForEver) {
  commit(1);
  ASSERT_EQ(claim(1).size(), 1u);  // in flight, and stays so
  ends_.committed = ends_.published = 5'000;
  log_.resize(5'000);
  flush(Lane::Extent::kAlways);
  EXPECT_EQ(rows_.waiting_count(), 1u);
  EXPECT_EQ(rows_.cursor(), EntryId{5'000});
  restart();
  EXPECT_THAT(claim(9), ElementsAre(1));
}

TEST_F(LaneTest, NothingIsClaimedWhileTooMuchCannotBeWrittenDown) {
  commit(60);
  lane_->set_stuck({StoreFault::kIo, 5});
  std::size_t claimed_count = 0;
  while (true) {
    const auto claims = lane_->claim(kAll, 1);
    if (!claims) {
      EXPECT_EQ(claims.error(), (StoreError{StoreFault::kIo, 5}));
      break;
    }
    if (claims->empty()) claim(0);  // reads the log on
    for (const OwedEntry& entry : *claims) settle(entry.id.value, Delivered{});
    claimed_count += claims->size();
    ASSERT_LE(claimed_count, kSmall.unwritten_max);
  }
  flush();
  EXPECT_TRUE(lane_->claim(kAll, 1).has_value());
}

class NothingParked final : public ParkedLookup {
 public:
  base::Result<std::vector<EntryId>, StoreError> parked_ids(ConnectorId /*connector*/,
                                                            EntryId /*after*/, EntryId /*to*/,
                                                            std::size_t /*count_max*/) override {
    return std::vector<EntryId>();
  }

  base::Result<std::optional<ParkedRow>, StoreError> parked_row(ConnectorId, EntryId) override {
    return std::optional<ParkedRow>();
  }
};

class AllParked final : public ParkedLookup {
 public:
  base::Result<std::vector<EntryId>, StoreError> parked_ids(ConnectorId /*connector*/,
                                                            EntryId after, EntryId to,
                                                            std::size_t count_max) override {
    std::vector<EntryId> ids;
    for (EntryId id{after.value + 1}; id <= to && ids.size() < count_max; ++id.value) {
      ids.push_back(id);
    }
    return ids;
  }

  base::Result<std::optional<ParkedRow>, StoreError> parked_row(ConnectorId, EntryId id) override {
    ParkedRow row;
    row.entry.id = id;
    row.entry.key_hash = 1;
    return std::optional<ParkedRow>(row);
  }
};

TEST_F(LaneTest, AnEntryParkedInAnEarlierRunIsReleasedInItsPlace) {
  commit(4, 1);
  EXPECT_THAT(claim(2), ElementsAre(1, 2));
  settle(2, Parked{"r", "w"});
  flush();
  restart();
  AllParked table;
  ASSERT_TRUE(lane_->release({2}, table).value());
  flush();
  restart();  // it holds through another one
  EXPECT_THAT(claim(9), ElementsAre(1, 2, 3, 4));
  NothingParked nothing;
  EXPECT_FALSE(lane_->release({2}, nothing).value());
}

}  // namespace
}  // namespace store::sqlite
