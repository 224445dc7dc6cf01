#include "store/test_support/counting_vfs.hpp"

#include <string_view>
#include <utility>

#include "base/check.hpp"

namespace store::test_support {
namespace {

struct CountedFile {
  sqlite3_file base;
  Counts* counts;
  bool can_be_spoilt;
};

CountedFile& of(sqlite3_file* file) { return *reinterpret_cast<CountedFile*>(file); }

sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(&of(file) + 1); }

const sqlite3_io_methods& methods(sqlite3_file* file) { return *real(file)->pMethods; }

int counted_read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
  if (of(file).can_be_spoilt && of(file).counts->spoil_next_read.exchange(false)) {
    return SQLITE_IOERR_CORRUPTFS;
  }
  return methods(file).xRead(real(file), out, size, offset);
}

int counted_write(sqlite3_file* file, const void* octets, int size, sqlite3_int64 offset) {
  Counts& counts = *of(file).counts;
  if (!counts.spoilt.empty()) return methods(file).xWrite(real(file), octets, size, offset);
  counts.write_sizes.push_back(size);
  if (std::exchange(counts.fail_next_write, false)) return SQLITE_IOERR_WRITE;
  return methods(file).xWrite(real(file), octets, size, offset);
}

int counted_sync(sqlite3_file* file, int flags) {
  if (of(file).counts->spoilt.empty()) ++of(file).counts->syncs;
  return methods(file).xSync(real(file), flags);
}

const sqlite3_io_methods kMethods = {
    2,
    [](sqlite3_file* file) { return methods(file).xClose(real(file)); },
    counted_read,
    counted_write,
    [](sqlite3_file* file, sqlite3_int64 size) {
      return methods(file).xTruncate(real(file), size);
    },
    counted_sync,
    [](sqlite3_file* file, sqlite3_int64* out) { return methods(file).xFileSize(real(file), out); },
    [](sqlite3_file* file, int level) { return methods(file).xLock(real(file), level); },
    [](sqlite3_file* file, int level) { return methods(file).xUnlock(real(file), level); },
    [](sqlite3_file* file, int* out) { return methods(file).xCheckReservedLock(real(file), out); },
    [](sqlite3_file* file, int what, void* argument) {
      return methods(file).xFileControl(real(file), what, argument);
    },
    [](sqlite3_file* file) { return methods(file).xSectorSize(real(file)); },
    [](sqlite3_file* file) { return methods(file).xDeviceCharacteristics(real(file)); },
    [](sqlite3_file* file, int region, int size, int extend, volatile void** out) {
      return methods(file).xShmMap(real(file), region, size, extend, out);
    },
    [](sqlite3_file* file, int first, int count, int flags) {
      return methods(file).xShmLock(real(file), first, count, flags);
    },
    [](sqlite3_file* file) { methods(file).xShmBarrier(real(file)); },
    [](sqlite3_file* file, int remove) { return methods(file).xShmUnmap(real(file), remove); },
    nullptr,
    nullptr};

sqlite3_vfs* system_vfs() { return sqlite3_vfs_find(nullptr); }

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
  Counts* const counts = static_cast<Counts*>(vfs->pAppData);
  const std::string_view path = name == nullptr ? "" : name;
  of(file).counts = counts;
  of(file).can_be_spoilt = !counts->spoilt.empty() && path.ends_with(counts->spoilt);
  const int code = system_vfs()->xOpen(system_vfs(), name, real(file), flags, out);
  file->pMethods = code == SQLITE_OK ? &kMethods : nullptr;
  return code;
}

}  // namespace

CountingVfs::CountingVfs() : vfs_(*system_vfs()) {
  vfs_.zName = "counting";
  vfs_.pNext = nullptr;
  vfs_.szOsFile += static_cast<int>(sizeof(CountedFile));
  vfs_.pAppData = &counts;
  vfs_.xOpen = open;
  const int registered = sqlite3_vfs_register(&vfs_, 0);
  CHECK(registered == SQLITE_OK);
}

CountingVfs::~CountingVfs() { sqlite3_vfs_unregister(&vfs_); }

}  // namespace store::test_support
