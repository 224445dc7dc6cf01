#include "store/sqlite/gathering_vfs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/sqlite/segment.hpp"
#include "store/sqlite/statement.hpp"
#include "store/test_support/counting_vfs.hpp"
#include "store/test_support/temporary_folder.hpp"

namespace store::sqlite {
namespace {

using test_support::CountingVfs;

// A write-ahead log of the gathering VFS, used as SQLite does.
class GatheringVfsTest : public testing::Test {
 protected:
  GatheringVfsTest() {
    sqlite3_vfs* const vfs = sqlite3_vfs_find(vfs_.name().c_str());
    memory_.resize(static_cast<std::size_t>(vfs->szOsFile));
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_WAL;
    int out = 0;
    EXPECT_EQ(vfs->xOpen(vfs, path_.c_str(), file(), flags, &out), SQLITE_OK);
  }

  ~GatheringVfsTest() override {
    if (file()->pMethods == nullptr) return;
    EXPECT_EQ(close(), SQLITE_OK);
  }

  sqlite3_file* file() { return reinterpret_cast<sqlite3_file*>(memory_.data()); }

  int write(std::string_view octets, sqlite3_int64 offset) {
    return file()->pMethods->xWrite(file(), octets.data(), static_cast<int>(octets.size()), offset);
  }

  std::string read(int size, sqlite3_int64 offset) {
    std::string octets(static_cast<std::size_t>(size), '?');
    EXPECT_EQ(file()->pMethods->xRead(file(), octets.data(), size, offset), SQLITE_OK);
    return octets;
  }

  int sync() { return file()->pMethods->xSync(file(), SQLITE_SYNC_NORMAL); }

  int close() {
    const int code = file()->pMethods->xClose(file());
    file()->pMethods = nullptr;
    return code;
  }

  [[nodiscard]] const std::vector<int>& write_sizes() const { return below_.counts.write_sizes; }

  test_support::TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/x.db";
  CountingVfs below_;
  GatheringVfs vfs_{"counting"};
  std::vector<char> memory_;
};

TEST_F(GatheringVfsTest, WhatLiesSideBySideIsOneWriteBeforeTheSync) {
  ASSERT_EQ(write("abc", 0), SQLITE_OK);
  ASSERT_EQ(write("defg", 3), SQLITE_OK);
  ASSERT_EQ(write("h", 7), SQLITE_OK);
  EXPECT_THAT(write_sizes(), testing::IsEmpty());
  ASSERT_EQ(sync(), SQLITE_OK);
  EXPECT_THAT(write_sizes(), testing::ElementsAre(8));
  EXPECT_EQ(below_.counts.syncs, 1);
  EXPECT_EQ(read(8, 0), "abcdefgh");
}

TEST_F(GatheringVfsTest, WhatLiesElsewhereIsAWriteOfItsOwnInTheSameOrder) {
  ASSERT_EQ(write("abc", 0), SQLITE_OK);
  ASSERT_EQ(write("xy", 10), SQLITE_OK);
  ASSERT_EQ(write("BC", 1), SQLITE_OK);
  ASSERT_EQ(sync(), SQLITE_OK);
  EXPECT_THAT(write_sizes(), testing::ElementsAre(3, 2, 2));
  EXPECT_EQ(read(3, 0), "aBC");
  EXPECT_EQ(read(2, 10), "xy");
}

TEST_F(GatheringVfsTest, WhoeverReadsOrAsksSeesWhatWasWritten) {
  ASSERT_EQ(write("abc", 0), SQLITE_OK);
  EXPECT_EQ(read(2, 1), "bc");
  ASSERT_EQ(write("def", 3), SQLITE_OK);
  sqlite3_int64 size = 0;
  ASSERT_EQ(file()->pMethods->xFileSize(file(), &size), SQLITE_OK);
  EXPECT_EQ(size, 6);
  ASSERT_EQ(write("ghi", 6), SQLITE_OK);
  ASSERT_EQ(file()->pMethods->xTruncate(file(), 7), SQLITE_OK);
  EXPECT_EQ(read(7, 0), "abcdefg");
}

TEST_F(GatheringVfsTest, NothingIsLostAtTheLimitAndAtTheEnd) {
  const std::string page(4096, 'p');
  const std::size_t count = 2 * kGatherBytesMax / page.size() + 1;
  for (std::size_t index = 0; index < count; ++index) {
    ASSERT_EQ(write(page, static_cast<sqlite3_int64>(index * page.size())), SQLITE_OK);
  }
  const std::string huge(kGatherBytesMax + 1, 'h');
  ASSERT_EQ(write(huge, static_cast<sqlite3_int64>(count * page.size())), SQLITE_OK);
  ASSERT_EQ(write("end", 0), SQLITE_OK);
  ASSERT_EQ(close(), SQLITE_OK);
  EXPECT_THAT(write_sizes(),
              testing::ElementsAre(kGatherBytesMax, kGatherBytesMax, page.size(), huge.size(), 3));
}

// A write that fails is told by the sync that needed it, once, and does not come back.
TEST_F(GatheringVfsTest, AFailedWriteIsToldAndDropped) {
  ASSERT_EQ(write("abc", 0), SQLITE_OK);
  below_.counts.fail_next_write = true;
  EXPECT_EQ(sync(), SQLITE_IOERR_WRITE);
  EXPECT_EQ(below_.counts.syncs, 0) << "nothing is synced that was not written";
  ASSERT_EQ(write("xyz", 0), SQLITE_OK);
  ASSERT_EQ(sync(), SQLITE_OK);
  EXPECT_EQ(read(3, 0), "xyz");
}

// Whoever read may not have cared for the error: the sync must not hide it.
TEST_F(GatheringVfsTest, AWriteThatFailsBeforeAReadFailsTheSyncAsWell) {
  ASSERT_EQ(write("abc", 0), SQLITE_OK);
  below_.counts.fail_next_write = true;
  char octet = 0;
  EXPECT_EQ(file()->pMethods->xRead(file(), &octet, 1, 0), SQLITE_IOERR_WRITE);
  EXPECT_EQ(sync(), SQLITE_IOERR_WRITE);
  EXPECT_EQ(sync(), SQLITE_OK) << "told once";
}

TEST_F(GatheringVfsTest, AWriteThatFailsIsToldToTheNextWrite) {
  ASSERT_EQ(write("abc", 0), SQLITE_OK);
  below_.counts.fail_next_write = true;
  EXPECT_EQ(write("elsewhere", 100), SQLITE_IOERR_WRITE);
  EXPECT_EQ(sync(), SQLITE_OK) << "who wrote knows, and has undone it";
}

TEST_F(GatheringVfsTest, ItsNameIsGoneWithIt) {
  std::string name;
  {
    const GatheringVfs other("");
    name = other.name();
    EXPECT_NE(name, vfs_.name());
    EXPECT_NE(sqlite3_vfs_find(name.c_str()), nullptr);
  }
  EXPECT_EQ(sqlite3_vfs_find(name.c_str()), nullptr);
}

// ── With SQLite on top ──────────────────────────────────────────────────────

class GatheredDatabaseTest : public testing::Test {
 protected:
  Connection open() {
    auto connection = Connection::open(path_, vfs_.name(), OpenMode::kCreate);
    EXPECT_TRUE(connection.has_value());
    EXPECT_TRUE(set_up_to_write(*connection));
    return std::move(connection).value();
  }

  void add_rows(Connection& connection, int count) {
    for (int row = 0; row < count; ++row) {
      ASSERT_TRUE(connection.run("INSERT INTO thing VALUES(zeroblob(3000))"));
    }
  }

  test_support::TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/x.db";
  GatheringVfs vfs_{""};
};

// A reader of an older state lets the checkpoint come as far as that state only. From then
// on everybody looks for those pages in the database, where they must be.
TEST_F(GatheredDatabaseTest, ACheckpointThatAReaderStopsShowsNothingHalf) {
  Connection writer = open();
  ASSERT_TRUE(writer.run("CREATE TABLE thing(octets BLOB)"));
  add_rows(writer, 20);
  Connection slow = open();
  ASSERT_TRUE(slow.run("BEGIN"));
  ASSERT_EQ(slow.number("SELECT count(*) FROM thing").value(), 20);
  add_rows(writer, 20);
  int in_log = 0;
  int moved = 0;
  ASSERT_EQ(sqlite3_wal_checkpoint_v2(writer.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log,
                                      &moved),
            SQLITE_OK);
  ASSERT_GT(moved, 0);
  ASSERT_LT(moved, in_log) << "the checkpoint was to be stopped";
  Connection other = open();
  const auto sum = other.number("SELECT sum(length(octets)) FROM thing");
  ASSERT_TRUE(sum) << "a page that is not there yet";
  EXPECT_EQ(*sum, 40 * 3000);
}

}  // namespace
}  // namespace store::sqlite
