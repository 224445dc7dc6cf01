// What the durable outbox promises beyond any outbox: restarts, segments, large
// payloads, full disks, damage, and how its folder looks.
#include "store/sqlite/sqlite_outbox.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "store/care.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/schema.hpp"
#include "store/test_support/guest_disk.hpp"
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
using testing::HasSubstr;
using testing::IsEmpty;

class SqliteOutboxTest : public testing::Test {
 protected:
  SqliteOutboxTest() {
    options_.data_dir = folder_.path() + "/data";
    options_.clock = &clock_;
    options_.disk = &disk_;
    options_.retry_every = 1ms;
  }

  ~SqliteOutboxTest() override {
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

  std::string open_error() {
    outbox_.reset();
    const auto opened = open_sqlite_outbox(options_);
    return opened ? "opened" : to_string(opened.error());
  }

  [[nodiscard]] std::string path(const std::string& name) const {
    return options_.data_dir + "/" + name;
  }

  [[nodiscard]] std::vector<std::string> names_in(const std::string& folder) const {
    std::vector<std::string> names;
    for (const auto& each : std::filesystem::recursive_directory_iterator(path(folder))) {
      if (each.is_regular_file()) names.push_back(each.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  void run_sql(const std::string& file, const char* sql) {
    auto connection = sqlite::Connection::open(path(file), "", sqlite::OpenMode::kExisting);
    ASSERT_TRUE(connection.has_value());
    ASSERT_TRUE(connection->run(sql).has_value());
  }

  // The number that a statement yields, seen from outside.
  std::int64_t rows_of(const std::string& file, const char* sql) {
    auto connection = sqlite::Connection::open(path(file), "", sqlite::OpenMode::kExisting);
    return connection ? connection->number(sql).value() : 0;
  }

  void overwrite(const std::string& file, std::size_t offset, std::size_t size_bytes) {
    std::fstream stream(path(file), std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(offset));
    stream << std::string(size_bytes, '\xA5');
  }

  test_support::TemporaryFolder folder_;
  ::test_support::ManualClock clock_;
  test_support::GuestDisk disk_;
  SqliteOptions options_;
  std::unique_ptr<Desk> desk_;
  std::unique_ptr<Outbox> outbox_;
};

// ── Restarts ────────────────────────────────────────────────────────────────

TEST_F(SqliteOutboxTest, WhatIsOwedIsDueAgainAfterARestart) {
  Desk* desk = &open();
  const ConnectorId ehr = desk->connector("ehr");
  const EntryId first = desk->put("first", {{ehr, 1}});
  desk->put("in flight", {{ehr, 2}});
  desk->put("waiting", {{ehr, 3}});
  ASSERT_EQ(desk->claim(ehr, 2).size(), 2u);
  desk->settle(ehr, first, Delivered{});

  desk = &reopen();
  EXPECT_EQ(desk->connector("ehr"), ehr);
  EXPECT_EQ(outbox_->status(ehr).waiting_count, 2u);
  EXPECT_THAT(texts_of(desk->claim(ehr)), ElementsAre("in flight", "waiting"));
  EXPECT_GT(desk->put("next", {}), EntryId{3});
}

TEST_F(SqliteOutboxTest, AttemptsAndParkedEntriesOutliveARestart) {
  Desk* desk = &open();
  const ConnectorId ehr = desk->connector("ehr");
  const EntryId tried = desk->put("tried", {{ehr, 1}});
  const EntryId bad = desk->put("bad", {{ehr, 2}});
  ASSERT_EQ(desk->claim(ehr).size(), 2u);
  desk->settle(ehr, tried, Retry{clock_.wall_now() + 5s, "connect"});
  desk->settle(ehr, bad, Parked{"answer_code AR", "its words"});

  desk = &reopen();
  EXPECT_EQ(outbox_->attempts(ehr, tried).value().at(0).reason, "connect");
  EXPECT_EQ(outbox_->attempts(ehr, bad).value().at(0).words, "its words");
  EXPECT_THAT(desk->claim(ehr), IsEmpty());
  clock_.advance(5s);
  const auto claims = desk->claim(ehr);
  ASSERT_THAT(texts_of(claims), ElementsAre("tried"));
  EXPECT_EQ(claims[0].attempt, 2u);
  const auto parked = outbox_->parked(ehr, {}, 10).value();
  ASSERT_EQ(parked.size(), 1u);
  EXPECT_EQ(parked[0].id, bad);
  EXPECT_EQ(parked[0].words, "its words");
  EXPECT_EQ(outbox_->status(ehr).parked_count, 1u);
}

TEST_F(SqliteOutboxTest, AConnectorThatIsNewIsOwedNothingOfBefore) {
  Desk* desk = &open();
  const ConnectorId ehr = desk->connector("ehr");
  desk->put("before", {{ehr}});
  const ConnectorId lab = desk->connector("lab");
  EXPECT_THAT(desk->claim(lab), IsEmpty());
  desk = &reopen();
  EXPECT_THAT(desk->claim(lab), IsEmpty());
  EXPECT_EQ(outbox_->status(lab).waiting_count, 0u);
}

// ── Segments and large payloads ─────────────────────────────────────────────

TEST_F(SqliteOutboxTest, SegmentsFollowOneAnotherAndAreReadAsOne) {
  options_.segment_bytes = 20'000;
  Desk* desk = &open();
  const ConnectorId ehr = desk->connector("ehr");
  std::vector<std::string> texts;
  for (int number = 0; number < 60; ++number) {
    texts.push_back(std::to_string(number) + std::string(1'000, '.'));
    desk->put(texts.back(), {{ehr}});
  }
  EXPECT_GE(names_in("log").size(), 3u);
  desk = &reopen();
  EXPECT_EQ(texts_of(desk->claim(ehr)), texts);
}

TEST_F(SqliteOutboxTest, ASegmentEndsWhenItIsOldEnough) {
  options_.segment_age = 24h;
  Desk& desk = open();
  const EntryId first = desk.put("one", {});
  clock_.advance(23h);
  desk.put("two", {});
  clock_.advance(1h);
  const EntryId third = desk.put("three", {});  // behind it the new one begins
  const EntryId fourth = desk.put("four", {});
  EXPECT_EQ(first.value + 2, third.value);
  EXPECT_EQ(third.value + 1, fourth.value);
  outbox_.reset();
  EXPECT_THAT(names_in("log"), ElementsAre("00000001.db", "00000002.db"));
}

TEST_F(SqliteOutboxTest, ALargePayloadLiesInAFileOfItsOwn) {
  Desk* desk = &open();
  const ConnectorId ehr = desk->connector("ehr");
  const std::string at_the_limit(256 * 1024, 'a');
  const std::string above(256 * 1024 + 1, 'b');
  desk->put(at_the_limit, {{ehr}});
  EXPECT_FALSE(std::filesystem::exists(path("payload")));
  desk->put(above, {{ehr}});
  EXPECT_EQ(names_in("payload").size(), 1u);
  desk = &reopen();
  EXPECT_THAT(texts_of(desk->claim(ehr)), ElementsAre(at_the_limit, above));
}

TEST_F(SqliteOutboxTest, PayloadFilesOfNoEntryAreRemovedAtTheStart) {
  Desk* desk = &open();
  const ConnectorId ehr = desk->connector("ehr");
  const std::string large(300'000, 'x');
  desk->put(large, {{ehr}});
  ASSERT_EQ(names_in("payload").size(), 1u);
  const std::string orphan = "payload/00000001/2_0190163d-8694-739b-aea5-966c26f8ad91";
  std::ofstream(path(orphan)) << "left behind";
  desk = &reopen();
  EXPECT_FALSE(std::filesystem::exists(path(orphan)));
  EXPECT_THAT(texts_of(desk->claim(ehr)), ElementsAre(large));
}

// ── Room ────────────────────────────────────────────────────────────────────

TEST_F(SqliteOutboxTest, AppendsWaitForRoomWhileSettlingGoesOn) {
  options_.min_free_bytes = 1;
  Desk* desk = &open();
  const ConnectorId ehr = desk->connector("ehr");
  const EntryId id = desk->put("before", {{ehr}});
  ASSERT_EQ(desk->claim(ehr).size(), 1u);
  disk_.set_full(true);

  std::vector<std::unique_ptr<Append>> batch;
  batch.push_back(make_append({{"waits", {{ehr}}}}, desk->sink()));
  batch.back()->give_up_at = clock_.steady_now() + 5s;
  batch.push_back(make_append({{"gives up", {{ehr}}}}, desk->sink()));
  batch.back()->give_up_at = clock_.steady_now() + 1s;
  outbox_->append(std::move(batch));
  clock_.advance(1s);
  const auto refused = desk->sink().take(1);
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(base::as_text(refused[0]->drafts[0].payload), "gives up");
  EXPECT_EQ(refused[0]->outcome.error(), (StoreError{StoreFault::kFull, 0}));
  EXPECT_EQ(desk->sink().pending_count(), 0u);

  desk->settle(ehr, id, Delivered{});
  while (rows_of("lanes.db", "SELECT count(*) FROM connector WHERE cursor = 1") == 0) {
    std::this_thread::yield();
  }

  disk_.set_full(false);
  const auto committed = desk->sink().take(1);
  ASSERT_EQ(committed.size(), 1u);
  EXPECT_TRUE(committed[0]->outcome);
  desk = &reopen();
  EXPECT_THAT(texts_of(desk->claim(ehr)), ElementsAre("waits"));
}

TEST_F(SqliteOutboxTest, WhileOneWaitsThoseBehindItKeepTheirOrder) {
  options_.min_free_bytes = 1;
  Desk& desk = open();
  const ConnectorId ehr = desk.connector("ehr");
  disk_.set_full(true);
  std::vector<std::string> texts;
  for (int number = 0; number < 50; ++number) {
    texts.push_back(std::to_string(number));
    std::vector<std::unique_ptr<Append>> batch;
    batch.push_back(make_append({{texts.back(), {{ehr}}}}, desk.sink()));
    outbox_->append(std::move(batch));
  }
  disk_.set_full(false);
  ASSERT_EQ(desk.sink().take(50).size(), 50u);
  EXPECT_EQ(texts_of(desk.claim(ehr)), texts);
}

// ── One commit for many ─────────────────────────────────────────────────────

TEST_F(SqliteOutboxTest, WhatArrivesDuringACommitSharesTheNextOne) {
  std::atomic<int> commit_count{0};
  std::mutex gate;
  options_.before_commit_for_test = [&] {
    ++commit_count;
    const std::lock_guard pass(gate);
  };
  Desk& desk = open();
  {
    const std::lock_guard closed(gate);
    for (int number = 0; number < 20; ++number) {
      std::vector<std::unique_ptr<Append>> batch;
      batch.push_back(make_append({{std::to_string(number), {}}}, desk.sink()));
      outbox_->append(std::move(batch));
      while (commit_count == 0) std::this_thread::yield();
    }
  }
  EXPECT_EQ(desk.sink().take(20).size(), 20u);
  EXPECT_EQ(commit_count, 2);
}

// ── The folder ──────────────────────────────────────────────────────────────

TEST_F(SqliteOutboxTest, TheFolderIsForOneProcessAndSaysForWhich) {
  open();
  const auto second = open_sqlite_outbox(options_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().fault, OpenFault::kLocked);
  EXPECT_EQ(to_string(second.error()), path("lock") + ": another process (pid " +
                                           std::to_string(::getpid()) + ") uses this folder");
  reopen();
}

TEST_F(SqliteOutboxTest, FilesAreForTheirOwnerOnly) {
  Desk& desk = open();
  desk.put(std::string(300'000, 'x'), {});
  std::size_t count = 0;
  for (const auto& each : std::filesystem::recursive_directory_iterator(options_.data_dir)) {
    struct stat about {};

    ASSERT_EQ(::stat(each.path().c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, each.is_directory() ? 0700U : 0600U) << each.path();
    ++count;
  }
  EXPECT_GE(count, 8u);
}

TEST_F(SqliteOutboxTest, AFolderThatCannotBeMadeIsAClearError) {
  options_.data_dir = "/proc/no-such/data";
  EXPECT_THAT(open_error(), HasSubstr("/proc/no-such/data: cannot be used (io): No such file"));
}

TEST_F(SqliteOutboxTest, ANewerSchemaIsRefused) {
  const std::pair<std::string, std::size_t> files[] = {
      {"lanes.db", sqlite::lanes_schema().steps.size()},
      {"log/00000001.db", sqlite::log_schema().steps.size()}};
  for (const auto& [file, version] : files) {
    open();
    outbox_.reset();
    run_sql(file, "PRAGMA user_version=99");
    EXPECT_THAT(open_error(), HasSubstr(file + ": written by a newer version"));
    run_sql(file, ("PRAGMA user_version=" + std::to_string(version)).c_str());
  }
}

// The merge from the log, then from its row.
TEST_F(SqliteOutboxTest, WhatJoinsTwoKeysStillDoesAfterARestart) {
  const auto expect_order = [this](Desk& desk) {
    const ConnectorId ehr = desk.connector("ehr");
    EXPECT_THAT(desk.claim(LaneSlice{ehr, 1, 2}), IsEmpty()) << "younger waits for the merge";
    const auto claims = desk.claim(LaneSlice{ehr, 0, 2});
    ASSERT_THAT(texts_of(claims), ElementsAre("merge"));
    EXPECT_THAT(desk.claim(LaneSlice{ehr, 1, 2}), IsEmpty());
    desk.settle(ehr, claims[0].id, Retry{clock_.wall_now(), "AE"});
  };
  Desk& desk = open();
  const ConnectorId ehr = desk.connector("ehr");
  desk.put("merge", {{ehr, 2, 3}});
  desk.put("younger", {{ehr, 3}});
  expect_order(reopen());
  expect_order(reopen());
}

TEST_F(SqliteOutboxTest, AStoreOfTheFirstSchemaIsTakenOver) {
  Desk& desk = open();
  const ConnectorId ehr = desk.connector("ehr");
  const EntryId parked = desk.put("parked", {{ehr, 2}});
  const EntryId late = desk.put("late", {{ehr, 4}});
  desk.put("due", {{ehr, 6}});
  ASSERT_EQ(desk.claim(ehr, 2).size(), 2u);
  desk.settle(ehr, parked, Parked{"AR", "no"});
  desk.settle(ehr, late, Retry{clock_.wall_now(), "AE"});
  outbox_.reset();
  run_sql("lanes.db",
          "ALTER TABLE waiting DROP COLUMN joined_hash;"
          "ALTER TABLE parked DROP COLUMN joined_hash; DROP TABLE attempt; DROP TABLE discarded;"
          "ALTER TABLE connector DROP COLUMN owed_bytes; DROP TABLE sealing;"
          "PRAGMA user_version=1");
  run_sql("log/00000001.db", "DROP TABLE known; PRAGMA user_version=1");
  Desk& again = reopen();
  EXPECT_THAT(texts_of(again.claim(ehr)), ElementsAre("late", "due"));
  const auto dead = outbox_->parked(ehr, {}, 9);
  ASSERT_TRUE(dead.has_value());
  ASSERT_EQ(dead->size(), 1u);
  EXPECT_EQ(dead->front().reason, "AR");
  EXPECT_THAT(outbox_->attempts(ehr, parked).value(), IsEmpty());
  EXPECT_EQ(rows_of("lanes.db", "PRAGMA user_version"), 7);
  EXPECT_EQ(rows_of("log/00000001.db", "PRAGMA user_version"), 4);
}

TEST_F(SqliteOutboxTest, WithoutItsLanesALogIsNotOpened) {
  open().put("x", {});
  outbox_.reset();
  std::filesystem::rename(path("lanes.db"), path("elsewhere"));
  EXPECT_THAT(open_error(), HasSubstr("lanes.db: missing"));
  EXPECT_THAT(open_error(), HasSubstr("lanes.db: missing")) << "nor at the second try";
  std::filesystem::rename(path("elsewhere"), path("lanes.db"));
  EXPECT_EQ(open_error(), "opened");
}

// ── Damage ──────────────────────────────────────────────────────────────────

TEST_F(SqliteOutboxTest, ADamagedPayloadFileMakesADeadLetterAndHoldsNobodyUp) {
  Desk& desk = open();
  const ConnectorId ehr = desk.connector("ehr");
  const EntryId good = desk.put("good", {{ehr}});
  const EntryId damaged = desk.put(std::string(300'000, 'x'), {{ehr}});
  desk.put("behind", {{ehr}});
  const std::string file = "payload/00000001/" + names_in("payload").front();
  std::filesystem::resize_file(path(file), 299'999);

  EXPECT_THAT(texts_of(desk.claim(ehr)), ElementsAre("good")) << "what is before it goes on";
  desk.settle(ehr, good, Delivered{});
  std::vector<std::string> next;
  for (int round = 0; round < 2 && next.empty(); ++round) next = texts_of(desk.claim(ehr));
  EXPECT_THAT(next, ElementsAre("behind"));
  const auto parked = outbox_->parked(ehr, {}, 10).value();
  ASSERT_EQ(parked.size(), 1U);
  EXPECT_EQ(parked.front().id, damaged);
  EXPECT_EQ(parked.front().reason, kLostReason);
  EXPECT_GT(desk.put("intake goes on", {}), good);
}

TEST_F(SqliteOutboxTest, ADamagedClosedSegmentIsAnErrorWhereItIsNeeded) {
  options_.segment_bytes = 1;  // a segment for each commit
  Desk* desk = &open();
  const ConnectorId ehr = desk->connector("ehr");
  const ConnectorId lab = desk->connector("lab");
  desk->put("first", {{ehr}});
  desk->put("second", {{lab}});
  desk->put("third", {{lab}});
  outbox_.reset();
  overwrite("log/00000001.db", 0, 8192);

  desk = &open();
  const auto claims = outbox_->claim({ehr, 0, 1}, 10);
  ASSERT_FALSE(claims);
  EXPECT_EQ(claims.error().fault, StoreFault::kDamaged);
  EXPECT_GT(desk->put("intake goes on", {}), EntryId{3});
}

// Any part of the database that is overwritten: an error, or messages of their own
// length; never a crash.
TEST_F(SqliteOutboxTest, DamageAnywhereIsAnErrorAndNeverACrash) {
  std::map<EntryId, std::string> texts;
  Desk* desk = &open();
  const ConnectorId ehr = desk->connector("ehr");
  for (int number = 0; number < 40; ++number) {
    const std::string text = std::to_string(number) + std::string(700, '.');
    texts[desk->put(text, {{ehr, 1U + static_cast<unsigned>(number)}})] = text;
  }
  outbox_.reset();
  const std::string file = "log/00000001.db";
  const std::size_t size_bytes = std::filesystem::file_size(path(file));
  std::filesystem::copy(options_.data_dir, folder_.path() + "/whole",
                        std::filesystem::copy_options::recursive);
  std::size_t damaged_count = 0;
  for (std::size_t offset = 0; offset < size_bytes; offset += 1024) {
    std::filesystem::remove_all(options_.data_dir);
    std::filesystem::copy(folder_.path() + "/whole", options_.data_dir,
                          std::filesystem::copy_options::recursive);
    overwrite(file, offset, 64);
    auto opened = open_sqlite_outbox(options_);
    if (!opened) {
      ++damaged_count;
      continue;
    }
    const auto claims = (*opened)->claim({ehr, 0, 1}, 100);
    if (!claims) {
      EXPECT_EQ(claims.error().fault, StoreFault::kDamaged) << "at " << offset;
      ++damaged_count;
      continue;
    }
    for (const Claim& claim : *claims) {
      EXPECT_EQ(test_support::text_of(claim).size(), texts[claim.id].size()) << "at " << offset;
    }
  }
  EXPECT_GT(damaged_count, 2u);
}

// ── A failed sync ───────────────────────────────────────────────────────────

TEST_F(SqliteOutboxTest, AFailedSyncEndsTheStoreForGood) {
  std::vector<StoreError> fatal;
  options_.on_fatal = [&fatal](const StoreError& error) { fatal.push_back(error); };
  Desk& desk = open();
  const ConnectorId ehr = desk.connector("ehr");
  disk_.fail_syncs();
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<Append>> batch;  // its payload's sync fails
    batch.push_back(make_append({{std::string(300'000, 'x'), {{ehr}}}}, desk.sink()));
    outbox_->append(std::move(batch));
    const auto back = desk.sink().take(1);
    ASSERT_EQ(back.size(), 1u);
    ASSERT_FALSE(back[0]->outcome);
    EXPECT_EQ(back[0]->outcome.error().fault, StoreFault::kSyncFailed);
  }
  EXPECT_EQ(outbox_->claim({ehr, 0, 1}, 1).error().fault, StoreFault::kSyncFailed);
  EXPECT_EQ(outbox_->connector_id("lab").error().fault, StoreFault::kSyncFailed);
  EXPECT_EQ(fatal.size(), 1u);
}

TEST_F(SqliteOutboxTest, AReleasedEntryIsNotPutAsideAgainAfterARestart) {
  Desk* desk = &open();
  const ConnectorId ehr = desk->connector("ehr");
  const EntryId aside = desk->put("aside", {{ehr, kParkAtOnce + 2}});
  ASSERT_EQ(desk->claim(ehr).size(), 1u);
  desk->settle(ehr, aside, Parked{"filter_error", ""});
  ASSERT_TRUE(outbox_->release(ehr, aside).value());
  desk = &reopen();
  const auto claims = desk->claim(ehr);
  ASSERT_THAT(texts_of(claims), ElementsAre("aside"));
  EXPECT_EQ(claims[0].key_hash, 0u);
}

// Entry 1 is never settled, so the cursor stands before all of them.
TEST_F(SqliteOutboxTest, WhatWasDiscardedIsNotOwedAfterARestart) {
  Desk* desk = &open();
  const ConnectorId ehr = desk->connector("ehr");
  desk->put("1", {{ehr, 1}});
  const EntryId now = desk->put("discarded in its run", {{ehr, 2}});
  const EntryId later = desk->put("discarded in a later run", {{ehr, 3}});
  ASSERT_EQ(desk->claim(ehr).size(), 3u);
  for (const EntryId id : {now, later}) desk->settle(ehr, id, Parked{"refused", ""});
  ASSERT_TRUE(outbox_->discard(ehr, now, {"mistake", {}}).value());

  desk = &reopen();
  ASSERT_TRUE(outbox_->discard(ehr, later, {"mistake", {}}).value());
  EXPECT_THAT(texts_of(desk->claim(ehr)), ElementsAre("1"));
  desk = &reopen();
  EXPECT_THAT(texts_of(desk->claim(ehr)), ElementsAre("1"));
  EXPECT_EQ(outbox_->discarded(ehr, EntryId{}, 10).value().size(), 2u);
  EXPECT_EQ(outbox_->status(ehr).parked_count, 0u);
}

TEST_F(SqliteOutboxTest, WhatIsReleasedInALaterRunIsDeliveredOnce) {
  Desk* desk = &open();
  const ConnectorId ehr = desk->connector("ehr");
  desk->put("1", {{ehr, 1}});
  const EntryId id = desk->put("parked", {{ehr, 2}});
  ASSERT_EQ(desk->claim(ehr).size(), 2u);
  desk->settle(ehr, id, Parked{"refused", ""});

  desk = &reopen();
  ASSERT_TRUE(outbox_->release(ehr, id).value());
  ASSERT_EQ(desk->claim(ehr).size(), 2u);
  desk->settle(ehr, id, Delivered{});
  desk = &reopen();
  EXPECT_THAT(texts_of(desk->claim(ehr)), ElementsAre("1"));
}

// Nobody delivers for it, so nothing of the log has been read.
TEST_F(SqliteOutboxTest, TheOldestOfALaneIsFoundAfterARestart) {
  Desk* desk = &open();
  const ConnectorId ehr = desk->connector("ehr");
  const ConnectorId lab = desk->connector("lab");
  const EntryId delivered = desk->put("1", {{ehr}});
  for (int count = 0; count < 10; ++count) desk->put("others", {{lab}});
  const EntryId oldest = desk->put("2", {{ehr}});
  ASSERT_EQ(desk->claim(ehr, 1).size(), 1u);
  desk->settle(ehr, delivered, Delivered{});
  reopen();
  ASSERT_TRUE(outbox_->oldest(ehr).value());
  EXPECT_EQ(outbox_->oldest(ehr).value()->id, oldest);
  EXPECT_THAT(outbox_->connectors(), ElementsAre(Registered{ehr, "ehr"}, Registered{lab, "lab"}));
}

}  // namespace
}  // namespace store
