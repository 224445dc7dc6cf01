// store/sqlite/gathering_vfs.hpp: many small writes of SQLite as few large ones.
//
// SQLite writes a commit page by page, with two calls for each. What lies side by side in a
// write-ahead log is kept here for a moment and handed on as one write: before a sync,
// before the file is read, measured or cut, and when `kGatherBytesMax` are full.
//
// Nothing else changes, because nobody relies on a write to the log before it is synced: a
// commit shows to others only after that (synchronous=FULL, which set_up_to_write() asks
// for). The database itself is not gathered: a checkpoint that a reader keeps from
// coming to its end tells others to look there for its pages, and syncs nothing.
//
// What could not be written is dropped, and told: to the write that met the failure, or
// else to the next sync, so that no sync succeeds for what is not there.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <string>

namespace store::sqlite {

// Of each log. SQLite's own VFS for Unix takes less than 128 KiB at once: of a
// longer write it looks at the lower bits of the size only.
inline constexpr std::size_t kGatherBytesMax = std::size_t{124} << 10U;

// Stands before another VFS under a name of its own for as long as it lives.
// REQUIRES: outlived by that other; outlives every connection that uses it.
class GatheringVfs {
 public:
  // `base` is the name of the other; empty: the system's own.
  explicit GatheringVfs(const std::string& base);
  ~GatheringVfs();
  GatheringVfs(const GatheringVfs&) = delete;
  GatheringVfs& operator=(const GatheringVfs&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  std::string name_;
  sqlite3_vfs vfs_{};
};

}  // namespace store::sqlite
