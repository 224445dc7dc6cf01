// store/disk.hpp: what the store does with files of its own, beside SQLite.
//
// A seam: tests put a simulated disk behind it, on which a power cut takes all
// that was not synced. Paths are as the caller builds them. Errors are StoreErrors:
// kFull for a lack of room, kSyncFailed for a failed sync, kIo for the rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "store/append.hpp"

namespace store {

using DiskStatus = base::Status<StoreError>;

// A file that grows at its end. One thread at a time, but that sync() may run beside the others.
class DiskFile {
 public:
  virtual ~DiskFile() = default;

  // After a failure any beginning of the octets may have been written.
  [[nodiscard]] virtual DiskStatus append(base::ByteView octets) = 0;

  // Cuts it to this size.
  [[nodiscard]] virtual DiskStatus truncate(std::uint64_t size_bytes) = 0;

  [[nodiscard]] virtual DiskStatus sync() = 0;
};

// Held by one process at a time, for as long as it lives.
class DiskLock {
 public:
  virtual ~DiskLock() = default;
};

// Why a lock was not to be had: another process has it, or `error`.
struct LockRefusal {
  bool is_held = false;
  int holder_pid = 0;  // 0 where the holder did not say
  StoreError error;
};

struct FilePart {
  std::uint64_t offset = 0;
  std::size_t size_bytes = 0;
};

// A file that is read, also when its name has gone meanwhile. Thread-safe.
class DiskSource {
 public:
  virtual ~DiskSource() = default;

  // These octets of it; kDamaged where it ends before.
  [[nodiscard]] virtual base::Result<std::vector<std::byte>, StoreError> read(
      const FilePart& part) const = 0;
};

// Thread-safe.
class Disk {
 public:
  virtual ~Disk() = default;

  // Creates the folder (0700) unless it is there. Not durable before its parent
  // is synced.
  [[nodiscard]] virtual DiskStatus make_folder(const std::string& path) = 0;

  // Creates an empty file (0600) unless it is there.
  [[nodiscard]] virtual DiskStatus touch(const std::string& path) = 0;

  // Writes a file (0600) of these octets, in place of any there, and syncs it.
  [[nodiscard]] virtual DiskStatus write_synced(const std::string& path, base::ByteView octets) = 0;

  // Opens a file (0600) to append to it; made if it is not there.
  [[nodiscard]] virtual base::Result<std::unique_ptr<DiskFile>, StoreError> open_to_append(
      const std::string& path) = 0;

  // All octets of a file.
  [[nodiscard]] virtual base::Result<std::vector<std::byte>, StoreError> read(
      const std::string& path) = 0;

  // Opens a file to read parts of it.
  [[nodiscard]] virtual base::Result<std::unique_ptr<DiskSource>, StoreError> open_to_read(
      const std::string& path) = 0;

  // Success if it was not there.
  [[nodiscard]] virtual DiskStatus remove(const std::string& path) = 0;

  // Of an empty folder; success if it was not there.
  [[nodiscard]] virtual DiskStatus remove_folder(const std::string& path) = 0;

  // Cuts a file that is longer; success if it is not there.
  [[nodiscard]] virtual DiskStatus cut(const std::string& path, std::uint64_t size_bytes) = 0;

  // Gives a file, whose octets are synced, one more name; success if that was there. Not
  // durable before the folder is synced.
  [[nodiscard]] virtual DiskStatus link(const std::string& from, const std::string& to) = 0;

  // Gives a file another name, in place of any there. Likewise.
  [[nodiscard]] virtual DiskStatus rename(const std::string& from, const std::string& to) = 0;

  // How long a file is; none if it is not there.
  [[nodiscard]] virtual base::Result<std::optional<std::uint64_t>, StoreError> size_bytes(
      const std::string& path) = 0;

  // Makes the names in a folder durable.
  [[nodiscard]] virtual DiskStatus sync_folder(const std::string& path) = 0;

  // The names in a folder, in no order; none if the folder is not there.
  [[nodiscard]] virtual base::Result<std::vector<std::string>, StoreError> list(
      const std::string& path) = 0;

  // Room that an ordinary user may still take on the file system of `path`.
  [[nodiscard]] virtual base::Result<std::uint64_t, StoreError> free_bytes(
      const std::string& path) = 0;

  // Takes the lock file, or tells who has it.
  [[nodiscard]] virtual base::Result<std::unique_ptr<DiskLock>, LockRefusal> lock(
      const std::string& path) = 0;

  // The machine's own. Lives for ever.
  [[nodiscard]] static Disk& system() noexcept;
};

// The error of a failed system call, from errno.
[[nodiscard]] StoreError disk_error(int os_error) noexcept;

}  // namespace store
