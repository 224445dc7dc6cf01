#include "store/disk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "base/try.hpp"

namespace store {
namespace {

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0600;

DiskStatus failed() { return base::fail(disk_error(errno)); }

// An open file that is closed at the end of its life.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags)
      : number_(::open(path.c_str(), flags | O_CLOEXEC, kFileMode)) {}

  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }

  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  int number_;
};

DiskStatus write_all(const Descriptor& file, base::ByteView octets) {
  while (!octets.empty()) {
    const ssize_t written = ::write(file.number(), octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed();
    octets = octets.subspan(static_cast<std::size_t>(written));
  }
  return base::Done{};
}

DiskStatus sync(const Descriptor& file) {
  if (::fsync(file.number()) == 0) return base::Done{};
  return base::fail(StoreError{StoreFault::kSyncFailed, errno});
}

class AppendedFile final : public DiskFile {
 public:
  explicit AppendedFile(std::unique_ptr<Descriptor> file) : file_(std::move(file)) {}

  DiskStatus append(base::ByteView octets) override { return write_all(*file_, octets); }

  DiskStatus truncate(std::uint64_t size_bytes) override {
    if (::ftruncate(file_->number(), static_cast<off_t>(size_bytes)) == 0) return base::Done{};
    return failed();
  }

  DiskStatus sync() override {
    if (::fdatasync(file_->number()) == 0) return base::Done{};
    return base::fail(StoreError{StoreFault::kSyncFailed, errno});
  }

 private:
  std::unique_ptr<Descriptor> file_;
};

// As much of it as is there.
base::Result<std::vector<std::byte>, StoreError> read_from(const Descriptor& file,
                                                           const FilePart& part) {
  std::vector<std::byte> octets(part.size_bytes);
  std::size_t filled = 0;
  while (filled < octets.size()) {
    const ssize_t count = ::pread(file.number(), octets.data() + filled, octets.size() - filled,
                                  static_cast<off_t>(part.offset + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::fail(disk_error(errno));
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  octets.resize(filled);
  return octets;
}

class ReadFile final : public DiskSource {
 public:
  explicit ReadFile(std::unique_ptr<Descriptor> file) : file_(std::move(file)) {}

  base::Result<std::vector<std::byte>, StoreError> read(const FilePart& part) const override {
    auto octets = read_from(*file_, part);
    if (octets && octets->size() < part.size_bytes) {
      return base::fail(StoreError{StoreFault::kDamaged, 0});
    }
    return octets;
  }

 private:
  std::unique_ptr<Descriptor> file_;
};

class FileLock final : public DiskLock {
 public:
  explicit FileLock(std::unique_ptr<Descriptor> file) : file_(std::move(file)) {}

 private:
  std::unique_ptr<Descriptor> file_;  // closing it gives the lock up
};

int read_pid(const Descriptor& file) {
  std::array<char, 16> text{};
  const ssize_t count = ::pread(file.number(), text.data(), text.size(), 0);
  int pid = 0;
  if (count > 0) static_cast<void>(std::from_chars(text.data(), text.data() + count, pid));
  return pid;
}

class SystemDisk final : public Disk {
 public:
  DiskStatus make_folder(const std::string& path) override {
    if (::mkdir(path.c_str(), kFolderMode) == 0 || errno == EEXIST) return base::Done{};
    return failed();
  }

  DiskStatus touch(const std::string& path) override {
    const Descriptor file(path, O_WRONLY | O_CREAT);
    if (!file.is_open()) return failed();
    return base::Done{};
  }

  DiskStatus write_synced(const std::string& path, base::ByteView octets) override {
    const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file.is_open()) return failed();
    static_cast<void>(TRY(write_all(file, octets)));
    return sync(file);
  }

  base::Result<std::unique_ptr<DiskFile>, StoreError> open_to_append(
      const std::string& path) override {
    auto file = std::make_unique<Descriptor>(path, O_WRONLY | O_CREAT | O_APPEND);
    if (!file->is_open()) return base::fail(disk_error(errno));
    return std::unique_ptr<DiskFile>(std::make_unique<AppendedFile>(std::move(file)));
  }

  base::Result<std::vector<std::byte>, StoreError> read(const std::string& path) override;
  base::Result<std::unique_ptr<DiskSource>, StoreError> open_to_read(
      const std::string& path) override;

  DiskStatus remove(const std::string& path) override {
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return base::Done{};
    return failed();
  }

  DiskStatus remove_folder(const std::string& path) override {
    if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return base::Done{};
    return failed();
  }

  DiskStatus cut(const std::string& path, std::uint64_t size_bytes) override {
    const auto size = TRY(this->size_bytes(path));
    if (!size || *size <= size_bytes) return base::Done{};
    if (::truncate(path.c_str(), static_cast<off_t>(size_bytes)) == 0) return base::Done{};
    return failed();
  }

  DiskStatus link(const std::string& from, const std::string& to) override {
    if (::link(from.c_str(), to.c_str()) == 0 || errno == EEXIST) return base::Done{};
    return failed();
  }

  DiskStatus rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) == 0) return base::Done{};
    return failed();
  }

  base::Result<std::optional<std::uint64_t>, StoreError> size_bytes(
      const std::string& path) override {
    struct stat about {};

    if (::stat(path.c_str(), &about) == 0) {
      return std::optional(static_cast<std::uint64_t>(about.st_size));
    }
    if (errno == ENOENT) return std::optional<std::uint64_t>();
    return base::fail(disk_error(errno));
  }

  DiskStatus sync_folder(const std::string& path) override {
    const Descriptor folder(path, O_RDONLY | O_DIRECTORY);
    if (!folder.is_open()) return failed();
    return sync(folder);
  }

  base::Result<std::vector<std::string>, StoreError> list(const std::string& path) override;

  base::Result<std::uint64_t, StoreError> free_bytes(const std::string& path) override {
    struct statvfs room {};

    if (::statvfs(path.c_str(), &room) != 0) return base::fail(disk_error(errno));
    return std::uint64_t{room.f_bavail} * room.f_frsize;
  }

  base::Result<std::unique_ptr<DiskLock>, LockRefusal> lock(const std::string& path) override;
};

base::Result<std::vector<std::byte>, StoreError> SystemDisk::read(const std::string& path) {
  const Descriptor file(path, O_RDONLY);

  struct stat about {};

  if (!file.is_open() || ::fstat(file.number(), &about) != 0) {
    return base::fail(disk_error(errno));
  }
  return read_from(file, {0, static_cast<std::size_t>(about.st_size)});
}

base::Result<std::unique_ptr<DiskSource>, StoreError> SystemDisk::open_to_read(
    const std::string& path) {
  auto file = std::make_unique<Descriptor>(path, O_RDONLY);
  if (!file->is_open()) return base::fail(disk_error(errno));
  return std::unique_ptr<DiskSource>(std::make_unique<ReadFile>(std::move(file)));
}

base::Result<std::vector<std::string>, StoreError> SystemDisk::list(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
  if (folder == nullptr) {
    if (errno == ENOENT) return names;
    return base::fail(disk_error(errno));
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): each thread reads a folder of its own
  while (const dirent* const entry = ::readdir(folder.get())) {
    const std::string_view name(static_cast<const char*>(entry->d_name));
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

base::Result<std::unique_ptr<DiskLock>, LockRefusal> SystemDisk::lock(const std::string& path) {
  auto file = std::make_unique<Descriptor>(path, O_RDWR | O_CREAT);
  if (!file->is_open()) return base::fail(LockRefusal{false, 0, disk_error(errno)});
  if (::flock(file->number(), LOCK_EX | LOCK_NB) != 0) {
    const int os_error = errno;
    return base::fail(LockRefusal{os_error == EWOULDBLOCK, read_pid(*file), disk_error(os_error)});
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file->number(), 0) != 0 ||
      ::pwrite(file->number(), pid.data(), pid.size(), 0) < 0) {
    return base::fail(LockRefusal{false, 0, disk_error(errno)});
  }
  return std::unique_ptr<DiskLock>(std::make_unique<FileLock>(std::move(file)));
}

}  // namespace

Disk& Disk::system() noexcept {
  static SystemDisk disk;
  return disk;
}

StoreError disk_error(int os_error) noexcept {
  const bool no_room = os_error == ENOSPC || os_error == EDQUOT;
  return {no_room ? StoreFault::kFull : StoreFault::kIo, os_error};
}

}  // namespace store
