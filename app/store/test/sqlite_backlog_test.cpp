// A limited backlog on disk: who waits for room, who does not, and what a restart makes of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "store/sqlite/connection.hpp"
#include "store/sqlite/sqlite_outbox.hpp"
#include "store/test_support/outbox_fixture.hpp"
#include "store/test_support/temporary_folder.hpp"
#include "test_support/manual_clock.hpp"

namespace store {
namespace {

using namespace std::chrono_literals;
using store::test_support::Desk;
using store::test_support::make_append;
using store::test_support::texts_of;
using testing::ElementsAre;

class SqliteBacklogTest : public testing::Test {
 protected:
  SqliteBacklogTest() {
    options_.data_dir = folder_.path() + "/data";
    options_.clock = &clock_;
  }

  ~SqliteBacklogTest() override {
    if (outbox_ != nullptr) outbox_->close();
  }

  Desk& open() {
    auto opened = open_sqlite_outbox(options_);
    EXPECT_TRUE(opened.has_value()) << (opened ? "" : to_string(opened.error()));
    outbox_ = std::move(opened).value();
    desk_ = std::make_unique<Desk>(*outbox_);
    return *desk_;
  }

  // As if the process had ended and begun anew.
  Desk& reopen() {
    outbox_.reset();
    return open();
  }

  // Commits for others while those that wait are looked at several times; how many.
  static std::size_t put_for_a_while(Desk& desk, ConnectorId to) {
    const auto until = base::Clock::system().steady_now() + 50ms;
    std::size_t count = 0;
    for (; base::Clock::system().steady_now() < until; ++count) desk.put("other", {{to}});
    return count;
  }

  void run_sql(const std::string& file, const char* sql) {
    const std::string path = options_.data_dir + "/" + file;
    auto connection = sqlite::Connection::open(path, "", sqlite::OpenMode::kExisting);
    ASSERT_TRUE(connection.has_value());
    ASSERT_TRUE(connection->run(sql).has_value());
  }

  test_support::TemporaryFolder folder_;
  ::test_support::ManualClock clock_;
  SqliteOptions options_;
  std::unique_ptr<Desk> desk_;
  std::unique_ptr<Outbox> outbox_;
};

TEST_F(SqliteBacklogTest, WhatABacklogHasNoRoomForWaitsInItsStreamAndHoldsUpNobodyElse) {
  Desk* desk = &open();
  const ConnectorId full = desk->connector("full");
  const ConnectorId ehr = desk->connector("ehr");
  outbox_->limit_backlog(full, {1, 0, OnFull::kRefuse});
  const EntryId first = desk->put("first", {{full}});
  const auto stream = std::make_shared<Stream>();
  test_support::Collector waiting;
  std::vector<std::unique_ptr<Append>> batch;
  for (int index = 0; index < 3; ++index) {
    // The second would have room, but stands behind the first in its stream.
    const ConnectorId to = index == 1 ? ehr : full;
    batch.push_back(make_append({{"waits " + std::to_string(index), {{to}}}}, waiting));
    batch.back()->stream = stream;
  }
  outbox_->append(std::move(batch));
  EXPECT_GT(put_for_a_while(*desk, ehr), 2u);
  EXPECT_EQ(waiting.pending_count(), 0u);
  for (const Claim& claim : desk->claim(ehr)) EXPECT_EQ(test_support::text_of(claim), "other");

  ASSERT_EQ(desk->claim(full).size(), 1u);
  desk->settle(full, first, Delivered{});
  auto back = waiting.take(2);
  ASSERT_EQ(back.size(), 2u);
  EXPECT_TRUE(back[0]->outcome);
  EXPECT_TRUE(back[1]->outcome);
  put_for_a_while(*desk, ehr);
  EXPECT_EQ(waiting.pending_count(), 0u) << "the backlog is full again";
  const auto claims = desk->claim(full);
  ASSERT_THAT(texts_of(claims), ElementsAre("waits 0"));
  desk->settle(full, claims.front().id, Delivered{});
  back = waiting.take(1);
  ASSERT_EQ(back.size(), 1u);
  EXPECT_TRUE(back[0]->outcome);
  EXPECT_EQ(outbox_->status(full).refused_count, 0u);
}

TEST_F(SqliteBacklogTest, WhoWaitsForABacklogInVainIsRefusedAlsoAtTheEnd) {
  Desk* desk = &open();
  const ConnectorId full = desk->connector("full");
  outbox_->limit_backlog(full, {1, 0, OnFull::kRefuse});
  desk->put("first", {{full}});
  test_support::Collector waiting;
  std::vector<std::unique_ptr<Append>> batch;
  batch.push_back(make_append({{"impatient", {{full}}}}, waiting));
  batch.back()->give_up_at = clock_.steady_now() + 5s;
  batch.push_back(make_append({{"patient", {{full}}}}, waiting));
  outbox_->append(std::move(batch));
  put_for_a_while(*desk, desk->connector("ehr"));
  EXPECT_EQ(waiting.pending_count(), 0u);
  clock_.advance(5s);
  auto back = waiting.take(1);
  ASSERT_EQ(back.size(), 1u);
  ASSERT_FALSE(back[0]->outcome);
  EXPECT_EQ(back[0]->outcome.error().fault, StoreFault::kBacklogFull);
  outbox_->close();
  back = waiting.take(1);
  ASSERT_EQ(back.size(), 1u);
  ASSERT_FALSE(back[0]->outcome);
  EXPECT_EQ(back[0]->outcome.error().fault, StoreFault::kBacklogFull);
}

// Many senders at once, each with a stream of its own and appends in flight, against a
// target that takes its time: nobody's order is lost, and the limit holds.
TEST_F(SqliteBacklogTest, StreamsKeepTheirOrderAtAFullBacklog) {
  Desk* desk = &open();
  const ConnectorId full = desk->connector("full");
  outbox_->limit_backlog(full, {10, 0, OnFull::kRefuse});
  constexpr std::size_t kStreams = 20;
  constexpr int kEach = 50;
  test_support::Collector sink;
  std::vector<std::shared_ptr<Stream>> streams;
  for (std::size_t index = 0; index < kStreams; ++index) {
    streams.push_back(std::make_shared<Stream>());
  }
  for (int turn = 0; turn < kEach; turn += 5) {
    std::vector<std::unique_ptr<Append>> batch;
    for (std::size_t index = 0; index < kStreams; ++index) {
      for (int each = turn; each < turn + 5; ++each) {
        batch.push_back(make_append(
            {{std::to_string(index) + ":" + std::to_string(1000 + each), {{full}}}}, sink));
        batch.back()->stream = streams[index];
      }
    }
    outbox_->append(std::move(batch));
  }
  std::map<std::string, std::string> last;
  for (std::size_t got = 0; got < kStreams * kEach;) {
    EXPECT_LE(outbox_->status(full).waiting_count, 10u);
    const auto claims = desk->claim(full, 7);
    for (const Claim& claim : claims) {
      const std::string text = test_support::text_of(claim);
      const std::string stream = text.substr(0, text.find(':'));
      EXPECT_LT(last[stream], text);
      last[stream] = text;
      desk->settle(full, claim.id, Delivered{});
      ++got;
    }
    if (claims.empty()) outbox_->wait({full, 0, 1}, base::Clock::system().steady_now() + 10ms, {});
  }
  EXPECT_EQ(sink.take(kStreams * kEach).size(), kStreams * kEach);
}

TEST_F(SqliteBacklogTest, WhatWasPutAsideForAFullBacklogIsADeadLetterAfterARestart) {
  Desk* desk = &open();
  const ConnectorId dead = desk->connector("dead");
  outbox_->limit_backlog(dead, {1, 0, OnFull::kPark});
  desk->put("owed", {{dead}});
  const EntryId aside = desk->put("aside", {{dead}});
  const EntryId released = desk->put("released", {{dead}});
  EXPECT_TRUE(outbox_->release(dead, released).value());
  desk = &reopen();
  EXPECT_THAT(texts_of(desk->claim(dead)), ElementsAre("owed", "released"));
  const auto parked = outbox_->parked(dead, {}, 10).value();
  ASSERT_EQ(parked.size(), 1u);
  EXPECT_EQ(parked[0].id, aside);
  EXPECT_EQ(outbox_->status(dead).waiting_count, 2u);
  EXPECT_EQ(outbox_->status(dead).waiting_bytes, 12u);
  EXPECT_EQ(outbox_->status(dead).parked_count, 1u);
}

// As after a crash before anything but the log was written.
TEST_F(SqliteBacklogTest, TheLogAloneSaysWhatWasPutAside) {
  Desk* desk = &open();
  const ConnectorId dead = desk->connector("dead");
  outbox_->limit_backlog(dead, {1, 0, OnFull::kPark});
  desk->put("owed", {{dead}});
  const EntryId aside = desk->put("aside", {{dead}});
  outbox_.reset();
  run_sql("lanes.db",
          "DELETE FROM parked; UPDATE connector SET cursor=0, counted_to=0, owed_count=0,"
          " owed_bytes=0, parked_count=0");
  desk = &open();
  EXPECT_THAT(texts_of(desk->claim(dead)), ElementsAre("owed"));
  const auto parked = outbox_->parked(dead, {}, 10).value();
  ASSERT_EQ(parked.size(), 1u);
  EXPECT_EQ(parked[0].id, aside);
  EXPECT_EQ(parked[0].reason, kOverflowReason);
  EXPECT_EQ(outbox_->status(dead).waiting_count, 1u);
  EXPECT_EQ(outbox_->status(dead).waiting_bytes, 4u);
  EXPECT_EQ(outbox_->status(dead).parked_count, 1u);
}

// A lane that does not read the log for lack of room in memory comes by what was put
// aside later, and leaves it where it is.
TEST_F(SqliteBacklogTest, WhatWasPutAsideIsNotReadFromTheLogAnew) {
  Desk* desk = &open();
  const ConnectorId dead = desk->connector("dead");
  for (int index = 0; index < 3; ++index) desk->put("owed", {{dead}});
  outbox_->limit_backlog(dead, {3, 0, OnFull::kPark});
  desk->put("aside", {{dead}});
  outbox_->limit_backlog(dead, {});
  desk->put("last", {{dead}});  // nothing was claimed yet: the lane has read nothing
  EXPECT_THAT(texts_of(desk->claim(dead)), ElementsAre("owed", "owed", "owed", "last"));
  EXPECT_EQ(outbox_->status(dead).parked_count, 1u);
  EXPECT_EQ(outbox_->status(dead).waiting_count, 4u);
}

}  // namespace
}  // namespace store
