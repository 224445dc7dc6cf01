// store/sqlite/gathering_vfs.hpp: many small writes of SQLite as few large ones.
//
// SQLite writes page by page: two calls for each page of a commit, one for each page of
// a checkpoint. What lies side by side in a file is kept here for a moment and handed on
// as one write: before a sync, before the file is read, measured or cut, and when
// `kGatherBytesMax` are full.
//
// Nothing else changes, because nobody relies on a write before it is synced: a commit
// shows to others only after the sync of the log, and a page in the database only after
// the sync of a checkpoint (synchronous=FULL, which set_up_to_write() asks for).
//
// What could not be written is dropped, and told: to the write that met the failure, or
// else to the next sync, so that no sync succeeds for what is not there.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <string>

namespace store::sqlite {

// Of each open file. SQLite's own VFS for Unix takes less than 128 KiB at once: of a
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
