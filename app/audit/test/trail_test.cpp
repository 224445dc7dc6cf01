// The trail of a server: each message of the log once, also after an end at any moment; what
// cannot be written waits, is counted, or is refused.
#include "audit/trail.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/audit/test/trail_scratch.hpp"
#include "store/sqlite/sqlite_outbox.hpp"
#include "store/test_support/host_disk.hpp"
#include "store/test_support/outbox_fixture.hpp"
#include "store/test_support/temporary_folder.hpp"
#include "telemetry/metrics.hpp"
#include "test_support/manual_clock.hpp"

namespace audit {
namespace {

using namespace std::chrono_literals;
using store::test_support::Desk;
using store::test_support::TemporaryFolder;
using test::keys;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// The machine's disk, on which appends fail when told.
class MoodyDisk final : public store::test_support::HostDisk {
 public:
  std::atomic<int> error{0};  // of appends
  std::atomic<bool> syncs_fail{false};
  std::atomic<std::uint64_t> free{std::uint64_t{1} << 40U};

  class File final : public store::DiskFile {
   public:
    File(MoodyDisk& disk, std::unique_ptr<store::DiskFile> file)
        : disk_(disk), file_(std::move(file)) {}

    store::DiskStatus append(base::ByteView octets) override {
      if (disk_.error == 0) return file_->append(octets);
      static_cast<void>(file_->append(octets.first(octets.size() / 2)));
      return base::fail(store::disk_error(disk_.error));
    }

    store::DiskStatus truncate(std::uint64_t size) override { return file_->truncate(size); }

    store::DiskStatus sync() override {
      if (!disk_.syncs_fail) return file_->sync();
      return base::fail(store::StoreError{store::StoreFault::kSyncFailed, EIO});
    }

   private:
    MoodyDisk& disk_;
    std::unique_ptr<store::DiskFile> file_;
  };

  base::Result<std::unique_ptr<store::DiskFile>, store::StoreError> open_to_append(
      const std::string& path) override {
    auto file = HostDisk::open_to_append(path);
    if (!file) return base::fail(file.error());
    return std::unique_ptr<store::DiskFile>(std::make_unique<File>(*this, std::move(file).value()));
  }

  base::Result<std::uint64_t, store::StoreError> free_bytes(const std::string&) override {
    return free.load();
  }
};

template <class Condition>
bool eventually(Condition condition) {
  for (int turn = 0; turn < 2000; ++turn) {
    if (condition()) return true;
    static_cast<void>(::poll(nullptr, 0, 5));
  }
  return false;
}

RecordText a_look() { return RecordText("look", test::at(1)); }

class TrailTest : public testing::Test {
 protected:
  TrailTest() { open_store(); }

  ~TrailTest() override {
    trail_.reset();
    shut_store();
  }

  void open_store() {
    store::SqliteOptions options;
    options.data_dir = data_dir();
    store_ = store::open_sqlite_store(std::move(options), {}).value();
    desk_ = std::make_unique<Desk>(*store_.outbox);
  }

  void shut_store() {
    if (store_.archive) store_.archive->close();
    store_.archive.reset();
    store_.outbox.reset();
  }

  void open_trail() {
    TrailOptions options;
    options.data_dir = data_dir();
    options.keys = keys();
    options.disk = &disk_;
    options.file_bytes = 20'000;
    options.min_free_bytes = 1000;
    options.look_every = 5ms;
    options.sync_every = 10ms;
    options.publish_every = 10ms;
    options.retry_every = 10ms;
    options.clock = clock_;
    options.retain = retain_;
    options.retain_every = 10ms;
    options.on_fatal = [this](const store::StoreError&) { ++fatal_count_; };
    trail_ = Trail::open(std::move(options)).value();
  }

  void follow() { trail_->follow(*store_.outbox, *store_.archive); }

  void put(int count) {
    const store::ConnectorId lab = desk_->connector("lab");
    for (int each = 0; each < count; ++each) {
      static_cast<void>(desk_->put("letter " + std::to_string(++last_), {{lab, 0}}));
    }
  }

  bool has_caught_up() {
    return eventually([this] { return trail_->recorded_to() == store_.outbox->last(); });
  }

  [[nodiscard]] std::string data_dir() const { return folder_.path() + "/data"; }

  [[nodiscard]] std::string trail_dir() const { return trail_folder_of(data_dir()); }

  Verdict verdict() { return test::verified(trail_dir(), keys()); }

  std::vector<std::string> lines(std::string_view kind = "") {
    return test::lines_of(disk_, trail_dir(), kind);
  }

  void expect_each_once(std::uint64_t to) {
    std::map<std::uint64_t, int> counts = test::entries_of(disk_, trail_dir());
    EXPECT_EQ(counts.size(), to);
    for (std::uint64_t entry = 1; entry <= to; ++entry) EXPECT_EQ(counts[entry], 1) << entry;
  }

  TemporaryFolder folder_;
  MoodyDisk disk_;
  store::SqliteStore store_;
  std::unique_ptr<Desk> desk_;
  std::unique_ptr<Trail> trail_;
  ::test_support::ManualClock manual_;
  const base::Clock* clock_ = &base::Clock::system();
  base::Duration retain_{};
  std::atomic<int> fatal_count_{0};
  int last_ = 0;
};

TEST_F(TrailTest, RecordsEachMessageOfTheLog) {
  put(3);
  open_trail();
  follow();
  put(200);
  ASSERT_TRUE(has_caught_up());
  trail_->close(RecordText("stop", test::at(1)));
  expect_each_once(203);
  EXPECT_TRUE(verdict().is_whole());
  const auto messages = lines(kMessage);
  EXPECT_THAT(messages[0], HasSubstr("\"connectors\":[\"lab\"]"));
  EXPECT_THAT(messages[0],
              HasSubstr("\"control_id\":\"" + store::test_support::control_id_of("letter 1")));
  EXPECT_THAT(lines().back(), HasSubstr("\"kind\":\"stop\""));
  EXPECT_EQ(verdict().head, trail_->published()) << "the last head is published at the end";
}

// As after kill -9: whatever stands in the file goes on, with nothing twice.
TEST_F(TrailTest, GoesOnWhereAnEndHasLeftIt) {
  for (int round = 0; round < 8; ++round) {
    open_trail();
    follow();
    put(40);
    const bool waits = round % 2 == 0;
    ASSERT_TRUE(!waits || has_caught_up());
    trail_.reset();  // no record of an end
    const auto files = list_trail(disk_, trail_dir()).value();
    const std::string path = trail_dir() + "/" + file_name(files.numbers.back());
    if (round % 3 == 1) {
      std::filesystem::resize_file(path, std::filesystem::file_size(path) - 100);
    }
  }
  open_trail();
  follow();
  ASSERT_TRUE(has_caught_up());
  trail_->close(a_look());
  expect_each_once(320);
  EXPECT_TRUE(verdict().is_whole());
}

TEST_F(TrailTest, FilesAreForTheirOwnerAlone) {
  open_trail();

  struct stat about {};

  ASSERT_EQ(::stat(trail_dir().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0700U);
  ASSERT_EQ(::stat((trail_dir() + "/00000001.jsonl").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
}

// A log from a backup gives numbers again.
TEST_F(TrailTest, ALogThatIsShorterThanTheTrailIsTold) {
  open_trail();
  follow();
  put(5);
  ASSERT_TRUE(has_caught_up());
  trail_.reset();
  shut_store();
  for (const char* const part : {"log", "lanes.db", "index"}) {
    std::filesystem::remove_all(data_dir() + "/" + part);
  }
  open_store();
  open_trail();
  follow();
  put(2);
  ASSERT_TRUE(has_caught_up());
  trail_->close(a_look());
  EXPECT_THAT(lines(kRewound), ElementsAre(HasSubstr("\"recorded_to\":0,\"was\":5")));
  EXPECT_THAT(lines(kMessage), SizeIs(7));
  EXPECT_EQ(verdict().messages_recorded_to, 2U);
}

TEST_F(TrailTest, WhatIsOldGoesByWholeFilesAndTheRestIsProven) {
  ::test_support::ManualClock& clock = manual_;
  clock_ = &clock;
  retain_ = 24h;
  open_trail();
  follow();
  for (int day = 0; day < 5; ++day) {
    put(20);
    ASSERT_TRUE(has_caught_up());
    ASSERT_TRUE(trail_->record_now(RecordText("look", clock.wall_now())));
    const auto before = list_trail(disk_, trail_dir()).value().numbers.back();
    clock.advance(10h);
    ASSERT_TRUE(eventually([&] {
      return list_trail(disk_, trail_dir()).value().numbers.back() > before;
    })) << day;
  }
  EXPECT_TRUE(eventually([&] { return verdict().first_record > 1; }));
  trail_->close(RecordText("stop", clock.wall_now()));
  const Verdict verdict = this->verdict();
  EXPECT_TRUE(verdict.is_whole());
  EXPECT_EQ(verdict.first_record, verdict.dropped_before);
  EXPECT_THAT(lines("look"), SizeIs(testing::AllOf(testing::Ge(2U), testing::Le(3U))));
}

// ── What is told ────────────────────────────────────────────────────────────

AttemptMade attempt(std::uint64_t entry, std::string_view outcome = "delivered") {
  return {{entry}, {}, "lab", 1, test::at(2), outcome, "connect: refused"};
}

TEST_F(TrailTest, AttemptsStandInTheFileWhenTheyWereTold) {
  open_trail();
  const std::vector<AttemptMade> made = {attempt(1, "retry"), attempt(2)};
  trail_->attempts(made);
  EXPECT_THAT(lines("attempt"), ElementsAre(HasSubstr("\"outcome\":\"retry\",\"reason\":\"connect"),
                                            HasSubstr("\"entry\":2")));
}

TEST_F(TrailTest, WhatWasRefusedIsRecordedSoon) {
  open_trail();
  follow();
  RecordedBin bin(*trail_, *store_.archive);
  store::Rejected refused;
  refused.received_at = base::Clock::system().wall_now();  // or it would be old enough to go
  refused.control_id = "BAD1";
  refused.outcome = "rule_failed";
  bin.keep(refused);
  EXPECT_TRUE(eventually([this] { return lines("refused").size() == 1; }));
  const auto kept = store_.archive->search({.control_id = "BAD1"}, std::nullopt, 1);
  EXPECT_THAT(kept->found, SizeIs(1)) << "and it went on to the bin";
}

TEST_F(TrailTest, WhatCameBeforeIsRecordedWithWhatItRepeatsAndNotKept) {
  open_trail();
  follow();
  RecordedBin bin(*trail_, *store_.archive);
  store::Rejected again;
  again.received_at = base::Clock::system().wall_now();
  again.control_id = "TWICE1";
  again.answer_code = "AA";
  again.earlier = {17};
  bin.repeated(again);
  again.outcome = "duplicate";
  again.answer_code = "AR";
  bin.keep(again);
  EXPECT_TRUE(eventually([this] { return lines("refused").size() == 1; }));
  EXPECT_THAT(lines("duplicate"), ElementsAre(HasSubstr("\"answer\":\"AA\",\"earlier\":17")));
  EXPECT_THAT(lines("refused"),
              ElementsAre(HasSubstr("\"answer\":\"AR\",\"reason\":\"duplicate\",\"earlier\":17")));
  const auto kept = store_.archive->search({.control_id = "TWICE1"}, std::nullopt, 9);
  EXPECT_THAT(kept->found, SizeIs(1)) << "the one that was refused";
}

TEST_F(TrailTest, ALookHasTheNumberOfItsRecordOrIsRefused) {
  open_trail();
  EXPECT_EQ(trail_->record_now(a_look()).value(), 2U) << "behind the checkpoint";
  disk_.error = ENOSPC;
  const auto refused = trail_->record_now(a_look());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("the audit trail cannot be written (full, error"));
  disk_.error = 0;
  EXPECT_EQ(trail_->record_now(a_look()).value(), 3U);
  EXPECT_TRUE(verdict().is_whole()) << "the half that was written is gone";
}

// ── A disk that errs ────────────────────────────────────────────────────────

TEST_F(TrailTest, WhatCannotBeWrittenWaitsAndComesInOrder) {
  open_trail();
  follow();
  disk_.error = EIO;
  put(3);
  for (std::uint64_t entry = 1; entry <= 3; ++entry) {
    const std::vector<AttemptMade> made = {attempt(entry)};
    trail_->attempts(made);
  }
  EXPECT_TRUE(
      eventually([] { return telemetry::value(telemetry::Gauge::kAuditFailedAt).has_value(); }));
  EXPECT_TRUE(eventually([] { return telemetry::value(telemetry::Gauge::kAuditLag) == 3; }));
  disk_.error = 0;
  ASSERT_TRUE(has_caught_up());
  EXPECT_TRUE(eventually([this] { return lines("attempt").size() == 3; }));
  trail_->close(a_look());
  EXPECT_FALSE(telemetry::value(telemetry::Gauge::kAuditFailedAt));
  EXPECT_EQ(telemetry::value(telemetry::Gauge::kAuditLag), 0);
  expect_each_once(3);
  EXPECT_THAT(lines("gap"), IsEmpty());
  EXPECT_TRUE(verdict().is_whole());
}

TEST_F(TrailTest, WhatIsTooMuchIsCountedAndTheCountIsRecorded) {
  open_trail();
  follow();
  disk_.error = ENOSPC;
  const std::uint64_t lost_before = telemetry::counted(telemetry::Counter::kAuditLost);
  const std::vector<AttemptMade> made(1000, attempt(1));
  for (int turn = 0; turn < 40; ++turn) trail_->attempts(made);
  const std::uint64_t lost = telemetry::counted(telemetry::Counter::kAuditLost) - lost_before;
  EXPECT_GT(lost, 0U);
  disk_.error = 0;
  EXPECT_TRUE(eventually([&] { return lines("attempt").size() == 40'000 - lost; }));
  EXPECT_THAT(lines("gap"),
              ElementsAre(HasSubstr("\"attempts\":" + std::to_string(lost) + ",\"refused\":0")));
  EXPECT_TRUE(verdict().is_whole());
}

// What strangers can make us write is the first that is left out when room is short.
TEST_F(TrailTest, RefusedMessagesAreOnlyCountedWhereRoomIsShort) {
  open_trail();
  disk_.free = 1999;
  follow();
  EXPECT_TRUE(eventually([this] {
    trail_->refused({});
    return !lines("gap").empty();
  }));
  const auto before = lines("refused").size();
  for (int each = 0; each < 10; ++each) trail_->refused({});
  put(1);
  ASSERT_TRUE(has_caught_up()) << "messages are recorded all the same";
  trail_->close(a_look());
  EXPECT_THAT(lines("refused"), SizeIs(before));
}

TEST_F(TrailTest, AFailedSyncIsFatal) {
  open_trail();
  follow();
  disk_.syncs_fail = true;
  EXPECT_FALSE(trail_->record_now(a_look()));
  EXPECT_GT(fatal_count_, 0);
}

TEST_F(TrailTest, CannotBeOpenedWhereItCannotBeWritten) {
  TrailOptions options;
  options.data_dir = "/proc/nowhere";
  const auto opened = Trail::open(std::move(options));
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error(), HasSubstr("/proc/nowhere/audit: the audit trail cannot be written"));
}

TEST_F(TrailTest, DropsOldFilesWhileItFollows) {
  open_trail();
  follow();
  // Records that are written at once stand in one file, however many they are.
  for (int round = 0; round < 10; ++round) {
    put(30);
    ASSERT_TRUE(has_caught_up());
  }
  EXPECT_GT(trail_->drop_before(base::WallTime::max()).value(), 1U);
  put(10);
  ASSERT_TRUE(has_caught_up());
  trail_->close(a_look());
  EXPECT_TRUE(verdict().is_whole());
  EXPECT_GT(verdict().first_record, 100U);
}

}  // namespace
}  // namespace audit
