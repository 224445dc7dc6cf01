#include "connect/frame_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "base/try.hpp"
#include "connect/descriptor.hpp"
#include "mllp/octets.hpp"
#include "telemetry/log.hpp"

namespace connectors {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr off_t kSearchBytes = 64 * static_cast<off_t>(base::kKiB);
constexpr std::size_t kFailedNamesMax = 256;

// Fills `piece` from that place, or says why not (errno); EIO for a file cut meanwhile.
int read_at(int file, std::span<std::byte> piece, off_t offset) noexcept {
  while (!piece.empty()) {
    const ssize_t got = ::pread(file, piece.data(), piece.size(), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got < 0 ? errno : EIO;
    piece = piece.subspan(static_cast<std::size_t>(got));
    offset += got;
  }
  return 0;
}

// The place behind the last 1C 0D among these octets.
std::optional<std::size_t> end_of_last_frame(base::ByteView octets) noexcept {
  for (std::size_t end = octets.size(); end >= 2; --end) {
    if (octets[end - 2] == mllp::kEndOctet && octets[end - 1] == mllp::kCloseOctet) return end;
  }
  return std::nullopt;
}

// The same in a whole file, searched from its end; 0 if there is none. An errno fails it.
base::Result<off_t, int> find_end_of_last_frame(int file, off_t file_bytes) {
  std::vector<std::byte> piece;
  off_t end = file_bytes;
  while (end > 0) {
    const off_t begin = std::max<off_t>(0, end - kSearchBytes);
    piece.resize(static_cast<std::size_t>(end - begin));
    const int os_error = read_at(file, piece, begin);
    if (os_error != 0) return base::fail(os_error);
    if (const auto found = end_of_last_frame(piece)) return begin + static_cast<off_t>(*found);
    if (begin == 0) break;
    end = begin + 1;  // the pair may lie across two pieces
  }
  return off_t{0};
}

base::Status<Failure> write_synced(int file, const std::string& path, base::ByteView octets) {
  int os_error = write_all(file, octets);
  if (os_error == 0 && ::fsync(file) != 0) os_error = errno;
  if (os_error != 0) return base::fail(disk_failure("append to", path, os_error));
  return base::Done{};
}

bool begins_with_frame(int file) noexcept {
  std::byte first{};
  return read_at(file, {&first, 1}, 0) == 0 && first == mllp::kStartOctet;
}

}  // namespace

// The length up to which the file is good, after it was cut to that.
base::Result<off_t, Failure> FrameFiles::cut_back(int file, const std::string& name,
                                                  const std::string& path) const {
  struct stat now {};

  if (::fstat(file, &now) != 0) return base::fail(disk_failure("look at", path, errno));
  if (now.st_size == 0) return off_t{0};
  if (!S_ISREG(now.st_mode) || !begins_with_frame(file)) {
    return base::fail(Failure{.what = FailureClass::kConflict,
                              .blame = Blame::kTarget,
                              .reason = path + " exists already and holds no MLLP frames"});
  }
  const auto found = find_end_of_last_frame(file, now.st_size);
  if (!found) return base::fail(disk_failure("read", path, found.error()));

  off_t good_bytes = *found;
  const auto failed = failed_.find(name);
  if (failed != failed_.end() && failed->second.device == now.st_dev &&
      failed->second.inode == now.st_ino) {
    good_bytes = std::min(good_bytes, failed->second.bytes);
  }
  if (good_bytes == now.st_size) return good_bytes;
  if (::ftruncate(file, good_bytes) != 0) return base::fail(disk_failure("cut", path, errno));
  telemetry::log(telemetry::Level::kWarning, "torn_tail_cut",
                 {{"file", path}, {"bytes", now.st_size - good_bytes}, {"left", good_bytes}});
  return good_bytes;
}

base::Status<Failure> FrameFiles::append(Folder& folder, const std::string& name,
                                         base::ByteView frames) {
  const std::string path = folder.path_of(name);
  const Descriptor file(::openat(folder.descriptor(), name.c_str(),
                                 O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                                 kFileMode));
  if (!file.is_open()) return base::fail(disk_failure("open", path, errno));
  if (::flock(file.value(), LOCK_EX | LOCK_NB) != 0) {
    return base::fail(disk_failure("lock", path, errno));
  }
  const off_t good_bytes = TRY(cut_back(file.value(), name, path));
  if (::lseek(file.value(), good_bytes, SEEK_SET) < 0) {
    return base::fail(disk_failure("append to", path, errno));
  }
  auto written = write_synced(file.value(), path, frames);
  if (written) written = folder.sync_folder_of_once(name);
  if (written) {
    failed_.erase(name);
  } else {
    undo(file.value(), name, good_bytes);
  }
  return written;
}

// Whole frames of a failed write are not on disk for certain: they go as well, now
// if the disk lets us, else before the next append.
void FrameFiles::undo(int file, const std::string& name, off_t good_bytes) {
  struct stat now {};

  if (failed_.size() >= kFailedNamesMax) failed_.clear();
  if (::fstat(file, &now) == 0) {
    failed_[name] = {.device = now.st_dev, .inode = now.st_ino, .bytes = good_bytes};
  }
  static_cast<void>(::ftruncate(file, good_bytes));
}

}  // namespace connectors
