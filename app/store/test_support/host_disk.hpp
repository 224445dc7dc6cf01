// store/test_support/host_disk.hpp: the machine's disk, for tests that change a call or two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/disk.hpp"

namespace store::test_support {

class HostDisk : public Disk {
 public:
  DiskStatus make_folder(const std::string& path) override { return host_.make_folder(path); }

  DiskStatus touch(const std::string& path) override { return host_.touch(path); }

  DiskStatus write_synced(const std::string& path, base::ByteView octets) override {
    return host_.write_synced(path, octets);
  }

  base::Result<std::unique_ptr<DiskFile>, StoreError> open_to_append(
      const std::string& path) override {
    return host_.open_to_append(path);
  }

  base::Result<std::vector<std::byte>, StoreError> read(const std::string& path) override {
    return host_.read(path);
  }

  base::Result<std::unique_ptr<DiskSource>, StoreError> open_to_read(
      const std::string& path) override {
    return host_.open_to_read(path);
  }

  DiskStatus remove(const std::string& path) override { return host_.remove(path); }

  DiskStatus remove_folder(const std::string& path) override { return host_.remove_folder(path); }

  DiskStatus cut(const std::string& path, std::uint64_t size_bytes) override {
    return host_.cut(path, size_bytes);
  }

  DiskStatus link(const std::string& from, const std::string& to) override {
    return host_.link(from, to);
  }

  DiskStatus rename(const std::string& from, const std::string& to) override {
    return host_.rename(from, to);
  }

  base::Result<std::optional<std::uint64_t>, StoreError> size_bytes(
      const std::string& path) override {
    return host_.size_bytes(path);
  }

  DiskStatus sync_folder(const std::string& path) override { return host_.sync_folder(path); }

  base::Result<std::vector<std::string>, StoreError> list(const std::string& path) override {
    return host_.list(path);
  }

  base::Result<std::uint64_t, StoreError> free_bytes(const std::string& path) override {
    return host_.free_bytes(path);
  }

  base::Result<std::unique_ptr<DiskLock>, LockRefusal> lock(const std::string& path) override {
    return host_.lock(path);
  }

 private:
  Disk& host_ = Disk::system();
};

}  // namespace store::test_support
