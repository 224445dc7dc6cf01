// store/test_support/counting_vfs.hpp: the system's file system, watched and made to err.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <string>
#include <vector>

namespace store::test_support {

// What passed, and what shall not pass. Counted where nothing is to be spoilt, on one thread.
struct Counts {
  std::vector<int> write_sizes;
  int syncs = 0;
  bool fail_next_write = false;

  // The next read of a file whose path ends so says that the file is not what was written.
  std::string spoilt;
  std::atomic<bool> spoil_next_read{false};
};

// Stands before the system's VFS by the name "counting". One at a time.
class CountingVfs {
 public:
  CountingVfs();
  ~CountingVfs();
  CountingVfs(const CountingVfs&) = delete;
  CountingVfs& operator=(const CountingVfs&) = delete;

  Counts counts;

 private:
  sqlite3_vfs vfs_;
};

}  // namespace store::test_support
