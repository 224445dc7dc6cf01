// store/sqlite/backup.hpp: a copy of the store, taken while messages arrive.
//
//   1  lanes.db as it is now                  cursors of this moment
//   2  a new segment begins                   what is committed so far is in closed ones
//   3  payloads, closed segments, kept.db,    what the backup has already is not copied again
//      and folders that are not the store's
//   4  the copies of 1 and 3 take their names, and what is gone goes
//
// So no cursor is ahead of its log, all that was answered before the start is there, and
// whatever is cut short leaves the backup before it whole: names come last, and a log that is
// longer than its cursors is what a crash leaves too. Segments that are closed never change but
// by a rekey, so a second backup into the same folder copies only what is new: all, where the
// keys that the store needs are others than the backup's. It is restored by copying
// the folder; the index is made anew.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "store/care.hpp"
#include "store/sqlite/database_copy.hpp"
#include "store/sqlite/sqlite_archive.hpp"

namespace store::sqlite {

// step() on one thread, the rest on any. While it runs, no segment may go.
class Backup {
 public:
  // `besides`: see ArchiveOptions.
  Backup(Place place, const ArchiveSources& sources, std::vector<std::string> besides);

  // See Care::begin_backup().
  [[nodiscard]] base::Status<std::string> begin(const std::string& folder);

  [[nodiscard]] bool is_running() const;
  [[nodiscard]] BackupState state() const;

  // A part of the work: some milliseconds, or one large payload.
  void step();

 private:
  enum class Stage : std::uint8_t { kLanes, kPayloads, kSegments, kRest, kNames };

  // A payload that is to be copied.
  struct PayloadOrder {
    std::string from;
    std::string folder;
    std::string name;
    bool may_go = false;  // it may be removed meanwhile, and then is not missed
  };

  // What runs, the thread's own.
  struct Run {
    explicit Run(Place place) : to(std::move(place)) {}

    Place to;  // where the backup lies
    Stage stage = Stage::kLanes;
    bool is_afresh = false;              // what is there was sealed with other keys: all is copied
    std::vector<SegmentNumber> closed;   // in order
    std::vector<SegmentNumber> to_copy;  // the next one last
    std::vector<PayloadOrder> payloads;  // likewise
    std::unique_ptr<DatabaseCopy> copy;  // of a segment, under way
    std::vector<std::string> unnamed;    // databases that are copied, in the order of their names
  };

  [[nodiscard]] base::Status<OpenError> advance(Run& run);
  [[nodiscard]] base::Status<OpenError> prepare(Run& run);
  [[nodiscard]] base::Status<OpenError> list_payloads(Run& run, SegmentNumber number);
  [[nodiscard]] base::Status<OpenError> list_besides(Run& run, const std::string& name);
  [[nodiscard]] base::Status<OpenError> copy_payload(Run& run);
  [[nodiscard]] base::Status<OpenError> copy_segment(Run& run);
  [[nodiscard]] base::Result<bool, OpenError> is_there(const Run& run, SegmentNumber number) const;
  [[nodiscard]] base::Status<OpenError> copy_whole(Run& run, const std::string& from,
                                                   const std::string& to);
  [[nodiscard]] base::Status<OpenError> copy_rest(Run& run);
  [[nodiscard]] base::Status<OpenError> copy_secret(const Run& run);
  [[nodiscard]] base::Status<OpenError> give_names(Run& run);
  [[nodiscard]] base::Status<OpenError> remove_gone(const Run& run);
  void end(const base::Status<OpenError>& status);
  void note_copied(std::uint64_t bytes, std::uint64_t segments);

  const Place place_;
  const ArchiveSources sources_;
  const std::vector<std::string> besides_;
  std::unique_ptr<Run> run_;

  mutable base::Mutex mutex_;
  BackupState state_ GUARDED_BY(mutex_);
};

}  // namespace store::sqlite
