// store/sqlite/retention.hpp: closed segments go whole, by age and by size; what is still owed
// of them, dead letters included, is copied to kept.db first.
//
//   survey ► copy ► settle ► name ► remove       each in steps of some milliseconds
//     │       │       │       │        └ the files go, piece by piece
//     │       │       │       └ from here on kept.db counts: the one moment that decides
//     │       │       └ what was settled before the survey is durable: a restart must not
//     │       │         ask for a message that is not kept
//     │       └ durably, in small commits
//     └ which ids are owed; where most are, the segment stays
//
// A crash before the name leaves the segment as it was, and one behind it the removal to be
// ended at the next start. A damaged segment takes the same way and is set aside.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "store/sqlite/kept_table.hpp"
#include "store/sqlite/known_keeper.hpp"
#include "store/sqlite/lane_keeper.hpp"
#include "store/sqlite/log.hpp"
#include "store/sqlite/segment_remover.hpp"
#include "store/sqlite/size_meter.hpp"
#include "store/sqlite/store_room.hpp"
#include "store/sqlite/writer.hpp"

namespace store::sqlite {

struct RetentionOptions {
  base::Duration retain{};  // of accepted messages; 0: for ever
  base::Duration look_every = std::chrono::seconds(30);
  bool is_audited = false;  // see ArchiveOptions
};

// What it works with; all outlive it.
struct RetentionSources {
  Log& log;
  LaneKeeper& lanes;
  Writer& writer;
  SizeMeter& meter;
  StoreRoom& room;
  const base::Clock& clock;
  const KnownKeeper* known = nullptr;  // none: no message is known again
};

// One thread at a time, but for held() and let_go_behind().
class Retention {
 public:
  // `on_gone` is told of each segment that is gone, before its files are removed.
  Retention(Place place, const RetentionSources& sources, const RetentionOptions& options,
            std::function<void(SegmentNumber)> on_gone);

  // Some milliseconds of work. True: there is more to do at once. While refused messages could
  // still make room, accepted ones do not go for the sake of size. After an error it is to be
  // called again in a while.
  [[nodiscard]] base::Result<bool, OpenError> step(bool may_press);

  // Whether files of segments that are gone may still be there.
  [[nodiscard]] bool is_removing() const noexcept {
    return !has_begun_ || remover_ || !leftovers_.empty();
  }

  // Closes kept.db, until it is needed again.
  void close_kept() { table_.reset(); }

  // See Care.
  void let_go_behind(std::function<EntryId()> recorded_to);

  // Segments of which most is owed, and how much of each: they stay for now.
  [[nodiscard]] std::map<SegmentNumber, std::uint64_t> held() const;

 private:
  enum class Stage : std::uint8_t { kSurvey, kCopy, kSettle, kName };

  // A segment on its way.
  struct Job {
    GoneSegment segment;
    Stage stage = Stage::kSurvey;
    EntryId surveyed_to;
    std::vector<EntryId> owed;
    std::size_t copied_count = 0;
    std::uint64_t unreadable_count = 0;
    std::unique_ptr<LogReader> damaged;  // a reader, where there can be one
  };

  struct Held {
    base::SteadyTime until;
    std::uint64_t owed_count = 0;
  };

  [[nodiscard]] base::Result<bool, OpenError> begin();
  [[nodiscard]] base::Result<bool, OpenError> remove();
  [[nodiscard]] base::Result<bool, OpenError> choose(bool may_press);
  [[nodiscard]] base::Result<bool, OpenError> choose_damaged();
  [[nodiscard]] base::Result<bool, OpenError> choose_among_closed(bool may_press);
  [[nodiscard]] base::Result<base::WallTime, OpenError> newest_at(SegmentNumber number);
  void take(const Log::Extent& extent, GoneFor why);
  void look_at_held_soon();
  void begin_segment_if_pressed();
  [[nodiscard]] bool is_held(SegmentNumber number) const;
  [[nodiscard]] bool is_recorded(const Log::Extent& extent) const;
  void hold(const Job& job);

  [[nodiscard]] base::Result<bool, OpenError> advance();
  [[nodiscard]] Status survey();
  [[nodiscard]] base::Status<OpenError> copy();
  [[nodiscard]] base::Status<OpenError> name();
  [[nodiscard]] base::Result<bool, OpenError> prune();
  [[nodiscard]] base::Status<OpenError> forget_discarded();

  [[nodiscard]] base::Result<KeptTable*, OpenError> table();

  [[nodiscard]] base::SteadyTime now() const { return base::Clock::system().steady_now(); }

  const Place place_;
  const RetentionSources sources_;
  const RetentionOptions options_;
  const std::function<void(SegmentNumber)> on_gone_;

  bool has_begun_ = false;
  bool has_gone_ = false;  // any, ever
  std::vector<GoneSegment> leftovers_;
  std::optional<KeptTable> table_;
  std::unique_ptr<Job> job_;
  std::optional<SegmentRemover> remover_;
  std::map<SegmentNumber, base::WallTime> newest_;
  base::SteadyTime look_at_ = base::SteadyTime::min();
  base::SteadyTime prune_at_ = base::SteadyTime::min();
  EntryId pruned_to_;

  mutable base::Mutex mutex_;
  std::map<SegmentNumber, Held> held_ GUARDED_BY(mutex_);
  std::function<EntryId()> recorded_to_ GUARDED_BY(mutex_);
};

}  // namespace store::sqlite
