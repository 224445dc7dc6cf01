// The window of duplicates over restarts: its files, what is looked up in them before all is
// in memory, and what is made anew when one of them is damaged.
#include "store/sqlite/known_keeper.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/sqlite/known_file.hpp"
#include "store/sqlite/sqlite_outbox.hpp"
#include "store/test_support/guest_disk.hpp"
#include "store/test_support/outbox_fixture.hpp"
#include "store/test_support/temporary_folder.hpp"
#include "test_support/manual_clock.hpp"

namespace store {
namespace {

using namespace std::chrono_literals;
using sqlite::KnownFile;
using sqlite::KnownName;
using store::test_support::Desk;
using store::test_support::make_append;

namespace fs = std::filesystem;

constexpr std::uint64_t kPiece = 32;
constexpr std::uint64_t kSmallSegments = std::uint64_t{64} * 1024;

class KnownKeeperTest : public testing::Test {
 protected:
  ~KnownKeeperTest() override { shut(); }

  void open(std::uint64_t segment_bytes = std::uint64_t{1} << 30U) {
    SqliteOptions options;
    options.data_dir = data();
    options.clock = &clock_;
    options.disk = &disk_;
    options.segment_bytes = segment_bytes;
    options.dedup = DedupOptions{};
    options.dedup->window = 24h;
    options.dedup_piece_ids_for_test = kPiece;
    options.holds_dedup_load_for_test = holds_load_;
    auto opened = open_sqlite_store(std::move(options), archive_options_);
    ASSERT_TRUE(opened) << to_string(opened.error());
    store_ = std::move(opened).value();
    desk_ = std::make_unique<Desk>(*store_.outbox);
  }

  void shut() {
    if (store_.archive) store_.archive->close();
    store_.archive.reset();
    store_.outbox.reset();
  }

  [[nodiscard]] std::string data() const { return folder_.path() + "/data"; }

  std::unique_ptr<Append> asking(const std::string& body, const std::string& reason) {
    FingerprintSource source;
    source.control_id = body;
    source.after_time = base::as_bytes(body);
    auto append = make_append({{body, {}}}, desk_->sink());
    append->drafts.front().dedup = DedupQuery{fingerprint_of(*store_.dedup_secret, source)};
    append->drafts.front().facts.answer_reason = reason;
    return append;
  }

  std::vector<std::unique_ptr<Append>> put(std::vector<std::unique_ptr<Append>> batch) {
    const std::size_t count = batch.size();
    store_.outbox->append(std::move(batch));
    auto back = desk_->sink().take(count);
    EXPECT_EQ(back.size(), count);
    for (const auto& append : back) EXPECT_TRUE(append->outcome);
    return back;
  }

  Draft put_one(const std::string& body, const std::string& reason) {
    std::vector<std::unique_ptr<Append>> batch;
    batch.push_back(asking(body, reason));
    return put(std::move(batch)).at(0)->drafts.front();
  }

  // In commits of a few, so that some lie across the ends of files.
  void put_all(int from, int to, Sighting expected) {
    for (int begin = from; begin < to; begin += 12) {
      std::vector<std::unique_ptr<Append>> batch;
      for (int number = begin; number < std::min(begin + 12, to); ++number) {
        batch.push_back(asking("m" + std::to_string(number), {}));
      }
      for (const auto& append : put(std::move(batch))) {
        EXPECT_EQ(append->drafts.front().recognition.sighting, expected) << begin;
      }
    }
  }

  [[nodiscard]] std::vector<KnownName> names() const {
    std::vector<KnownName> found;
    for (const auto& each : fs::directory_iterator(data() + "/known")) {
      if (const auto name = sqlite::parse_known_name(each.path().filename().string())) {
        found.push_back(*name);
      }
    }
    std::ranges::sort(found);
    return found;
  }

  // The thread works by itself: waits until its files are so, ten seconds at most.
  template <class Condition>
  bool await(const Condition& condition) const {
    // The index rests between its batches, and so does what goes on beside it.
    const auto until = base::Clock::system().steady_now() + 60s;
    while (!condition() && base::Clock::system().steady_now() < until) ::poll(nullptr, 0, 1);
    return condition();
  }

  [[nodiscard]] bool is_whole(const KnownName& name) const {
    const sqlite::Place place{sqlite::Layout(data()), &Disk::system(), {}};
    const auto file = KnownFile::open(place, name, *store_.dedup_secret);
    return file && file->all();
  }

  void spoil(const KnownName& name, std::uintmax_t offset) const {
    std::fstream file(sqlite::Layout(data()).known_file(name),
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file.put('!');
  }

  // Those of the beginning have become one.
  [[nodiscard]] bool has_merged() const {
    const auto all = names();
    return !all.empty() && all.front().after.value == 0 && all.front().to.value > 4 * kPiece;
  }

  [[nodiscard]] bool covers(std::uint64_t to) const {
    const auto all = names();
    return !all.empty() && all.back().to.value >= to;
  }

  [[nodiscard]] std::size_t segment_count() const {
    return store_.archive->care().stats().value().segments.size();
  }

  ::test_support::ManualClock clock_;
  test_support::TemporaryFolder folder_;
  test_support::GuestDisk disk_;
  ArchiveOptions archive_options_;
  bool holds_load_ = false;
  SqliteStore store_;
  std::unique_ptr<Desk> desk_;
};

TEST_F(KnownKeeperTest, WhatCameBeforeIsKnownAfterARestart) {
  open();
  put_all(0, 10, Sighting::kNew);  // less than a file
  shut();
  open();
  put_all(0, 10, Sighting::kDuplicate);
  put_all(10, 12, Sighting::kNew);
}

TEST_F(KnownKeeperTest, WhatStandsInFilesIsKnownAtOnceAndLater) {
  open();
  put_all(0, 100, Sighting::kNew);
  ASSERT_TRUE(await([this] { return covers(96); }));
  for (int restart = 0; restart < 3; ++restart) {
    shut();
    open();
    put_all(0, 100, Sighting::kDuplicate);  // some before, some after it is all in memory
  }
}

// With the loading held: each key is looked up in the files, or in the tail.
TEST_F(KnownKeeperTest, UntilAllIsInMemoryKeysAreLookedUpInTheFiles) {
  open();
  put_all(0, 100, Sighting::kNew);
  ASSERT_TRUE(await([this] { return covers(96); }));
  const DedupSecret secret = *store_.dedup_secret;
  shut();
  const sqlite::Place place{sqlite::Layout(data()), &Disk::system(), {}};
  sqlite::Log log(place);
  log.add({1}, {1});
  sqlite::LogEnds ends;
  ends.committed.store(100);
  ends.published.store(100);
  sqlite::KnownOptions options;
  options.piece_ids = kPiece;
  options.holds_load_for_test = true;
  const auto keeper = sqlite::KnownKeeper::open(place, {log, ends, clock_}, options);
  ASSERT_TRUE(keeper);
  EXPECT_EQ((*keeper)->secret(), secret);
  EXPECT_LE((*keeper)->window().count(), 100 - 96 + 12U);  // the tail alone
  for (int number = 0; number < 110; ++number) {
    const std::string body = "m" + std::to_string(number);
    FingerprintSource source;
    source.control_id = body;
    source.after_time = base::as_bytes(body);
    Draft draft;
    draft.facts.received_at = clock_.wall_now();
    draft.dedup = DedupQuery{fingerprint_of(secret, source)};
    EXPECT_EQ((*keeper)->window().admit(draft, {101}), number >= 100) << number;
  }
  EXPECT_FALSE((*keeper)->is_loaded());
  EXPECT_TRUE((*keeper)->may_go({96}));
  EXPECT_FALSE((*keeper)->may_go({97})) << "it stands in the log alone";
}

TEST_F(KnownKeeperTest, SmallFilesBecomeOneAndNothingIsForgotten) {
  open(kSmallSegments);
  put_all(0, 300, Sighting::kNew);
  ASSERT_TRUE(await([this] { return has_merged(); }));
  shut();
  open(kSmallSegments);
  put_all(0, 300, Sighting::kDuplicate);
}

TEST_F(KnownKeeperTest, AnAnswerThatSaidMoreIsReadFromTheLog) {
  open();
  put_one("warned", "warning:w");
  shut();
  open();
  const Draft again = put_one("warned", "warning:w");
  EXPECT_EQ(again.recognition.sighting, Sighting::kDuplicate);
  EXPECT_TRUE(again.recognition.is_answer_in_log);
  EXPECT_EQ(again.recognition.answer, "MSH|^~\\&|B\rMSA|AA|1\r");
}

TEST_F(KnownKeeperTest, OneThatHasLeftTheWindowIsNewAfterARestartAsWell) {
  open();
  put_all(0, 40, Sighting::kNew);
  ASSERT_TRUE(await([this] { return covers(kPiece); }));
  shut();
  clock_.advance(48h);
  open();
  EXPECT_TRUE(await([this] { return names().empty(); }));
}

TEST_F(KnownKeeperTest, AFileThatIsMissingOrDamagedIsMadeAnewFromTheLog) {
  open();
  put_all(0, 100, Sighting::kNew);
  ASSERT_TRUE(await([this] { return covers(96); }));
  shut();
  const auto before = names();
  ASSERT_EQ(before.size(), 3U);
  const sqlite::Layout layout(data());
  fs::remove(layout.known_file(before[1]));
  spoil(before[2], fs::file_size(layout.known_file(before[2])) - 5);
  open();
  ASSERT_TRUE(await([this, &before] { return names() == before && is_whole(before[2]); }));
  put_all(0, 100, Sighting::kDuplicate);
}

// Before the first file nothing is missed, but for what was there and could not be read.
TEST_F(KnownKeeperTest, TheFirstFileIsMadeAnewAsWell) {
  open();
  put_all(0, 100, Sighting::kNew);
  ASSERT_TRUE(await([this] { return covers(96); }));
  shut();
  const auto before = names();
  spoil(before.front(), 3);
  open();
  ASSERT_TRUE(await([this, &before] { return names() == before && is_whole(before.front()); }));
  put_all(0, 100, Sighting::kDuplicate);
}

// What is damaged behind its head is found when it is read. The small files that are made of the
// log in its place must not be taken for parts of it at the next start.
TEST_F(KnownKeeperTest, ALargeFileThatIsDamagedGivesWayToSmallOnes) {
  open(kSmallSegments);
  put_all(0, 300, Sighting::kNew);
  ASSERT_TRUE(await([this] { return has_merged(); }));
  shut();
  const KnownName large = names().front();
  spoil(large, fs::file_size(sqlite::Layout(data()).known_file(large)) - 5);
  open(kSmallSegments);
  EXPECT_TRUE(await([this] {
    const auto all = names();
    return std::ranges::all_of(all, [this](const KnownName& each) { return is_whole(each); });
  }));
  put_all(0, 300, Sighting::kDuplicate);
}

TEST_F(KnownKeeperTest, WithoutItsSecretTheWindowBeginsAnew) {
  open();
  put_all(0, 40, Sighting::kNew);
  ASSERT_TRUE(await([this] { return covers(kPiece); }));
  const DedupSecret before = *store_.dedup_secret;
  shut();
  fs::remove(data() + "/known/secret");
  open();
  EXPECT_NE(*store_.dedup_secret, before);
  put_all(0, 40, Sighting::kNew);
  put_all(0, 40, Sighting::kDuplicate);
}

TEST_F(KnownKeeperTest, AStoreThatHadNoneGetsOne) {
  SqliteOptions options;
  options.data_dir = data();
  options.clock = &clock_;
  {
    auto opened = open_sqlite_outbox(options);
    ASSERT_TRUE(opened);
    Desk desk(**opened);
    for (int count = 0; count < 5; ++count) desk.put("old", {});
  }
  open();
  put_all(0, 40, Sighting::kNew);
  put_all(0, 40, Sighting::kDuplicate);
}

// ── With retention ──────────────────────────────────────────────────────────

// Segments go after an hour, and the window is a day.
class KnownOfGoneTest : public KnownKeeperTest {
 protected:
  static constexpr std::uint64_t kSegmentBytes = std::uint64_t{32} * 1024;

  // 300 messages, all but those of the last segment in files by key and gone from the log.
  void let_go() {
    archive_options_.retain = 1h;
    archive_options_.look_every = 5ms;
    open(kSegmentBytes);
    put_all(0, 300, Sighting::kNew);
    ASSERT_GT(segment_count(), 2U);
    const EntryId last = store_.archive->care().stats()->segments.back().first;
    ASSERT_TRUE(await([&] { return covers(last.value - 1); }));
    clock_.advance(2h);
    ASSERT_TRUE(await([this] { return segment_count() == 1; }));
    ASSERT_GT(store_.archive->care().stats()->segments.front().first.value, 100U);
  }
};

TEST_F(KnownOfGoneTest, MessagesAreKnownLongerThanTheyAreKept) {
  let_go();
  put_all(0, 300, Sighting::kDuplicate);
  EXPECT_GT(store_.archive->care().stats()->known_bytes, 100U * 32);
  shut();
  open(kSegmentBytes);
  put_all(0, 300, Sighting::kDuplicate);
}

// By which they are known again must stand in files first.
TEST_F(KnownOfGoneTest, TheLogWaitsForTheFiles) {
  holds_load_ = true;
  archive_options_.retain = 1h;
  archive_options_.look_every = 5ms;
  open(kSegmentBytes);
  put_all(0, 300, Sighting::kNew);
  ASSERT_GT(segment_count(), 2U);
  std::atomic<int> looks{0};  // at a segment that is old enough, and of which nothing else is due
  store_.archive->care().let_go_behind([&looks] {
    ++looks;
    return EntryId{1000};
  });
  clock_.advance(2h);
  EXPECT_TRUE(await([&looks] { return looks.load() > 2; }));
  EXPECT_EQ(store_.archive->care().stats()->segments.front().first, EntryId{1});
  shut();
  holds_load_ = false;
  open(kSegmentBytes);
  EXPECT_TRUE(await([this] { return segment_count() == 1; }));
  put_all(0, 300, Sighting::kDuplicate);
}

// A disk that takes no file of ours must not fill up because of that.
TEST_F(KnownOfGoneTest, TheLogDoesNotWaitForFilesThatCannotBeWritten) {
  archive_options_.retain = 1h;
  archive_options_.look_every = 5ms;
  open(kSegmentBytes);
  disk_.fail_syncs();  // of files like these; the log's are SQLite's
  put_all(0, 300, Sighting::kNew);
  ASSERT_GT(segment_count(), 2U);
  clock_.advance(2h);
  EXPECT_TRUE(await([this] { return segment_count() == 1; }));
}

// What is read of the log at the start is gone; files are made of what comes behind it.
TEST_F(KnownOfGoneTest, WhatCannotBeMadeAnewIsNoError) {
  let_go();
  shut();
  for (const KnownName& name : names()) fs::remove(sqlite::Layout(data()).known_file(name));
  open(kSegmentBytes);
  put_all(0, 100, Sighting::kNew);
  put_all(0, 100, Sighting::kDuplicate);
  EXPECT_TRUE(await([this] { return covers(360); }));
}

TEST_F(KnownKeeperTest, ARestoredBackupKnowsWhatItHolds) {
  archive_options_.look_every = 5ms;
  open();
  put_all(0, 100, Sighting::kNew);
  const std::string copy = folder_.path() + "/copy";
  ASSERT_TRUE(store_.archive->care().begin_backup(copy));
  ASSERT_TRUE(await(
      [this] { return store_.archive->care().backup_state().phase != BackupPhase::kRunning; }));
  ASSERT_EQ(store_.archive->care().backup_state().phase, BackupPhase::kDone)
      << store_.archive->care().backup_state().error;
  put_all(100, 110, Sighting::kNew);
  shut();
  fs::remove_all(data());
  fs::rename(copy, data());
  open();
  put_all(0, 100, Sighting::kDuplicate);
  put_all(100, 110, Sighting::kNew);
}

class KnownFileTest : public testing::Test {
 protected:
  KnownFileTest() {
    fs::create_directory(folder_.path() + "/known");
    for (std::uint64_t number = 1; number <= 1000; ++number) {
      entries_.push_back(to_dedup_entry(print(number), {{number}, now(), KeptAnswer::kAA}));
    }
  }

  static base::WallTime now() { return base::WallTime(std::chrono::seconds(5000)); }

  static Fingerprint print(std::uint64_t number) {
    FingerprintSource source;
    const std::string id = std::to_string(number);
    source.control_id = id;
    return fingerprint_of(kSecret, source);
  }

  base::Result<KnownFile, StoreError> write_and_open() {
    auto entries = entries_;
    EXPECT_TRUE(write_known_file(place_, kName, kSecret, entries));
    return KnownFile::open(place_, kName, kSecret);
  }

  static constexpr DedupSecret kSecret = {3, 4};
  static constexpr KnownName kName = {{0}, {1000}};

  test_support::TemporaryFolder folder_;
  sqlite::Place place_{sqlite::Layout(folder_.path()), &Disk::system(), {}};
  std::vector<DedupEntry> entries_;
};

TEST_F(KnownFileTest, FindsEachOfItsKeysAndNoOther) {
  const auto file = write_and_open();
  ASSERT_TRUE(file);
  for (std::uint64_t number = 1; number <= 1000; ++number) {
    const auto found = file->find(print(number), 1);
    ASSERT_TRUE(found && *found) << number;
    EXPECT_EQ((*found)->id().value, number);
  }
  for (std::uint64_t number = 1001; number <= 2000; ++number) {
    EXPECT_FALSE(*file->find(print(number), 1)) << number;
  }
  EXPECT_FALSE(*file->find(print(1), 5001));
  std::size_t count = 0;
  for (std::size_t shard = 0; shard < kDedupShards; ++shard) {
    const auto entries = file->shard(shard);
    ASSERT_TRUE(entries);
    for (const DedupEntry& entry : *entries) {
      EXPECT_EQ(shard_of(entry.key_high), shard);
      ++count;
    }
  }
  EXPECT_EQ(count, 1000U);
  EXPECT_EQ(file->all()->size(), 1000U);
}

TEST_F(KnownFileTest, AnotherSecretCannotOpenIt) {
  ASSERT_TRUE(write_and_open());
  EXPECT_EQ(KnownFile::open(place_, kName, {5, 6}).error().fault, StoreFault::kDamaged);
}

// Any octet of it, and any length: it is not opened, or it says so when it is read.
TEST_F(KnownFileTest, EachChangeIsFound) {
  ASSERT_TRUE(write_and_open());
  const std::string path = place_.layout.known_file(kName);
  const auto whole = *Disk::system().read(path);
  for (std::size_t at = 0; at < whole.size(); at += at < 64 ? 5 : 1777) {
    auto octets = whole;
    octets[at] ^= std::byte{0x10};
    ASSERT_TRUE(Disk::system().write_synced(path, octets));
    const auto file = KnownFile::open(place_, kName, kSecret);
    EXPECT_FALSE(file && file->all()) << at;
    octets = whole;
    octets.resize(at);
    ASSERT_TRUE(Disk::system().write_synced(path, octets));
    const auto cut = KnownFile::open(place_, kName, kSecret);
    EXPECT_FALSE(cut && cut->all()) << at;
  }
}

}  // namespace
}  // namespace store
