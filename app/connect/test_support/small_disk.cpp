#include "connect/test_support/small_disk.hpp"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace connectors::test_support {

SmallDisk::SmallDisk() { mounted_ = ::mount("tmpfs", path().c_str(), "tmpfs", 0, "size=1m") == 0; }

SmallDisk::~SmallDisk() {
  if (mounted_) ::umount2(path().c_str(), MNT_DETACH);
}

void SmallDisk::leave(std::size_t free_bytes) {
  empty();

  struct statvfs room {};

  ASSERT_EQ(::statvfs(path().c_str(), &room), 0);
  const std::size_t free_now = room.f_bfree * room.f_bsize;
  write_file(ballast(), std::string(free_now - free_bytes, '.'));
}

void SmallDisk::empty() { static_cast<void>(::unlink(ballast().c_str())); }

void SmallDisk::make_read_only() {
  ASSERT_EQ(::mount("tmpfs", path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr), 0);
}

void SmallDisk::make_writable() {
  ASSERT_EQ(::mount("tmpfs", path().c_str(), "tmpfs", MS_REMOUNT, nullptr), 0);
}

}  // namespace connectors::test_support
