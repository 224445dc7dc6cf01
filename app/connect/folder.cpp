#include "connect/folder.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/try.hpp"

namespace connectors {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kFolderMode = 0750;
constexpr std::size_t kSyncedNamesMax = 1024;
constexpr std::size_t kCompareBytes = 64 * base::kKiB;

// "a/b/c.hl7" -> "a/b"; "c.hl7" -> "."
std::string folder_part(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string::npos ? "." : name.substr(0, slash);
}

// None, or the reason (errno) why they cannot be compared; ENOTEMPTY: they differ.
int compare(int descriptor, base::ByteView octets) noexcept {
  std::array<std::byte, kCompareBytes> piece{};
  while (!octets.empty()) {
    const ssize_t got = ::read(descriptor, piece.data(), std::min(piece.size(), octets.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    const auto got_bytes = static_cast<std::size_t>(got);
    const base::ByteView read = base::ByteView(piece).first(got_bytes);
    if (got_bytes == 0 || !std::ranges::equal(read, octets.first(got_bytes))) return ENOTEMPTY;
    octets = octets.subspan(got_bytes);
  }
  return 0;
}

Failure conflict(const std::string& path) {
  return {.what = FailureClass::kConflict,
          .blame = Blame::kMessage,
          .reason = path + " exists already with other octets"};
}

}  // namespace

Failure disk_failure(std::string_view step, const std::string& path, int os_error) {
  const bool name = os_error == ENAMETOOLONG || os_error == EILSEQ;
  return {
      .what = name ? FailureClass::kName : FailureClass::kDisk,
      .blame = name ? Blame::kMessage : Blame::kTarget,
      .reason = fmt::format("{} {}: {}", step, path, std::generic_category().message(os_error))};
}

int write_all(int descriptor, base::ByteView octets) noexcept {
  while (!octets.empty()) {
    const ssize_t written = ::write(descriptor, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    octets = octets.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

std::string Folder::path_of(const std::string& name) const { return path_ + "/" + name; }

base::Status<Failure> Folder::reopen() {
  Descriptor opened(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));

  struct stat now {};

  if (!opened.is_open() || ::fstat(opened.value(), &now) != 0) {
    const int os_error = errno;
    Failure failure = disk_failure("open folder", path_, os_error);
    failure.what = FailureClass::kDisk;  // the name is the operator's, not the message's
    failure.blame = Blame::kTarget;
    return base::fail(std::move(failure));
  }
  if (now.st_dev != device_ || now.st_ino != inode_ || synced_.size() > kSyncedNamesMax) {
    synced_.clear();
  }
  device_ = now.st_dev;
  inode_ = now.st_ino;
  folder_ = std::move(opened);
  return base::Done{};
}

base::Status<Failure> Folder::make_folders_of(const std::string& name) {
  for (std::size_t slash = name.find('/'); slash != std::string::npos;
       slash = name.find('/', slash + 1)) {
    const std::string folder = name.substr(0, slash);
    const bool made = ::mkdirat(folder_.value(), folder.c_str(), kFolderMode) == 0;
    if (!made && errno != EEXIST) {
      return base::fail(disk_failure("make folder", path_of(folder), errno));
    }
    if (made) synced_.erase(folder);
    if (auto synced = sync_folder_of_once(folder); !synced) return synced;
  }
  return base::Done{};
}

base::Status<Failure> Folder::write_new(const std::string& name, base::ByteView octets) {
  // What a crash left behind may be shared with nobody: made anew, not truncated.
  static_cast<void>(::unlinkat(folder_.value(), name.c_str(), 0));
  const Descriptor file(::openat(folder_.value(), name.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!file.is_open()) return base::fail(disk_failure("create", path_of(name), errno));

  int os_error = write_all(file.value(), octets);
  if (os_error == 0 && ::fsync(file.value()) != 0) os_error = errno;
  if (os_error == 0) return base::Done{};
  static_cast<void>(::unlinkat(folder_.value(), name.c_str(), 0));
  return base::fail(disk_failure("write", path_of(name), os_error));
}

// 0, or errno. Not every file system knows the flag; those know links.
int Folder::rename_without_replacing(const std::string& from, const std::string& to) const {
  const int folder = folder_.value();
  if (::renameat2(folder, from.c_str(), folder, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) return errno;
  if (::linkat(folder, from.c_str(), folder, to.c_str(), 0) != 0) return errno;
  static_cast<void>(::unlinkat(folder, from.c_str(), 0));
  return 0;
}

base::Status<Failure> Folder::accept_existing(const std::string& name,
                                              base::ByteView octets) const {
  const Descriptor file(
      ::openat(folder_.value(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open() && errno == ELOOP) return base::fail(conflict(path_of(name)));
  if (!file.is_open()) return base::fail(disk_failure("open", path_of(name), errno));

  struct stat found {};

  if (::fstat(file.value(), &found) != 0) {
    return base::fail(disk_failure("look at", path_of(name), errno));
  }
  if (!S_ISREG(found.st_mode) || found.st_size != static_cast<off_t>(octets.size())) {
    return base::fail(conflict(path_of(name)));
  }
  const int os_error = compare(file.value(), octets);
  if (os_error == ENOTEMPTY) return base::fail(conflict(path_of(name)));
  // The run that wrote it may have ended before its sync.
  if (os_error != 0 || ::fsync(file.value()) != 0) {
    return base::fail(disk_failure("read", path_of(name), os_error != 0 ? os_error : errno));
  }
  return base::Done{};
}

base::Status<Failure> Folder::place(const std::string& name, const std::string& temporary_name,
                                    base::ByteView octets) {
  if (auto written = write_new(temporary_name, octets); !written) return written;
  const int os_error = rename_without_replacing(temporary_name, name);
  if (os_error == 0) return base::Done{};
  static_cast<void>(::unlinkat(folder_.value(), temporary_name.c_str(), 0));
  if (os_error == EEXIST) return accept_existing(name, octets);
  return base::fail(disk_failure("rename to", path_of(name), os_error));
}

base::Status<Failure> Folder::sync_folder_of(const std::string& name) {
  const std::string part = folder_part(name);
  const Descriptor folder(
      ::openat(folder_.value(), part.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open() || ::fsync(folder.value()) != 0) {
    return base::fail(disk_failure("sync folder", path_of(part), errno));
  }
  return base::Done{};
}

base::Status<Failure> Folder::sync_folder_of_once(const std::string& name) {
  if (synced_.contains(name)) return base::Done{};
  if (auto synced = sync_folder_of(name); !synced) return synced;
  synced_.insert(name);
  return base::Done{};
}

}  // namespace connectors
