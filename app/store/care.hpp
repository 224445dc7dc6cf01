// store/care.hpp: what the store is made of, and copies of it.
//
// For operators: how much room it takes, what will go and when, what had to be set aside, and
// a backup that is taken while messages arrive.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/append.hpp"
#include "store/entry.hpp"

namespace store {

// Why a dead letter is one whose message the store cannot read any more. To replay it is in
// vain until what is missing was put back.
inline constexpr std::string_view kLostReason = "lost: the store cannot read the message";

// The names are those of `store stats`.
enum class SegmentState : std::uint8_t {
  kOpen = 1,     // the last: it still grows
  kClosed = 2,   // it goes when it is old enough
  kHeld = 3,     // old enough, and most of it is owed
  kDamaged = 4,  // cannot be read, and is about to be set aside
};

[[nodiscard]] std::string_view to_string(SegmentState state) noexcept;
[[nodiscard]] std::optional<SegmentState> parse_segment_state(std::string_view text) noexcept;

// One file of the log with what belongs to it.
struct SegmentStats {
  std::uint32_t number = 0;
  SegmentState state = SegmentState::kClosed;
  EntryId first;
  EntryId last;  // first - 1: it is empty
  base::WallTime created_at;
  base::WallTime newest_at;
  std::uint64_t log_bytes = 0;
  std::uint64_t payload_bytes = 0;
  std::uint64_t index_bytes = 0;
  std::uint64_t owed_count = 0;           // of one that is held, when it was looked at
  std::optional<base::WallTime> goes_at;  // by age, if nothing of it is owed any more

  friend bool operator==(const SegmentStats&, const SegmentStats&) = default;
};

// A segment that could not be read and was set aside.
struct SetAside {
  std::uint32_t number = 0;
  EntryId first;
  EntryId last;
  base::WallTime at;

  friend bool operator==(const SetAside&, const SetAside&) = default;
};

struct StoreStats {
  std::vector<SegmentStats> segments;  // in order
  std::vector<SetAside> set_aside;
  std::vector<std::uint32_t> missing;  // numbers of segments that nobody took away
  std::uint64_t gone_count = 0;        // segments that went by age or size
  std::uint64_t kept_count = 0;        // messages that are still owed of them
  std::uint64_t kept_bytes = 0;
  std::uint64_t lanes_bytes = 0;
  std::uint64_t rejected_bytes = 0;
  std::uint64_t known_bytes = 0;  // by which messages are known again
  std::uint64_t total_bytes = 0;
  std::uint64_t bytes_max = 0;  // MAX_STORE_SIZE; 0: without limit
  std::uint64_t free_bytes = 0;
  std::uint64_t min_free_bytes = 0;
  base::Duration retain{};           // 0: for ever
  base::Duration retain_rejected{};  // 0: none is kept

  friend bool operator==(const StoreStats&, const StoreStats&) = default;
};

enum class BackupPhase : std::uint8_t { kNone = 0, kRunning = 1, kDone = 2, kFailed = 3 };

// The backup that runs, or the last one that did.
struct BackupState {
  BackupPhase phase = BackupPhase::kNone;
  std::string folder;
  base::WallTime begun_at;
  EntryId last;                     // the newest message that is in it
  std::uint64_t copied_bytes = 0;   // in this run
  std::uint64_t segment_count = 0;  // in the backup
  std::uint64_t copied_count = 0;   // segments, in this run
  std::string error;                // a sentence, where it failed

  friend bool operator==(const BackupState&, const BackupState&) = default;
};

enum class RekeyPhase : std::uint8_t { kNone = 0, kRunning = 1, kDone = 2, kFailed = 3 };

// The rekey that runs, or the last one that did.
struct RekeyState {
  RekeyPhase phase = RekeyPhase::kNone;
  std::string key;  // the name of the one that encrypts
  base::WallTime begun_at;
  std::uint64_t total_count = 0;   // pieces of the log that are looked at
  std::uint64_t done_count = 0;    // of them
  std::uint64_t copied_count = 0;  // of them, those that held something under another key
  std::string error;               // a sentence, where it failed

  friend bool operator==(const RekeyState&, const RekeyState&) = default;
};

// A part of sealing anew what is not the store's, some milliseconds of work. True: there is more.
// The first call of a rekey begins from the start.
using SealStep = std::function<base::Result<bool, StoreError>(bool is_first)>;

// Thread-safe.
class Care {
 public:
  virtual ~Care() = default;

  [[nodiscard]] virtual base::Result<StoreStats, StoreError> stats() = 0;

  // Begins a backup into a folder, which is made where it is not there; goes on by itself. A
  // sentence where it cannot begin. All that was answered before the call will be in it.
  [[nodiscard]] virtual base::Status<std::string> begin_backup(const std::string& folder) = 0;

  [[nodiscard]] virtual BackupState backup_state() = 0;

  // Reads the keys again and begins to seal all that is kept with the first of them; goes on by
  // itself. A sentence where it cannot begin.
  [[nodiscard]] virtual base::Status<std::string> begin_rekey() = 0;

  [[nodiscard]] virtual RekeyState rekey_state() = 0;

  // What a rekey takes along; an empty one: nothing any more.
  virtual void seal_besides(SealStep step) = 0;

  // What the log lets go must have been recorded first: no segment with an entry above
  // `recorded_to()` goes. Called from any thread, never behind the next call of this.
  virtual void let_go_behind(std::function<EntryId()> recorded_to) = 0;
};

}  // namespace store
