// store/sqlite/payload_files.hpp: payloads that are too large for a row.
//
// A file is written and synced, and its name made durable, before the commit that
// refers to it; so a row never names a file that is not there. A file that no row
// names is left of a commit that did not come about, and is removed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "base/bytes.hpp"
#include "store/disk.hpp"
#include "store/sqlite/layout.hpp"

namespace store::sqlite {

// Payloads above this many octets lie in files of their own.
inline constexpr std::size_t kInlineBytesMax = 256 * base::kKiB;

// The writer's side. Not thread-safe.
class PayloadFiles {
 public:
  PayloadFiles(Disk& disk, Layout layout) : disk_(disk), layout_(std::move(layout)) {}

  // Writes the file of one entry of the coming commit.
  [[nodiscard]] DiskStatus write(SegmentNumber segment, EntryId id, base::ByteView payload);

  // Makes the names of all that were written durable: before the commit.
  [[nodiscard]] DiskStatus sync(SegmentNumber segment);

  // After the commit: the files stay.
  void keep() noexcept { fresh_.clear(); }

  // After a commit that failed: the files go, as far as the disk lets us.
  void discard(SegmentNumber segment);

  // At start: removes what a commit that never came about left behind, i.e. files
  // of entries above `last`. Looks at this segment's folder only.
  void remove_orphans(SegmentNumber segment, EntryId last);

 private:
  [[nodiscard]] DiskStatus prepare_folder(SegmentNumber segment);

  Disk& disk_;
  Layout layout_;
  SegmentNumber prepared_{};    // this segment's folder is there, durably
  std::vector<EntryId> fresh_;  // written since the last commit
};

}  // namespace store::sqlite
