// store/sqlite/rekey.hpp: everything that is kept, sealed with the current key, while messages
// arrive.
//
//   1  the keys are read again; the first one is named in lanes.db, and seals from now on
//   2  a new segment begins                what is in closed ones is all there is under old keys
//   3  each closed segment with such rows  copied, and the copy takes its place; its large
//      and kept.db                         payloads; its index is made anew
//   4  rejected.db, lanes.db, and what is not the store's (the audit trail)
//   5  the names of all other keys go
//
// Whatever is cut short leaves each piece as it was or sealed anew, never in between, and both
// can be read as long as the old keys are there; the next run passes by what is done. Parts of
// segments that were set aside as damaged stay as they are.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "store/care.hpp"
#include "store/sqlite/rejected_copy.hpp"
#include "store/sqlite/sealed_copy.hpp"
#include "store/sqlite/sqlite_archive.hpp"

namespace store::sqlite {

// What a rekey has others do, on its own thread.
struct RekeyHelpers {
  std::function<void(SegmentNumber)> index_anew;  // the index of a segment that is there
  std::function<void()> close_kept;               // whoever writes kept.db

  // Calls this while nobody has rejected.db open, or opens it.
  std::function<Status(const std::function<Status()>& swap)> replace_rejected;
};

// step() on one thread, the rest on any. While it runs, no segment may go and no backup be taken.
class Rekey {
 public:
  Rekey(Place place, const ArchiveSources& sources, LoadKeys load_keys, RekeyHelpers helpers);

  // See Care.
  [[nodiscard]] base::Status<std::string> begin();
  [[nodiscard]] bool is_running() const;
  [[nodiscard]] RekeyState state() const;
  void seal_besides(SealStep step);

  // A part of the work: some milliseconds, or one large payload.
  void step();

 private:
  enum class Stage : std::uint8_t {
    kBegin,
    kSurvey,
    kCopy,
    kSwap,
    kPayloads,
    kRejected,
    kLanes,
    kBesides,
    kNames,
    kDone
  };

  // What runs, the thread's own.
  struct Run {
    Stage stage = Stage::kBegin;
    std::vector<SegmentNumber> pieces;  // that are left, the next one last
    std::optional<KeySurvey> survey;
    std::unique_ptr<SealedCopy> copy;
    std::vector<PayloadName> payloads;  // of the piece, the next one last
    std::unique_ptr<RejectedCopy> rejected;
    bool has_changed_payload = false;
    bool has_begun_besides = false;
    int swap_tries = 0;
  };

  [[nodiscard]] base::Status<OpenError> advance(Run& run);
  [[nodiscard]] base::Status<OpenError> prepare(Run& run);
  [[nodiscard]] base::Status<OpenError> survey(Run& run);
  [[nodiscard]] base::Status<OpenError> copy(Run& run);
  [[nodiscard]] base::Status<OpenError> swap(Run& run);
  [[nodiscard]] base::Status<OpenError> seal_payload(Run& run);
  [[nodiscard]] base::Status<OpenError> list_payloads(Run& run);
  [[nodiscard]] base::Status<OpenError> seal_rejected(Run& run);
  [[nodiscard]] base::Status<OpenError> seal_lanes(Run& run);
  [[nodiscard]] base::Status<OpenError> seal_others(Run& run);
  [[nodiscard]] base::Status<OpenError> end_names(Run& run);
  void next_piece(Run& run);
  void end(const base::Status<OpenError>& status);
  void note_piece();

  [[nodiscard]] base::Result<bool, OpenError> is_there(const std::string& path) const;

  const Place place_;
  const ArchiveSources sources_;
  const LoadKeys load_keys_;
  const RekeyHelpers helpers_;
  std::unique_ptr<Run> run_;

  mutable base::Mutex mutex_;
  RekeyState state_ GUARDED_BY(mutex_);
  SealStep besides_ GUARDED_BY(mutex_);
};

}  // namespace store::sqlite
