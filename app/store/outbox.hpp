// store/outbox.hpp: the promise to deliver.
//
// A message is ours from the moment its append came back committed, and not
// before: only then may its sender be told AA. From then on each connector it
// owes gets it at least once, through any crash, in order of append. A parked
// entry steps out of its lane and waits for a person (a dead letter).
//
//                   settle(Retry)
//              ┌─────────────────────┐
//              ▼                     │
//   append ► due ──── claim() ──► in flight ── settle(Delivered) ► gone
//              ▲                     └──────── settle(Parked) ───► parked ── discard() ► gone
//              └────────────────────────── release() ───────────────┘
//
// Besides, settle(Expired) ends a claim undelivered, and where a backlog is limited
// with OnFull::kPark an append may lead straight to parked.
//
// A claim lives in memory only. What was in flight when the process ended is
// due again at the next start, so a target may see an entry twice; its Uuid is
// the key to tell. Nothing here can be asked of a replicated log in vain: no
// search, no history (that is the archive's); newest() and message() read the log.
//
// What is durable when: append, at the sink's call. settle(Parked), settle(Retry)
// and settle(Delivered), within 20 ms or 256 settlements, and all of them at
// close(). A power cut before that repeats a delivery; it never loses one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/append.hpp"
#include "store/dead_letter.hpp"
#include "store/entry.hpp"

namespace store {

// One entry handed to a lane to deliver. Owns its octets.
struct Claim {
  EntryId id;
  std::uint64_t key_hash = 0;
  std::uint32_t attempt = 1;  // 1 on the first try
  base::Uuid message_id;
  base::WallTime received_at;
  std::string control_id;          // MSH-10 as received
  std::string type;                // MSH-9.1
  std::string trigger;             // MSH-9.2
  std::vector<std::byte> message;  // exactly as received
};

struct Delivered {};

// Due again at `not_before`; those behind it with the same key wait too. The
// wait is measured on the steady clock while the process lives, so that a jump
// of the wall clock neither skips nor stretches it; after a restart an entry is
// never due later than the length of the wait from then.
struct Retry {
  base::WallTime not_before;
  std::string reason;   // a class and a code for the operator; no patient data
  std::string words{};  // the target's own, as with Parked; their beginning is kept
};

struct Parked {
  std::string reason;  // likewise
  std::string words;   // the target's own words: may hold patient data, kept like a message
};

// Not delivered and never to be: nobody waits for it any more. Kept among what was
// discarded.
struct Expired {
  std::string reason;  // likewise
};

using Verdict = std::variant<Delivered, Retry, Parked, Expired>;

// One try that failed. Of an entry the first kAttemptsFirst and the last kAttemptsLast
// are kept until it is delivered or released.
struct Attempt {
  std::uint32_t number = 1;
  base::WallTime at;
  std::string reason;
  std::string words;  // at most kAttemptWordsMax octets

  friend bool operator==(const Attempt&, const Attempt&) = default;
};

inline constexpr std::uint32_t kAttemptsFirst = 10;
inline constexpr std::uint32_t kAttemptsLast = 20;
inline constexpr std::size_t kAttemptWordsMax = 4096;

// What becomes of a message for a connector that is owed as much as it may be.
enum class OnFull : std::uint8_t {
  kRefuse,  // it is not stored: its append waits at its place, then fails with kBacklogFull
  kPark,    // it is stored, and put aside for this connector
};

// How much may wait for one connector; 0: without limit. Full is what has reached either.
// An append is taken whole or not at all: the one that reaches the limit may go beyond it.
struct BacklogLimit {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  OnFull on_full = OnFull::kRefuse;

  [[nodiscard]] bool is_none() const noexcept { return messages == 0 && bytes == 0; }

  [[nodiscard]] bool is_reached(std::int64_t count, std::int64_t size_bytes) const noexcept {
    return (messages != 0 && count >= static_cast<std::int64_t>(messages)) ||
           (bytes != 0 && size_bytes >= static_cast<std::int64_t>(bytes));
  }
};

// Why an entry stands among the parked ones that was never tried.
inline constexpr std::string_view kOverflowReason = "backlog_full: max_backlog was reached";

struct LaneStatus {
  std::uint64_t waiting_count = 0;  // due, waiting for a retry or in flight; may lag by 1 s
  std::uint64_t waiting_bytes = 0;  // their payloads
  std::uint64_t parked_count = 0;
  EntryId cursor;  // all entries up to and with this one are settled

  // Since the outbox was opened.
  std::uint64_t refused_count = 0;   // appends that failed with kBacklogFull because of it
  std::uint64_t overflow_count = 0;  // entries put aside because its backlog was full
};

// A connector's name in the register, whether it is configured today or not.
struct Registered {
  ConnectorId id;
  std::string name;

  friend bool operator==(const Registered&, const Registered&) = default;
};

struct StoredMessage {
  EntryId id;
  base::Uuid message_id;
  base::WallTime received_at;
  std::string control_id;
  std::string type;
  std::string trigger;
  std::uint64_t size_bytes = 0;
  std::vector<std::byte> message;  // exactly as received; empty where not asked for
};

// What has become of one debt of a message.
enum class DebtState : std::uint8_t {
  kWaiting = 1,  // due, waiting for a retry or in flight
  kParked = 2,
  kDelivered = 3,
  kDiscarded = 4,
};

struct OldestEntry {
  EntryId id;
  base::WallTime received_at;
};

// Thread-safe: any method, from any thread. None blocks on a write but close();
// claim(), wait() and what returns entries or messages may block on reads or as they say.
class Outbox {
 public:
  virtual ~Outbox() = default;

  // The id of a connector's name, registered at once if it is new: its lane then
  // begins with the next append. Blocks until that is durable.
  [[nodiscard]] virtual base::Result<ConnectorId, StoreError> connector_id(
      std::string_view name) = 0;

  // Limits what may wait for a connector, from now on; in memory only.
  virtual void limit_backlog(ConnectorId connector, const BacklogLimit& limit) = 0;

  // Makes each append durable for all the lanes of all its drafts, or for none,
  // in this order; appends that arrive meanwhile share one commit and one sync.
  // Their sinks get them back, each with its outcome. Never refuses, never waits.
  //
  // After kSyncFailed the outbox refuses every further write, and the process
  // must end: a second sync may report success for pages already dropped.
  virtual void append(std::vector<std::unique_ptr<Append>> batch) = 0;

  // Entries of this slice that are due and not in flight, at most `count_max`
  // (and 8 MiB, but at least one), in order. An entry is due only when all
  // earlier ones of its key are settled or come before it in the same claim;
  // while any of a key is in flight, no more of that key is claimed.
  [[nodiscard]] virtual base::Result<std::vector<Claim>, StoreError> claim(
      const LaneSlice& slice, std::size_t count_max) = 0;

  // Ends claims, in the order given; written behind. Never blocks.
  // REQUIRES: each id is in flight for this connector.
  struct Settlement {
    EntryId id;
    Verdict verdict;
  };

  virtual void settle(ConnectorId connector, std::vector<Settlement> settlements) = 0;

  // Takes claims back untried: due again at once, the attempt is not counted.
  virtual void return_claims(ConnectorId connector, std::span<const EntryId> ids) = 0;

  // Blocks until claim() may yield something new for the slice, the time has
  // come or a stop is asked for, whichever is first. May wake for nothing.
  virtual void wait(const LaneSlice& slice, base::SteadyTime until, std::stop_token stop) = 0;

  // Makes a parked entry due again, in its place before all later ones that are
  // not settled; its attempts are counted from 1 anew, and a key that had it put
  // aside (kParkAtOnce) is gone. False if it is not parked.
  // Written behind, like a settlement.
  [[nodiscard]] virtual base::Result<bool, StoreError> release(ConnectorId connector,
                                                               EntryId id) = 0;

  // Ends a parked entry undelivered; its tries are forgotten, its message stays in the log,
  // and the reason is kept. False if it is not parked. Written behind, like a settlement.
  [[nodiscard]] virtual base::Result<bool, StoreError> discard(ConnectorId connector, EntryId id,
                                                               const Discard& order) = 0;

  // Ends what waits for a connector and is not in flight, undelivered, the oldest first; which
  // those were: fewer than `count_max` where there are no more. Kept among what was discarded,
  // with this reason. Written behind, like a settlement. Reads as much of the log as it must.
  [[nodiscard]] virtual base::Result<std::vector<EntryId>, StoreError> give_up(
      ConnectorId connector, std::size_t count_max, const Discard& order) = 0;

  // What was discarded behind `after`, in order, at most `count_max`; not the last 20 ms.
  [[nodiscard]] virtual base::Result<std::vector<DiscardedEntry>, StoreError> discarded(
      ConnectorId connector, EntryId after, std::size_t count_max) = 0;

  // All that were ever registered, in order of id.
  [[nodiscard]] virtual std::vector<Registered> connectors() const = 0;

  [[nodiscard]] virtual LaneStatus status(ConnectorId connector) const = 0;

  // The oldest entry that waits for delivery. None where none waits, or where the log would
  // have to be read for a million messages to find it; the next call goes on from there.
  [[nodiscard]] virtual base::Result<std::optional<OldestEntry>, StoreError> oldest(
      ConnectorId connector) = 0;

  // What has become of a message's debt to this connector; kDelivered also where it had none.
  [[nodiscard]] virtual base::Result<DebtState, StoreError> debt(ConnectorId connector,
                                                                 EntryId id) = 0;

  // The newest entry that is committed; {0} before the first.
  [[nodiscard]] virtual EntryId last() const = 0;

  // A message with its octets; none where there is none (STORE=memory keeps only what is owed).
  [[nodiscard]] virtual base::Result<std::optional<StoredMessage>, StoreError> message(
      EntryId id) = 0;

  // Messages before `before` ({0}: all), without octets, newest first, at most `count_max`.
  [[nodiscard]] virtual base::Result<std::vector<StoredMessage>, StoreError> newest(
      EntryId before, std::size_t count_max) = 0;

  // Parked entries of a connector after `after`, in order, at most `count_max`.
  [[nodiscard]] virtual base::Result<std::vector<ParkedEntry>, StoreError> parked(
      ConnectorId connector, EntryId after, std::size_t count_max) = 0;

  // The tries of an entry, in order, also of one that waits for its next. Those of the
  // last 20 ms may be missing. Empty for what is not owed.
  [[nodiscard]] virtual base::Result<std::vector<Attempt>, StoreError> attempts(
      ConnectorId connector, EntryId id) = 0;

  // Commits what was appended and settled, then ends the writer. Later appends
  // come back with kClosed, later claims fail with it, and later settlements are
  // forgotten (their entries are due again). Idempotent; the destructor calls it.
  virtual void close() = 0;
};

}  // namespace store
