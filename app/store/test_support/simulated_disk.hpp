// store/test_support/simulated_disk.hpp: a disk in memory that fails when told, and
// loses what was not synced when its power is cut.
//
// One model stands behind both ways in which the store writes: the Disk seam and a
// VFS of SQLite. What it models of a power cut: of all that was written since a
// file's last sync any subset of 512-octet pieces survives, truncations likewise;
// a name that was made or removed since its folder's last sync is there or not.
//
// Every write, truncation, removal and sync is a step, counted from 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "store/disk.hpp"

namespace store::test_support {

class SimulatedVfs;

enum class StepKind : std::uint8_t { kWrite, kSync };

enum class FaultKind : std::uint8_t {
  kIoError,   // of a write: nothing is written
  kFull,      // of a write: there is no room
  kTorn,      // of a write: its first 512 octets are written
  kSyncError  // of a sync: nothing is made durable
};

struct Fault {
  std::uint64_t step = 0;
  FaultKind kind = FaultKind::kIoError;
  bool for_good = false;  // all later steps of its kind fail as well
};

// How much of what was not synced a power cut leaves.
enum class Survival : std::uint8_t { kNothing, kEverything, kHalf, kSome };

// Thread-safe.
class SimulatedDisk final : public Disk {
 public:
  SimulatedDisk();
  ~SimulatedDisk() override;

  // The name under which SQLite finds this disk.
  [[nodiscard]] const std::string& vfs_name() const noexcept;

  // ── What the test decides.

  void plan(const Fault& fault);

  // From this step on the machine is dead: all steps fail, nothing changes.
  void plan_power_cut(std::uint64_t step);

  // Syncs of files and folders whose path ends so are forgotten: they succeed, but
  // make nothing durable.
  void forget_syncs_of(const std::string& path_end);

  // The next sync of a file or folder whose path ends so fails, whatever else is planned.
  void fail_next_sync_of(const std::string& path_end);

  [[nodiscard]] bool fault_fired();

  // No further step can succeed, for good or of its kind.
  [[nodiscard]] bool is_failing();

  // The kinds of all steps so far.
  [[nodiscard]] std::vector<StepKind> steps();

  // Power comes back: only what survived is there. Faults are over.
  // REQUIRES: no file is open.
  void cut_power(Survival survival, std::uint32_t seed);

  // Faults are over, what was written is there.
  void repair();

  [[nodiscard]] std::vector<std::string> files();

  // ── Disk

  DiskStatus make_folder(const std::string& path) override;
  DiskStatus touch(const std::string& path) override;
  DiskStatus write_synced(const std::string& path, base::ByteView octets) override;
  base::Result<std::unique_ptr<DiskFile>, StoreError> open_to_append(
      const std::string& path) override;
  base::Result<std::vector<std::byte>, StoreError> read(const std::string& path) override;
  base::Result<std::unique_ptr<DiskSource>, StoreError> open_to_read(
      const std::string& path) override;
  DiskStatus remove(const std::string& path) override;
  DiskStatus remove_folder(const std::string& path) override;
  DiskStatus cut(const std::string& path, std::uint64_t size_bytes) override;
  DiskStatus link(const std::string& from, const std::string& to) override;
  DiskStatus rename(const std::string& from, const std::string& to) override;
  base::Result<std::optional<std::uint64_t>, StoreError> size_bytes(
      const std::string& path) override;
  DiskStatus sync_folder(const std::string& path) override;
  base::Result<std::vector<std::string>, StoreError> list(const std::string& path) override;
  base::Result<std::uint64_t, StoreError> free_bytes(const std::string& path) override;
  base::Result<std::unique_ptr<DiskLock>, LockRefusal> lock(const std::string& path) override;

 private:
  friend class SimulatedVfs;
  class AppendedFile;
  class ReadFile;

  // A part of a write that survives whole or not at all, or a truncation.
  struct Piece {
    bool is_truncation = false;
    std::size_t offset = 0;  // the size, for a truncation
    std::vector<std::byte> octets;
  };

  struct File {
    bool is_folder = false;
    std::vector<std::byte> now;
    std::vector<std::byte> durable;
    std::vector<Piece> pending;
  };

  using FileRef = std::shared_ptr<File>;
  using Names = std::map<std::string, FileRef>;

  // All below: with the mutex held.
  [[nodiscard]] std::optional<FaultKind> step(StepKind kind);
  [[nodiscard]] FileRef find(const std::string& path) const;
  [[nodiscard]] FileRef make(const std::string& path, bool is_folder);
  static void apply(const Piece& piece, std::vector<std::byte>& octets);
  static void change(File& file, Piece piece);
  [[nodiscard]] std::optional<FaultKind> write(File& file, std::size_t offset,
                                               base::ByteView octets);
  [[nodiscard]] std::optional<FaultKind> truncate(File& file, std::size_t size);
  [[nodiscard]] std::optional<FaultKind> sync(File& file, const std::string& path);
  [[nodiscard]] std::optional<FaultKind> sync_names(const std::string& folder);
  [[nodiscard]] std::optional<FaultKind> erase(const std::string& path);
  [[nodiscard]] std::optional<FaultKind> step_of_sync(const std::string& path);
  [[nodiscard]] bool is_forgotten(const std::string& path) const;
  [[nodiscard]] Names surviving_names(Survival survival, std::mt19937& random) const;

  std::unique_ptr<SimulatedVfs> vfs_;

  std::mutex mutex_;
  Names now_;
  Names durable_;
  std::vector<StepKind> steps_;
  std::optional<Fault> fault_;
  std::optional<std::uint64_t> cut_at_;
  bool fault_fired_ = false;
  std::vector<std::string> forgotten_;
  std::optional<std::string> next_to_fail_;
};

}  // namespace store::test_support
