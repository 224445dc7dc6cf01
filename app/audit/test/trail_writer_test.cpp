// A trail goes on behind its last record, whatever its end was: a torn write, a full disk, a
// power cut at any step.
#include "audit/trail_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "app/audit/test/trail_scratch.hpp"
#include "store/test_support/simulated_disk.hpp"

namespace audit {
namespace {

using store::test_support::Fault;
using store::test_support::FaultKind;
using store::test_support::SimulatedDisk;
using store::test_support::StepKind;
using store::test_support::Survival;
using test::findings;
using test::keys;
using test::verified;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kFolder = "/audit";
constexpr const char* kFirst = "/audit/00000001.jsonl";
constexpr std::uint64_t kFileBytes = 1500;

using Opened = base::Result<TrailWriter, store::StoreError>;

class Writing : public testing::Test {
 protected:
  Opened open(const AuditKeys& with = keys()) {
    return TrailWriter::open({kFolder, &disk_, kFileBytes}, with, test::at(1));
  }

  std::string text_of(const std::string& path) {
    return std::string(base::as_text(disk_.read(path).value()));
  }

  void add(const std::string& path, std::string_view octets) {
    const std::string text = text_of(path) + std::string(octets);
    ASSERT_TRUE(disk_.write_synced(path, base::as_bytes(text)));
  }

  static store::DiskStatus put(TrailWriter& writer, std::uint64_t entry) {
    const std::string record = test::message(entry);
    return writer.append({&record, 1}, {entry}, test::at(static_cast<int>(entry)));
  }

  Verdict verdict(const AuditKeys& with = keys()) {
    return verified(kFolder, with, std::nullopt, disk_);
  }

  SimulatedDisk disk_;
};

TEST_F(Writing, GoesOnBehindItsLastRecord) {
  Head head;
  {
    TrailWriter writer = open().value();
    EXPECT_EQ(writer.head().sequence, 1U) << "the checkpoint";
    ASSERT_TRUE(put(writer, 17));
    head = writer.head();
  }
  TrailWriter writer = open().value();
  EXPECT_EQ(writer.head(), head);
  EXPECT_EQ(writer.recorded_to(), store::EntryId{17});
  EXPECT_FALSE(writer.recovery().is_needed());
  ASSERT_TRUE(put(writer, 18));
  EXPECT_TRUE(verdict().is_whole());
}

// That of kill -9 in the middle of a write.
TEST_F(Writing, CutsOffARecordThatWasNotFinished) {
  {
    TrailWriter writer = open().value();
    ASSERT_TRUE(put(writer, 1));
  }
  add(kFirst, R"({"seq":3,"at":"2026)");
  EXPECT_THAT(findings(verdict()), ElementsAre(Finding::kUnfinished));
  TrailWriter writer = open().value();
  EXPECT_EQ(writer.recovery().lines, 0U);
  EXPECT_EQ(writer.recovery().octets, 19U);
  EXPECT_EQ(writer.recorded_to(), store::EntryId{1});
  const Verdict verdict = this->verdict();
  EXPECT_TRUE(verdict.is_whole());
  ASSERT_EQ(verdict.events.size(), 1U);
  EXPECT_EQ(verdict.events[0].kind, kRecovery);
  EXPECT_THAT(verdict.aside, IsEmpty());
}

// Whole lines that do not fit are somebody's, or a power cut's: they are kept and told.
TEST_F(Writing, PutsWholeLinesAsideThatDoNotFit) {
  {
    TrailWriter writer = open().value();
    ASSERT_TRUE(put(writer, 1));
    ASSERT_TRUE(put(writer, 2));
  }
  std::string text = text_of(kFirst);
  text[text.rfind("\"C2")] = 'X';
  ASSERT_TRUE(disk_.write_synced(kFirst, base::as_bytes(text)));
  TrailWriter writer = open().value();
  EXPECT_EQ(writer.recovery().lines, 1U);
  EXPECT_EQ(writer.recorded_to(), store::EntryId{1});
  const Verdict verdict = this->verdict();
  EXPECT_TRUE(verdict.is_whole());
  ASSERT_EQ(verdict.aside.size(), 1U);
  EXPECT_THAT(text_of("/audit/" + verdict.aside[0]), testing::HasSubstr("\"entry\":2"));
}

TEST_F(Writing, BeginsANewFileWithWhatEndedTheLast) {
  {
    TrailWriter writer = open().value();
    for (std::uint64_t entry = 1; entry <= 30; ++entry) ASSERT_TRUE(put(writer, entry));
    EXPECT_GT(writer.file_number().value, 3U);
  }
  EXPECT_TRUE(verdict().is_whole());
  // A crash may leave the next file without a beginning.
  ASSERT_TRUE(disk_.write_synced("/audit/00000009.jsonl", base::as_bytes("{\"seq\":99")));
  TrailWriter writer = open().value();
  EXPECT_EQ(writer.recorded_to(), store::EntryId{30});
  EXPECT_TRUE(verdict().is_whole());
}

TEST_F(Writing, AnotherKeyBeginsANewFile) {
  const std::string both = std::string(test::kOtherKeyText) + test::kKeyText;
  {
    TrailWriter writer = open(keys("")).value();
    ASSERT_TRUE(put(writer, 1));
  }
  {
    TrailWriter writer = open(keys()).value();
    EXPECT_EQ(writer.recorded_to(), store::EntryId{1});
    ASSERT_TRUE(put(writer, 2));
  }
  EXPECT_TRUE(verdict(keys()).is_whole());
  EXPECT_EQ(verdict(keys()).unproven_count, 2U);
  {
    TrailWriter writer = open(keys(both)).value();
    ASSERT_TRUE(put(writer, 3));
  }
  EXPECT_TRUE(verdict(keys(both)).is_whole());
  EXPECT_FALSE(verdict(keys(test::kOtherKeyText)).is_whole()) << "the older key is needed";
  {
    TrailWriter writer = open(keys(test::kOtherKeyText)).value();
    ASSERT_TRUE(put(writer, 4));
  }
  EXPECT_TRUE(verdict(keys(both)).is_whole());
  TrailWriter writer = open(keys("")).value();
  EXPECT_EQ(writer.recorded_to(), store::EntryId{4});
  EXPECT_THAT(findings(verdict(keys(both))), ElementsAre(Finding::kUnkeyed));
}

// ── Retention ───────────────────────────────────────────────────────────────

TEST_F(Writing, DropsFilesAtACheckpointAndSaysSoFirst) {
  TrailWriter writer = open().value();
  for (std::uint64_t entry = 1; entry <= 40; ++entry) ASSERT_TRUE(put(writer, entry));
  ASSERT_TRUE(disk_.write_synced("/audit/00000001.aside-5", base::as_bytes("x\n")));
  EXPECT_EQ(writer.drop_before(test::at(-1), test::at(50)).value(), 0U);
  const std::uint32_t before = writer.file_number().value;
  const std::size_t dropped = writer.drop_before(test::at(20), test::at(50)).value();
  EXPECT_GT(dropped, 1U);
  const Verdict verdict = this->verdict();
  EXPECT_TRUE(verdict.is_whole());
  EXPECT_GT(verdict.first_record, 10U);
  EXPECT_THAT(verdict.aside, IsEmpty());
  ASSERT_EQ(verdict.events.size(), 1U);
  EXPECT_EQ(verdict.events[0].kind, kRetention);
  EXPECT_EQ(test::entries_of(disk_, kFolder).count(20), 1U) << "nothing younger went";
  EXPECT_EQ(writer.drop_before(test::at(1000), test::at(50)).value(), before - dropped - 1)
      << "all but the last";
  EXPECT_TRUE(this->verdict().is_whole());
  // Who takes more than that has no record for it.
  for (std::uint64_t entry = 41; entry <= 50; ++entry) ASSERT_TRUE(put(writer, entry));
  const TrailFiles files = list_trail(disk_, kFolder).value();
  ASSERT_TRUE(disk_.remove("/audit/" + file_name(files.numbers.front())));
  EXPECT_THAT(findings(this->verdict()), ElementsAre(Finding::kBeginMissing));
}

TEST_F(Writing, AFileThatIsOldEnoughIsEnded) {
  TrailWriter writer = open().value();
  ASSERT_TRUE(put(writer, 1));
  ASSERT_TRUE(writer.end_file_of(test::at(1), test::at(50)));
  EXPECT_EQ(writer.file_number(), FileNumber{1}) << "begun at that time, not before it";
  ASSERT_TRUE(writer.end_file_of(test::at(2), test::at(50)));
  EXPECT_EQ(writer.file_number(), FileNumber{2});
  ASSERT_TRUE(writer.end_file_of(test::at(2), test::at(51)));
  EXPECT_EQ(writer.file_number(), FileNumber{2});
  ASSERT_TRUE(put(writer, 2));
  TrailWriter again = open().value();
  ASSERT_TRUE(again.end_file_of(test::at(50), test::at(60)));
  EXPECT_EQ(again.file_number(), FileNumber{2}) << "and it is known at the next start";
  EXPECT_EQ(again.drop_before(test::at(50), test::at(60)).value(), 1U);
  const Verdict verdict = this->verdict();
  EXPECT_TRUE(verdict.is_whole());
  EXPECT_EQ(verdict.dropped_before, 3U) << "behind the checkpoint and a message";
  EXPECT_EQ(verdict.first_record, 3U);
}

// ── Faults ──────────────────────────────────────────────────────────────────

// What a server does with a trail, as long as the disk lets it. `acknowledged` grows with what
// was synced; the log of messages is 1, 2, 3 …
struct Work {
  std::uint64_t synced = 0;
  bool sync_failed = false;
};

void work(Opened opened, Work& done, std::uint64_t to) {
  if (!opened) {
    done.sync_failed = opened.error().fault == store::StoreFault::kSyncFailed;
    return;
  }
  TrailWriter writer = std::move(opened).value();
  std::uint64_t next = writer.recorded_to().value + 1;
  for (int turn = 0; next <= to && turn < 60 && !done.sync_failed; ++turn) {
    const std::uint64_t last = std::min(next + 2, to);
    std::vector<std::string> records;
    for (std::uint64_t entry = next; entry <= last; ++entry) {
      records.push_back(test::message(entry));
    }
    const auto appended = writer.append(records, {last}, test::at(static_cast<int>(last)));
    if (appended) next = last + 1;
    const auto synced = appended ? writer.file()->sync() : appended;
    if (synced) done.synced = std::max(done.synced, last);
    done.sync_failed = !synced && synced.error().fault == store::StoreFault::kSyncFailed;
    if (turn == 4) {
      const auto ended = writer.end_file_of(test::at(3), test::at(static_cast<int>(last)));
      done.sync_failed =
          done.sync_failed || (!ended && ended.error().fault == store::StoreFault::kSyncFailed);
    }
    if (turn == 6) {
      const auto dropped = writer.drop_before(test::at(4), test::at(99));
      done.sync_failed =
          done.sync_failed || (!dropped && dropped.error().fault == store::StoreFault::kSyncFailed);
    }
  }
}

constexpr std::uint64_t kMessages = 40;

// Where the steps are that are made to fail: a run without a fault tells.
std::uint64_t step_count() {
  SimulatedDisk disk;
  Work done;
  work(TrailWriter::open({kFolder, &disk, kFileBytes}, keys(), test::at(1)), done, kMessages);
  EXPECT_EQ(done.synced, kMessages);
  return disk.steps().size();
}

// After whatever happened: the trail is whole, and when it has gone on it holds each message
// once.
void expect_whole(SimulatedDisk& disk, const std::string& what) {
  Work rest;
  work(TrailWriter::open({kFolder, &disk, kFileBytes}, keys(), test::at(1)), rest, kMessages);
  const Verdict verdict = verified(kFolder, keys(), std::nullopt, disk);
  EXPECT_THAT(findings(verdict), IsEmpty()) << what;
  std::map<std::uint64_t, int> counts = test::entries_of(disk, kFolder);
  // The first of them may have gone with their file.
  ASSERT_FALSE(counts.empty()) << what;
  EXPECT_EQ(counts.rbegin()->first, kMessages) << what;
  EXPECT_LE(counts.begin()->first, 9U) << what;
  for (std::uint64_t entry = counts.begin()->first; entry <= kMessages; ++entry) {
    EXPECT_EQ(counts[entry], 1) << what << ", message " << entry;
  }
}

TEST(TrailFaults, EachWriteThatFailsLeavesAWholeTrail) {
  const std::uint64_t steps = step_count();
  for (const FaultKind kind : {FaultKind::kIoError, FaultKind::kFull, FaultKind::kTorn}) {
    for (std::uint64_t step = 0; step < steps; ++step) {
      SimulatedDisk disk;
      disk.plan({step, kind, false});
      Work done;
      work(TrailWriter::open({kFolder, &disk, kFileBytes}, keys(), test::at(1)), done, kMessages);
      disk.repair();
      expect_whole(
          disk, "kind " + std::to_string(static_cast<int>(kind)) + " step " + std::to_string(step));
    }
  }
}

TEST(TrailFaults, EachSyncThatFailsEndsItAndTheNextStartIsWhole) {
  const std::uint64_t steps = step_count();
  for (std::uint64_t step = 0; step < steps; ++step) {
    SimulatedDisk disk;
    disk.plan({step, FaultKind::kSyncError, true});
    Work done;
    work(TrailWriter::open({kFolder, &disk, kFileBytes}, keys(), test::at(1)), done, kMessages);
    EXPECT_EQ(done.sync_failed, disk.fault_fired()) << step;
    disk.repair();
    expect_whole(disk, "step " + std::to_string(step));
  }
}

TEST(TrailFaults, APowerCutAtAnyStepLosesNothingThatWasSynced) {
  const std::uint64_t steps = step_count();
  for (const Survival survival :
       {Survival::kNothing, Survival::kEverything, Survival::kHalf, Survival::kSome}) {
    for (std::uint64_t step = 0; step < steps; ++step) {
      SimulatedDisk disk;
      static_cast<void>(disk.sync_folder("/"));
      disk.plan_power_cut(step);
      Work done;
      work(TrailWriter::open({kFolder, &disk, kFileBytes}, keys(), test::at(1)), done, kMessages);
      disk.cut_power(survival, static_cast<std::uint32_t>(step));
      const std::string what = "survival " + std::to_string(static_cast<int>(survival)) + " step " +
                               std::to_string(step);
      {
        const auto opened = TrailWriter::open({kFolder, &disk, kFileBytes}, keys(), test::at(1));
        ASSERT_TRUE(opened) << what;
        EXPECT_GE(opened->recorded_to().value, done.synced) << what;
      }
      expect_whole(disk, what);
    }
  }
}

}  // namespace
}  // namespace audit
