// store/test_support/guest_disk.hpp: the machine's disk, whose troubles the test
// decides.
#pragma once

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string>

#include "store/test_support/host_disk.hpp"

namespace store::test_support {

// Says that there is no room, or fails each sync, when told. Thread-safe.
class GuestDisk final : public HostDisk {
 public:
  void set_full(bool full) { is_full_ = full; }

  void fail_syncs() { syncs_fail_ = true; }

  DiskStatus write_synced(const std::string& path, base::ByteView octets) override {
    if (syncs_fail_) return base::fail(StoreError{StoreFault::kSyncFailed, EIO});
    return HostDisk::write_synced(path, octets);
  }

  base::Result<std::uint64_t, StoreError> free_bytes(const std::string& path) override {
    if (is_full_) return std::uint64_t{0};
    return HostDisk::free_bytes(path);
  }

 private:
  std::atomic<bool> is_full_{false};
  std::atomic<bool> syncs_fail_{false};
};

}  // namespace store::test_support
