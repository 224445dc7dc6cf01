// audit/trail_writer.hpp: puts records at the end of a trail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "audit/audit_key.hpp"
#include "audit/chain.hpp"
#include "audit/trail_folder.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/disk.hpp"
#include "store/entry.hpp"
#include "store/payload_cipher.hpp"

namespace audit {

struct TrailPlace {
  std::string folder;  // holds a slash; what it lies in is there
  store::Disk* disk = nullptr;
  std::uint64_t file_bytes = std::uint64_t{16} << 20U;   // a new file begins when it is reached
  std::shared_ptr<const store::PayloadCipher> cipher{};  // seals records; null: all is in clear
};

// What was found at the end of a trail when it was opened, and put aside.
struct Recovery {
  std::uint64_t octets = 0;
  std::uint64_t lines = 0;  // whole ones among them, which a torn write does not leave

  [[nodiscard]] bool is_needed() const noexcept { return octets > 0; }
};

// Not thread-safe, but that what file() yields may be synced beside it.
class TrailWriter {
 public:
  // Opens the trail of a folder, made (0700) if it is not there, to go on behind its last
  // record that fits. What does not fit at its end is cut off; whole lines of it are kept
  // beside it. A new file begins where the key is another one than before.
  [[nodiscard]] static base::Result<TrailWriter, store::StoreError> open(TrailPlace place,
                                                                         AuditKeys keys,
                                                                         base::WallTime now);

  // Appends these in one write, chained in this order: all or none. `recorded_to`: with them
  // the log is recorded so far. Not synced, but what stands in the files before.
  [[nodiscard]] store::DiskStatus append(std::span<const std::string> records,
                                         store::EntryId recorded_to, base::WallTime now);

  // The file that what was appended last stands in.
  [[nodiscard]] std::shared_ptr<store::DiskFile> file() const { return file_; }

  [[nodiscard]] const Head& head() const noexcept { return head_; }

  // Up to here the log is recorded.
  [[nodiscard]] store::EntryId recorded_to() const noexcept { return recorded_to_; }

  [[nodiscard]] const Recovery& recovery() const noexcept { return recovery_; }

  // Grows with each file that is begun.
  [[nodiscard]] FileNumber file_number() const noexcept { return number_; }

  // Removes the files all of whose records were written before `before`, but for the last one;
  // how many. A record says so first, durably. What a crash leaves of them goes with the next
  // call.
  [[nodiscard]] base::Result<std::size_t, store::StoreError> drop_before(base::WallTime before,
                                                                         base::WallTime now);

  // Begins a new file where the last was begun before `before`: so it can go one day.
  [[nodiscard]] store::DiskStatus end_file_of(base::WallTime before, base::WallTime now);
  // Begins a new file, so that those before it are not written any more; what they are called,
  // to be sealed anew.
  [[nodiscard]] base::Result<std::vector<std::string>, store::StoreError> begin_anew(
      base::WallTime now);

 private:
  TrailWriter(TrailPlace place, AuditKeys keys);

  [[nodiscard]] store::DiskStatus recover(base::WallTime now);
  [[nodiscard]] base::Result<bool, store::StoreError> continue_in(FileNumber number,
                                                                  base::WallTime now);
  [[nodiscard]] store::DiskStatus set_aside(base::ByteView rest, FileNumber number);
  [[nodiscard]] store::DiskStatus begin_file(base::WallTime now);
  [[nodiscard]] store::DiskStatus try_file(FileNumber number, base::WallTime now);
  [[nodiscard]] store::DiskStatus remove_stray();
  [[nodiscard]] store::DiskStatus write(std::span<const std::string> records);
  [[nodiscard]] base::Result<std::string, store::StoreError> begin_of(FileNumber number) const;
  [[nodiscard]] store::DiskStatus remove_before(FileNumber number, const TrailFiles& files);
  [[nodiscard]] std::string path_of(const std::string& name) const;

  TrailPlace place_;
  AuditKeys keys_;
  Chain chain_;
  FileNumber number_;  // {0}: no file is open
  std::shared_ptr<store::DiskFile> file_;
  std::uint64_t size_bytes_ = 0;
  std::string begun_at_;    // when its checkpoint was written, as there
  bool is_torn_ = false;    // behind size_bytes_ may stand what a failed write has left
  bool has_stray_ = false;  // of the next number may stand a file that was not begun
  Head head_;
  store::EntryId recorded_to_;
  Recovery recovery_;
  std::string lines_;  // buffers
  std::string line_;
};

// Seals a file that is not written any more with the current key, whatever it was sealed with:
// whole or not at all. REQUIRES: there is a cipher.
[[nodiscard]] store::DiskStatus seal_file(const TrailPlace& place, const std::string& name);

}  // namespace audit
