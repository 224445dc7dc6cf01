// store/test_support/simulated_vfs.hpp: the simulated disk as SQLite sees it.
#pragma once

#include <sqlite3.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "store/test_support/simulated_disk.hpp"

namespace store::test_support {

// Registered with SQLite for as long as it lives. Locks and the shared index of a
// write-ahead log live in memory, between the connections of this process.
class SimulatedVfs {
 public:
  explicit SimulatedVfs(SimulatedDisk& disk);
  ~SimulatedVfs();

  SimulatedVfs(const SimulatedVfs&) = delete;
  SimulatedVfs& operator=(const SimulatedVfs&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  struct Handle;
  struct Calls;

  // What the connections to one database share.
  struct Shared {
    std::map<const Handle*, int> locks;  // SQLITE_LOCK_*
    std::vector<std::unique_ptr<std::array<char, 32'768>>> regions;
    std::array<std::set<const Handle*>, SQLITE_SHM_NLOCK> shm_shared;
    std::array<const Handle*, SQLITE_SHM_NLOCK> shm_exclusive{};
    std::set<const Handle*> mapped;
  };

  SimulatedDisk& disk_;
  std::string name_;
  sqlite3_vfs vfs_{};
  std::map<std::string, Shared> shared_;  // by path, under the disk's mutex
};

}  // namespace store::test_support
