// connect/test_support/small_disk.hpp: a file system of 1 MiB, to be filled.
#pragma once

#include <string>

#include "connect/test_support/targets.hpp"

namespace connectors::test_support {

// A tmpfs below the test's temporary folder. Mounting takes root: ask is_mounted().
class SmallDisk {
 public:
  SmallDisk();
  ~SmallDisk();

  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] bool is_mounted() const noexcept { return mounted_; }

  [[nodiscard]] const std::string& path() const noexcept { return folder_.path(); }

  // Fills it up to so many octets of room, with a file of its own.
  void leave(std::size_t free_bytes);
  void empty();

  void make_read_only();
  void make_writable();

 private:
  [[nodiscard]] std::string ballast() const { return path() + "/.ballast"; }

  TemporaryFolder folder_;
  bool mounted_ = false;
};

}  // namespace connectors::test_support
