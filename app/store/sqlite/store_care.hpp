// store/sqlite/store_care.hpp: looks after the store of a folder: retention, room, backups,
// and what is told of them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "store/care.hpp"
#include "store/sqlite/backup.hpp"
#include "store/sqlite/retention.hpp"
#include "store/sqlite/room_watch.hpp"
#include "store/sqlite/size_meter.hpp"
#include "store/sqlite/sqlite_archive.hpp"

namespace store::sqlite {

// step() on one thread, the rest on any.
class StoreCare final : public Care {
 public:
  // `on_gone`: see Retention.
  StoreCare(const Place& place, const ArchiveSources& sources, const ArchiveOptions& options,
            std::function<void(SegmentNumber)> on_gone);

  // Some milliseconds of work, of a backup or of retention, which waits for a backup. True:
  // there is more to do at once. See Retention::step().
  [[nodiscard]] base::Result<bool, OpenError> step(bool may_press);

  // Whether work is not to be put off: senders are, or soon will be, told unavailable.
  [[nodiscard]] bool is_pressed() const noexcept { return sources_.room.is_pressed(); }

  // Whether somebody waits for a backup.
  [[nodiscard]] bool is_backing_up() const { return backup_.is_running(); }

  [[nodiscard]] base::Result<StoreStats, StoreError> stats() override;
  [[nodiscard]] base::Status<std::string> begin_backup(const std::string& folder) override;

  [[nodiscard]] BackupState backup_state() override { return backup_.state(); }

  void let_go_behind(std::function<EntryId()> recorded_to) override {
    retention_.let_go_behind(std::move(recorded_to));
  }

 private:
  void look_at_room();
  [[nodiscard]] base::Result<SegmentStats, StoreError> stats_of(const SegmentSizes& sizes) const;

  const Place place_;
  const ArchiveSources sources_;
  const ArchiveOptions options_;
  SizeMeter meter_;
  RoomWatch watch_;
  Retention retention_;
  Backup backup_;
  base::SteadyTime look_at_ = base::SteadyTime::min();
};

}  // namespace store::sqlite
