// store/sqlite/store_care.hpp: looks after the store of a folder: retention, room, backups,
// and what is told of them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "store/care.hpp"
#include "store/sqlite/backup.hpp"
#include "store/sqlite/rekey.hpp"
#include "store/sqlite/retention.hpp"
#include "store/sqlite/room_watch.hpp"
#include "store/sqlite/size_meter.hpp"
#include "store/sqlite/sqlite_archive.hpp"

namespace store::sqlite {

// step() on one thread, the rest on any.
class StoreCare final : public Care {
 public:
  // `on_gone`: see Retention.
  // `helpers`: what it cannot do itself; it closes kept.db by itself.
  StoreCare(const Place& place, const ArchiveSources& sources, const ArchiveOptions& options,
            std::function<void(SegmentNumber)> on_gone, RekeyHelpers helpers);

  // Some milliseconds of work, of a backup, a rekey or of retention, which waits for both. True:
  // there is more to do at once. See Retention::step().
  [[nodiscard]] base::Result<bool, OpenError> step(bool may_press);

  // Whether work is not to be put off: senders are, or soon will be, told unavailable.
  [[nodiscard]] bool is_pressed() const noexcept { return sources_.room.is_pressed(); }

  // Whether somebody waits for a backup or a rekey.
  [[nodiscard]] bool is_awaited() const { return backup_.is_running() || rekey_.is_running(); }

  [[nodiscard]] base::Result<StoreStats, StoreError> stats() override;
  [[nodiscard]] base::Status<std::string> begin_backup(const std::string& folder) override;

  [[nodiscard]] BackupState backup_state() override { return backup_.state(); }

  [[nodiscard]] base::Status<std::string> begin_rekey() override;

  [[nodiscard]] RekeyState rekey_state() override { return rekey_.state(); }

  void seal_besides(SealStep step) override { rekey_.seal_besides(std::move(step)); }

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
  Rekey rekey_;
  base::Mutex begin_mutex_;  // only one of both begins
  base::Mutex files_mutex_;  // a rekey exchanges files that stats() opens
  base::SteadyTime look_at_ = base::SteadyTime::min();
};

}  // namespace store::sqlite
