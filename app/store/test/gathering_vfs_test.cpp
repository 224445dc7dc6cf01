#include "store/sqlite/gathering_vfs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/test_support/temporary_folder.hpp"

namespace store::sqlite {
namespace {

// Stands between the gathering VFS and the system's own, and counts what passes.
struct Counts {
  std::vector<int> write_sizes;
  int syncs = 0;
  bool fail_next_write = false;
};

struct CountedFile {
  sqlite3_file base;
  Counts* counts;
};

sqlite3_file* real(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<CountedFile*>(file) + 1);
}

Counts& counts_of(sqlite3_file* file) { return *reinterpret_cast<CountedFile*>(file)->counts; }

int counted_write(sqlite3_file* file, const void* octets, int size, sqlite3_int64 offset) {
  Counts& counts = counts_of(file);
  counts.write_sizes.push_back(size);
  if (std::exchange(counts.fail_next_write, false)) return SQLITE_IOERR_WRITE;
  return real(file)->pMethods->xWrite(real(file), octets, size, offset);
}

int counted_sync(sqlite3_file* file, int flags) {
  ++counts_of(file).syncs;
  return real(file)->pMethods->xSync(real(file), flags);
}

const sqlite3_io_methods kCountedMethods = {
    2,
    [](sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); },
    [](sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
      return real(file)->pMethods->xRead(real(file), out, size, offset);
    },
    counted_write,
    [](sqlite3_file* file, sqlite3_int64 size) {
      return real(file)->pMethods->xTruncate(real(file), size);
    },
    counted_sync,
    [](sqlite3_file* file, sqlite3_int64* out) {
      return real(file)->pMethods->xFileSize(real(file), out);
    },
    [](sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); },
    [](sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); },
    [](sqlite3_file* file, int* out) {
      return real(file)->pMethods->xCheckReservedLock(real(file), out);
    },
    [](sqlite3_file* file, int what, void* argument) {
      return real(file)->pMethods->xFileControl(real(file), what, argument);
    },
    [](sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); },
    [](sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); },
    [](sqlite3_file* file, int region, int size, int extend, volatile void** out) {
      return real(file)->pMethods->xShmMap(real(file), region, size, extend, out);
    },
    [](sqlite3_file* file, int first, int count, int flags) {
      return real(file)->pMethods->xShmLock(real(file), first, count, flags);
    },
    [](sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); },
    [](sqlite3_file* file, int remove) {
      return real(file)->pMethods->xShmUnmap(real(file), remove);
    },
    nullptr,
    nullptr};

class CountingVfs {
 public:
  CountingVfs() : system_(sqlite3_vfs_find(nullptr)), vfs_(*system_) {
    vfs_.zName = "counting";
    vfs_.pNext = nullptr;
    vfs_.szOsFile += static_cast<int>(sizeof(CountedFile));
    own_counts_ = &counts;
    vfs_.xOpen = [](sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags,
                    int* out) {
      auto& counted = *reinterpret_cast<CountedFile*>(file);
      counted.counts = own_counts_;
      sqlite3_vfs* const system = sqlite3_vfs_find(nullptr);
      const int code = system->xOpen(system, name, real(file), flags, out);
      file->pMethods = code == SQLITE_OK ? &kCountedMethods : nullptr;
      return code;
    };
    EXPECT_EQ(sqlite3_vfs_register(&vfs_, 0), SQLITE_OK);
  }

  ~CountingVfs() { sqlite3_vfs_unregister(&vfs_); }

  CountingVfs(const CountingVfs&) = delete;
  CountingVfs& operator=(const CountingVfs&) = delete;

  Counts counts;

 private:
  static inline Counts* own_counts_ = nullptr;
  sqlite3_vfs* system_;
  sqlite3_vfs vfs_;
};

// A file of the gathering VFS, used as SQLite does.
class GatheringVfsTest : public testing::Test {
 protected:
  GatheringVfsTest() {
    sqlite3_vfs* const vfs = sqlite3_vfs_find(vfs_.name().c_str());
    memory_.resize(static_cast<std::size_t>(vfs->szOsFile));
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MAIN_DB;
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

}  // namespace
}  // namespace store::sqlite
