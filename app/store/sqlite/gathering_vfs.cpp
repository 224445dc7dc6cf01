#include "store/sqlite/gathering_vfs.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include "base/check.hpp"

namespace store::sqlite {
namespace {

// Octets that wait to be written, side by side.
struct Gathered {
  std::unique_ptr<std::byte[]> octets;
  std::size_t size = 0;
  sqlite3_int64 offset = 0;
  int lost = SQLITE_OK;  // why some of them never reached the file; the next sync fails with it

  [[nodiscard]] bool takes(std::size_t count, sqlite3_int64 at) const noexcept {
    return size + count <= kGatherBytesMax &&
           (size == 0 || at == offset + static_cast<sqlite3_int64>(size));
  }

  void add(const void* from, std::size_t count, sqlite3_int64 at) {
    if (!octets) octets = std::make_unique_for_overwrite<std::byte[]>(kGatherBytesMax);
    if (size == 0) offset = at;
    const auto* const first = static_cast<const std::byte*>(from);
    std::copy(first, first + count, octets.get() + size);
    size += count;
  }
};

// An open file; SQLite gives the memory, and that of the other VFS's file behind it.
struct File {
  sqlite3_file base;
  Gathered* gathered;  // null where writes go straight on
};

File& of(sqlite3_file* file) noexcept { return *reinterpret_cast<File*>(file); }

sqlite3_file* real(sqlite3_file* file) noexcept {
  return reinterpret_cast<sqlite3_file*>(&of(file) + 1);
}

const sqlite3_io_methods& methods(sqlite3_file* file) noexcept { return *real(file)->pMethods; }

int hand_on(sqlite3_file* file) {
  Gathered* const gathered = of(file).gathered;
  if (gathered == nullptr || gathered->size == 0) return SQLITE_OK;
  const int size = static_cast<int>(gathered->size);
  gathered->size = 0;
  const int code = methods(file).xWrite(real(file), gathered->octets.get(), size, gathered->offset);
  if (code != SQLITE_OK) gathered->lost = code;
  return code;
}

// ── A file ──────────────────────────────────────────────────────────────────

int close(sqlite3_file* file) {
  const int written = hand_on(file);
  const int closed = methods(file).xClose(real(file));
  delete of(file).gathered;
  return written != SQLITE_OK ? written : closed;
}

int read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
  const int written = hand_on(file);
  return written != SQLITE_OK ? written : methods(file).xRead(real(file), out, size, offset);
}

int write(sqlite3_file* file, const void* octets, int size, sqlite3_int64 offset) {
  Gathered* const gathered = of(file).gathered;
  const auto count = static_cast<std::size_t>(size);
  if (gathered != nullptr && gathered->takes(count, offset)) {
    gathered->add(octets, count, offset);
    return SQLITE_OK;
  }
  const int written = hand_on(file);
  if (written != SQLITE_OK) {
    gathered->lost = SQLITE_OK;  // told to the transaction that wrote it: it is over
    return written;
  }
  if (gathered == nullptr || !gathered->takes(count, offset)) {
    return methods(file).xWrite(real(file), octets, size, offset);
  }
  gathered->add(octets, count, offset);
  return SQLITE_OK;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  const int written = hand_on(file);
  return written != SQLITE_OK ? written : methods(file).xTruncate(real(file), size);
}

int sync(sqlite3_file* file, int flags) {
  static_cast<void>(hand_on(file));
  Gathered* const gathered = of(file).gathered;
  const int lost = gathered == nullptr ? SQLITE_OK : std::exchange(gathered->lost, SQLITE_OK);
  return lost != SQLITE_OK ? lost : methods(file).xSync(real(file), flags);
}

int size(sqlite3_file* file, sqlite3_int64* out) {
  const int written = hand_on(file);
  return written != SQLITE_OK ? written : methods(file).xFileSize(real(file), out);
}

int lock(sqlite3_file* file, int level) { return methods(file).xLock(real(file), level); }

int unlock(sqlite3_file* file, int level) { return methods(file).xUnlock(real(file), level); }

int is_reserved(sqlite3_file* file, int* out) {
  return methods(file).xCheckReservedLock(real(file), out);
}

int control(sqlite3_file* file, int what, void* argument) {
  return methods(file).xFileControl(real(file), what, argument);
}

int sector_size(sqlite3_file* file) { return methods(file).xSectorSize(real(file)); }

int characteristics(sqlite3_file* file) { return methods(file).xDeviceCharacteristics(real(file)); }

// ── The shared index of a write-ahead log

int shm_map(sqlite3_file* file, int region, int size, int extend, volatile void** out) {
  return methods(file).xShmMap(real(file), region, size, extend, out);
}

int shm_lock(sqlite3_file* file, int first, int count, int flags) {
  return methods(file).xShmLock(real(file), first, count, flags);
}

void shm_barrier(sqlite3_file* file) { methods(file).xShmBarrier(real(file)); }

int shm_unmap(sqlite3_file* file, int remove) {
  return methods(file).xShmUnmap(real(file), remove);
}

// Version 2: no file is mapped into memory, as that would see nothing of what waits.
constexpr sqlite3_io_methods kMethods = {
    2,         close,       read,    write,       truncate,        sync,    size,     lock,
    unlock,    is_reserved, control, sector_size, characteristics, shm_map, shm_lock, shm_barrier,
    shm_unmap, nullptr,     nullptr};

// ── The file system ─────────────────────────────────────────────────────────

sqlite3_vfs* base_of(sqlite3_vfs* vfs) noexcept { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
  file->pMethods = nullptr;
  File& opened = of(file);
  opened.gathered = nullptr;
  const int code = base_of(vfs)->xOpen(base_of(vfs), name, real(file), flags, out);
  if (code != SQLITE_OK) {
    if (real(file)->pMethods != nullptr) static_cast<void>(methods(file).xClose(real(file)));
    return code;
  }
  CHECK(methods(file).iVersion >= 2);
  if ((flags & SQLITE_OPEN_WAL) != 0) opened.gathered = new Gathered;
  file->pMethods = &kMethods;
  return SQLITE_OK;
}

int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  return base_of(vfs)->xDelete(base_of(vfs), name, sync_folder);
}

int access(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
  return base_of(vfs)->xAccess(base_of(vfs), name, flags, out);
}

int full_path(sqlite3_vfs* vfs, const char* name, int size, char* out) {
  return base_of(vfs)->xFullPathname(base_of(vfs), name, size, out);
}

int randomness(sqlite3_vfs* vfs, int size, char* out) {
  return base_of(vfs)->xRandomness(base_of(vfs), size, out);
}

int sleep(sqlite3_vfs* vfs, int microseconds) {
  return base_of(vfs)->xSleep(base_of(vfs), microseconds);
}

int current_time(sqlite3_vfs* vfs, sqlite3_int64* out) {
  return base_of(vfs)->xCurrentTimeInt64(base_of(vfs), out);
}

int last_error(sqlite3_vfs* vfs, int size, char* out) {
  return base_of(vfs)->xGetLastError(base_of(vfs), size, out);
}

std::string fresh_name() {
  static std::atomic<unsigned> count{0};
  return "gathering-" + std::to_string(++count);
}

}  // namespace

GatheringVfs::GatheringVfs(const std::string& base) : name_(fresh_name()) {
  sqlite3_vfs* const other = sqlite3_vfs_find(base.empty() ? nullptr : base.c_str());
  CHECK(other != nullptr && other->iVersion >= 2);
  vfs_.iVersion = 2;
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + other->szOsFile;
  vfs_.mxPathname = other->mxPathname;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = other;
  vfs_.xOpen = open;
  vfs_.xDelete = remove;
  vfs_.xAccess = access;
  vfs_.xFullPathname = full_path;
  vfs_.xRandomness = randomness;
  vfs_.xSleep = sleep;
  vfs_.xGetLastError = last_error;
  vfs_.xCurrentTimeInt64 = current_time;
  const int registered = sqlite3_vfs_register(&vfs_, 0);
  CHECK(registered == SQLITE_OK);
}

GatheringVfs::~GatheringVfs() { sqlite3_vfs_unregister(&vfs_); }

}  // namespace store::sqlite
