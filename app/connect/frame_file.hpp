// connect/frame_file.hpp: MLLP frames, one behind the other, in a file that grows.
//
//     file := ( 0B payload 1C 0D )*
//
// What follows the last 1C 0D is torn: a process or a machine ended in mid
// write. It is cut off before anything is written behind it, so that a reader
// never sees half a message before a whole one.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "connect/connector.hpp"
#include "connect/folder.hpp"

namespace connectors {

// Remembers, of each name, a write that failed. Not thread-safe.
class FrameFiles {
 public:
  // Appends whole frames to the file of that name and syncs it once; creates it
  // if it is missing. After a failure the file is cut back to what it was, now or
  // before the next append.
  //
  // Each call opens the file by name, so that it may be rotated away between two.
  // Fails with kConflict, the target's, for a file that does not begin with a
  // frame: it is somebody else's. With kDisk while another process has it locked.
  [[nodiscard]] base::Status<Failure> append(Folder& folder, const std::string& name,
                                             base::ByteView frames);

 private:
  // A file as it was before a write that failed.
  struct Good {
    dev_t device = 0;
    ino_t inode = 0;
    off_t bytes = 0;
  };

  [[nodiscard]] base::Result<off_t, Failure> cut_back(int file, const std::string& name,
                                                      const std::string& path) const;
  void undo(int file, const std::string& name, off_t good_bytes);

  std::map<std::string, Good> failed_;
};

}  // namespace connectors
