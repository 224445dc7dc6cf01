#include "store/test_support/simulated_vfs.hpp"

#include <poll.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <new>
#include <optional>

#include "base/check.hpp"

namespace store::test_support {
namespace {

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

int to_code(std::optional<FaultKind> fault, int io_code) {
  if (!fault) return SQLITE_OK;
  if (*fault == FaultKind::kFull) return SQLITE_FULL;
  return io_code;
}

}  // namespace

// An open file; SQLite gives the memory.
struct SimulatedVfs::Handle {
  sqlite3_file base;
  SimulatedVfs* vfs;
  SimulatedDisk::FileRef* file;
  std::string* path;
  bool needs_folder_sync;  // as SQLite's own VFS does for a new log or journal
};

// What SQLite calls.
struct SimulatedVfs::Calls {
  static Handle& of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }

  static SimulatedVfs& of(sqlite3_vfs* vfs) { return *static_cast<SimulatedVfs*>(vfs->pAppData); }

  static Shared& shared(Handle& handle) { return handle.vfs->shared_[*handle.path]; }

  // ── The file system

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out);
  static int remove(sqlite3_vfs* vfs, const char* name, int sync_folder);
  static int access(sqlite3_vfs* vfs, const char* name, int flags, int* out);

  static int full_path(sqlite3_vfs* /*vfs*/, const char* name, int size, char* out) {
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
  }

  static int randomness(sqlite3_vfs* /*vfs*/, int size, char* out) {
    static std::atomic<unsigned> seed{1};
    for (int index = 0; index < size; ++index) {
      out[index] = static_cast<char>((seed = seed * 1'103'515'245U + 12'345U) >> 16U);
    }
    return size;
  }

  // Really: another thread's lock is waited for, which else seemed to be held for seconds.
  static int sleep(sqlite3_vfs* /*vfs*/, int microseconds) {
    static_cast<void>(::poll(nullptr, 0, std::max(microseconds / 1000, 1)));
    return microseconds;
  }

  static int current_time(sqlite3_vfs* /*vfs*/, sqlite3_int64* out) {
    *out = 212'000'000'000'000;
    return SQLITE_OK;
  }

  static int last_error(sqlite3_vfs* /*vfs*/, int /*size*/, char* /*out*/) { return 0; }

  // ── A file

  static int close(sqlite3_file* file);
  static int read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset);
  static int write(sqlite3_file* file, const void* octets, int size, sqlite3_int64 offset);
  static int truncate(sqlite3_file* file, sqlite3_int64 size);
  static int sync(sqlite3_file* file, int flags);
  static int size(sqlite3_file* file, sqlite3_int64* out);
  static int lock(sqlite3_file* file, int level);
  static int unlock(sqlite3_file* file, int level);
  static int is_reserved(sqlite3_file* file, int* out);

  static int control(sqlite3_file* /*file*/, int /*what*/, void* /*argument*/) {
    return SQLITE_NOTFOUND;
  }

  static int sector_size(sqlite3_file* /*file*/) { return 4096; }

  static int characteristics(sqlite3_file* /*file*/) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

  // ── The shared index of a write-ahead log

  static int shm_map(sqlite3_file* file, int region, int size, int extend, volatile void** out);
  static int shm_lock(sqlite3_file* file, int first, int count, int flags);
  static bool take_slots(Shared& shared, const Handle* handle, std::size_t first, std::size_t last,
                         bool exclusive);

  static void shm_barrier(sqlite3_file* /*file*/) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }

  static int shm_unmap(sqlite3_file* file, int remove);

  static const sqlite3_io_methods kMethods;
};

const sqlite3_io_methods SimulatedVfs::Calls::kMethods = {
    2,         close,       read,    write,       truncate,        sync,    size,     lock,
    unlock,    is_reserved, control, sector_size, characteristics, shm_map, shm_lock, shm_barrier,
    shm_unmap, nullptr,     nullptr};

int SimulatedVfs::Calls::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
                              int* out) {
  file->pMethods = nullptr;
  if (name == nullptr) return SQLITE_CANTOPEN;  // temporary files are not expected
  SimulatedVfs& self = of(vfs);
  SimulatedDisk& disk = self.disk_;
  const std::lock_guard lock(disk.mutex_);
  SimulatedDisk::FileRef found = disk.find(name);
  bool is_new_log = false;
  if (found == nullptr) {
    if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    if (disk.step(StepKind::kWrite)) return SQLITE_CANTOPEN;
    found = disk.make(name, false);
    is_new_log = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
  }
  Handle& handle = of(file);
  handle.vfs = &self;
  handle.file = new SimulatedDisk::FileRef(std::move(found));
  handle.path = new std::string(name);
  handle.needs_folder_sync = is_new_log;
  file->pMethods = &kMethods;
  if (out != nullptr) *out = flags;
  return SQLITE_OK;
}

int SimulatedVfs::Calls::remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  SimulatedDisk& disk = of(vfs).disk_;
  const std::lock_guard lock(disk.mutex_);
  if (disk.find(name) == nullptr) return SQLITE_IOERR_DELETE_NOENT;
  if (disk.erase(name)) return SQLITE_IOERR_DELETE;
  if (sync_folder != 0 && disk.sync_names(parent_of(name))) return SQLITE_IOERR_DIR_FSYNC;
  return SQLITE_OK;
}

int SimulatedVfs::Calls::access(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
  SimulatedDisk& disk = of(vfs).disk_;
  const std::lock_guard lock(disk.mutex_);
  const SimulatedDisk::FileRef found = disk.find(name);
  // As SQLite's own: an empty file does not exist.
  *out = found != nullptr && (flags != SQLITE_ACCESS_EXISTS || !found->now.empty()) ? 1 : 0;
  return SQLITE_OK;
}

int SimulatedVfs::Calls::close(sqlite3_file* file) {
  Handle& handle = of(file);
  const std::lock_guard lock(handle.vfs->disk_.mutex_);
  shared(handle).locks.erase(&handle);
  delete handle.file;
  delete handle.path;
  return SQLITE_OK;
}

int SimulatedVfs::Calls::read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
  Handle& handle = of(file);
  const std::lock_guard lock(handle.vfs->disk_.mutex_);
  const std::vector<std::byte>& octets = (*handle.file)->now;
  const auto begin = static_cast<std::size_t>(offset);
  const auto wanted = static_cast<std::size_t>(size);
  const std::size_t there = begin >= octets.size() ? 0 : std::min(wanted, octets.size() - begin);
  if (there > 0) std::memcpy(out, octets.data() + begin, there);
  if (there == wanted) return SQLITE_OK;
  std::memset(static_cast<char*>(out) + there, 0, wanted - there);
  return SQLITE_IOERR_SHORT_READ;
}

int SimulatedVfs::Calls::write(sqlite3_file* file, const void* octets, int size,
                               sqlite3_int64 offset) {
  Handle& handle = of(file);
  SimulatedDisk& disk = handle.vfs->disk_;
  const std::lock_guard lock(disk.mutex_);
  const base::ByteView view(static_cast<const std::byte*>(octets), static_cast<std::size_t>(size));
  return to_code(disk.write(**handle.file, static_cast<std::size_t>(offset), view),
                 SQLITE_IOERR_WRITE);
}

int SimulatedVfs::Calls::truncate(sqlite3_file* file, sqlite3_int64 size) {
  Handle& handle = of(file);
  SimulatedDisk& disk = handle.vfs->disk_;
  const std::lock_guard lock(disk.mutex_);
  return to_code(disk.truncate(**handle.file, static_cast<std::size_t>(size)),
                 SQLITE_IOERR_TRUNCATE);
}

int SimulatedVfs::Calls::sync(sqlite3_file* file, int /*flags*/) {
  Handle& handle = of(file);
  SimulatedDisk& disk = handle.vfs->disk_;
  const std::lock_guard lock(disk.mutex_);
  if (disk.sync(**handle.file, *handle.path)) return SQLITE_IOERR_FSYNC;
  if (!handle.needs_folder_sync) return SQLITE_OK;
  if (disk.sync_names(parent_of(*handle.path))) return SQLITE_IOERR_DIR_FSYNC;
  handle.needs_folder_sync = false;
  return SQLITE_OK;
}

int SimulatedVfs::Calls::size(sqlite3_file* file, sqlite3_int64* out) {
  Handle& handle = of(file);
  const std::lock_guard lock(handle.vfs->disk_.mutex_);
  *out = static_cast<sqlite3_int64>((*handle.file)->now.size());
  return SQLITE_OK;
}

int SimulatedVfs::Calls::lock(sqlite3_file* file, int level) {
  Handle& handle = of(file);
  const std::lock_guard lock(handle.vfs->disk_.mutex_);
  auto& locks = shared(handle).locks;
  int& mine = locks[&handle];
  int highest_of_others = SQLITE_LOCK_NONE;
  for (const auto& [other, held] : locks) {
    if (other != &handle) highest_of_others = std::max(highest_of_others, held);
  }
  const int allowed_beside = level == SQLITE_LOCK_SHARED     ? SQLITE_LOCK_RESERVED
                             : level == SQLITE_LOCK_RESERVED ? SQLITE_LOCK_SHARED
                                                             : SQLITE_LOCK_NONE;
  if (highest_of_others > allowed_beside) return SQLITE_BUSY;
  mine = std::max(mine, level);
  return SQLITE_OK;
}

int SimulatedVfs::Calls::unlock(sqlite3_file* file, int level) {
  Handle& handle = of(file);
  const std::lock_guard lock(handle.vfs->disk_.mutex_);
  int& mine = shared(handle).locks[&handle];
  mine = std::min(mine, level);
  return SQLITE_OK;
}

int SimulatedVfs::Calls::is_reserved(sqlite3_file* file, int* out) {
  Handle& handle = of(file);
  const std::lock_guard lock(handle.vfs->disk_.mutex_);
  const auto& locks = shared(handle).locks;
  *out = std::any_of(locks.begin(), locks.end(),
                     [](const auto& held) { return held.second >= SQLITE_LOCK_RESERVED; })
             ? 1
             : 0;
  return SQLITE_OK;
}

int SimulatedVfs::Calls::shm_map(sqlite3_file* file, int region, int size, int extend,
                                 volatile void** out) {
  Handle& handle = of(file);
  const std::lock_guard lock(handle.vfs->disk_.mutex_);
  Shared& index = shared(handle);
  index.mapped.insert(&handle);
  *out = nullptr;
  CHECK(static_cast<std::size_t>(size) == sizeof(*index.regions[0]));
  const auto wanted = static_cast<std::size_t>(region);
  if (wanted >= index.regions.size() && extend == 0) return SQLITE_OK;
  while (index.regions.size() <= wanted) {
    index.regions.push_back(std::make_unique<std::array<char, 32'768>>());
    index.regions.back()->fill(0);
  }
  *out = index.regions[wanted]->data();
  return SQLITE_OK;
}

int SimulatedVfs::Calls::shm_lock(sqlite3_file* file, int first, int count, int flags) {
  Handle& handle = of(file);
  const std::lock_guard lock(handle.vfs->disk_.mutex_);
  Shared& index = shared(handle);
  const auto begin = static_cast<std::size_t>(first);
  const std::size_t end = begin + static_cast<std::size_t>(count);
  if ((flags & SQLITE_SHM_LOCK) != 0) {
    const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    return take_slots(index, &handle, begin, end, exclusive) ? SQLITE_OK : SQLITE_BUSY;
  }
  for (std::size_t slot = begin; slot < end; ++slot) {
    index.shm_shared[slot].erase(&handle);
    if (index.shm_exclusive[slot] == &handle) index.shm_exclusive[slot] = nullptr;
  }
  return SQLITE_OK;
}

bool SimulatedVfs::Calls::take_slots(Shared& shared, const Handle* handle, std::size_t first,
                                     std::size_t last, bool exclusive) {
  for (std::size_t slot = first; slot < last; ++slot) {
    const Handle* const owner = shared.shm_exclusive[slot];
    if (owner != nullptr && owner != handle) return false;
    const auto& sharers = shared.shm_shared[slot];
    const bool has_others = sharers.size() > sharers.count(handle);
    if (exclusive && has_others) return false;
  }
  for (std::size_t slot = first; slot < last; ++slot) {
    if (exclusive) {
      shared.shm_exclusive[slot] = handle;
    } else {
      shared.shm_shared[slot].insert(handle);
    }
  }
  return true;
}

int SimulatedVfs::Calls::shm_unmap(sqlite3_file* file, int /*remove*/) {
  Handle& handle = of(file);
  const std::lock_guard lock(handle.vfs->disk_.mutex_);
  Shared& index = shared(handle);
  index.mapped.erase(&handle);
  // The last to go takes the index along, as a process does that ends.
  if (index.mapped.empty()) index.regions.clear();
  return SQLITE_OK;
}

SimulatedVfs::SimulatedVfs(SimulatedDisk& disk) : disk_(disk) {
  static std::atomic<unsigned> count{0};
  name_ = "simulated_" + std::to_string(++count);
  vfs_.iVersion = 2;
  vfs_.szOsFile = sizeof(Handle);
  vfs_.mxPathname = 512;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.xOpen = Calls::open;
  vfs_.xDelete = Calls::remove;
  vfs_.xAccess = Calls::access;
  vfs_.xFullPathname = Calls::full_path;
  vfs_.xRandomness = Calls::randomness;
  vfs_.xSleep = Calls::sleep;
  vfs_.xGetLastError = Calls::last_error;
  vfs_.xCurrentTimeInt64 = Calls::current_time;
  CHECK(sqlite3_vfs_register(&vfs_, 0) == SQLITE_OK);
}

SimulatedVfs::~SimulatedVfs() { sqlite3_vfs_unregister(&vfs_); }

}  // namespace store::test_support
