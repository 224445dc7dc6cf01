// control/operations.hpp: what an operator can do with what is kept: look at queues and
// messages, and decide about dead letters.
//
// One interface, two ways: StoreOperations on a store that this process has open,
// ControlClient to a server that has it open. What fails comes back as one sentence.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "control/caller.hpp"
#include "control/letter_id.hpp"
#include "store/archive.hpp"
#include "store/care.hpp"
#include "store/entry.hpp"
#include "store/outbox.hpp"

namespace control {

template <class T>
using Answer = base::Result<T, std::string>;

// At most so many of anything in one call.
inline constexpr std::size_t kPageMax = 1000;

// Which dead letters. What is empty asks for nothing; all that is given must hold.
struct LetterFilter {
  std::string connector;
  std::optional<base::WallTime> since;  // parked at or after
  std::optional<base::WallTime> until;  // parked before
  std::string type;                     // MSH-9.1, or both parts: "ADT^A01"
  std::string control_id;
  std::string reason;  // a part of it
};

struct Letter {
  std::string connector;
  store::ParkedEntry entry;
};

// Where a listing goes on; its first part is a connector and its second an entry.
struct LetterPage {
  std::vector<Letter> letters;    // by connector, in order of arrival
  std::optional<LetterId> after;  // to go on behind it; none: these were the last
};

// How a connector's lanes are doing, for those who have any.
struct LaneView {
  std::string connector;
  std::string target;
  std::string state;  // "running", "waiting", "stopped", "offline"
  std::string last_failure;
};

inline constexpr const char* kNotConfigured = "not_configured";

struct Queue {
  LaneView lane;
  std::uint64_t waiting_count = 0;
  std::uint64_t waiting_bytes = 0;
  std::uint64_t parked_count = 0;
  std::optional<store::OldestEntry> oldest;  // of those that wait
};

struct DiscardedLetter {
  std::string connector;
  store::DiscardedEntry entry;
};

// What was ended of a queue that was given up.
struct GivenUp {
  std::vector<store::EntryId> waiting;
  std::vector<store::EntryId> letters;

  [[nodiscard]] std::size_t count() const noexcept { return waiting.size() + letters.size(); }
};

// Why a queue cannot be given up.
[[nodiscard]] inline std::string configured_sentence(const std::string& connector) {
  return connector + " is configured: take it out of the configuration first, and reload";
}

// Not thread-safe unless it says so.
class Operations {
 public:
  virtual ~Operations() = default;

  // Who asks, from the next call on: for those who record it.
  virtual void called_by(const Caller& caller) { static_cast<void>(caller); }

  // Every connector that was ever registered.
  [[nodiscard]] virtual Answer<std::vector<Queue>> queues() = 0;

  // Those behind `after` that the filter takes. May hold fewer than `count_max`, even none,
  // and not be the last page.
  [[nodiscard]] virtual Answer<LetterPage> letters(const LetterFilter& filter,
                                                   const std::optional<LetterId>& after,
                                                   std::size_t count_max) = 0;

  // The tries of a dead letter, the last kept ones: store::Attempt.
  [[nodiscard]] virtual Answer<std::vector<store::Attempt>> attempts(const LetterId& id) = 0;

  // Those discarded of one connector behind an entry, in order.
  [[nodiscard]] virtual Answer<std::vector<DiscardedLetter>> discarded(const std::string& connector,
                                                                       store::EntryId after,
                                                                       std::size_t count_max) = 0;

  // Makes them due again, in this order; how many were parked. At most kPageMax.
  [[nodiscard]] virtual Answer<std::size_t> replay(const std::string& connector,
                                                   const std::vector<store::EntryId>& ids) = 0;

  // Ends them undelivered; how many were parked. The reason must not be empty, 500 octets at
  // most.
  [[nodiscard]] virtual Answer<std::size_t> discard(const std::string& connector,
                                                    const std::vector<store::EntryId>& ids,
                                                    const std::string& reason) = 0;

  // Ends what a connector is owed that is configured no more, dead letters included,
  // undelivered; the reason as of discard(). At most kPageMax in a call: fewer where there are
  // no more.
  [[nodiscard]] virtual Answer<GivenUp> give_up(const std::string& connector,
                                                const std::string& reason) = 0;

  // Stores a corrected version of a dead letter, due for that connector behind all that is
  // there, and ends the letter as replaced by it. Both are kept.
  [[nodiscard]] virtual Answer<store::EntryId> edit(const LetterId& id, base::ByteView octets) = 0;

  // By hand: the lanes of a connector try at once.
  [[nodiscard]] virtual Answer<base::Done> resume(const std::string& connector) = 0;

  // As store::Archive::search(); an index field that is not known is an error. Without an archive
  // (STORE=memory) some of it cannot be asked.
  [[nodiscard]] virtual Answer<store::FoundPage> search(
      const store::Search& search, const std::optional<store::MessageKey>& after,
      std::size_t count_max) = 0;

  // All that is known of a message but its octets; none where there is none.
  [[nodiscard]] virtual Answer<std::optional<store::MessageRecord>> record(
      const store::MessageKey& key) = 0;

  [[nodiscard]] virtual Answer<std::optional<store::StoredMessage>> message(store::EntryId id) = 0;

  // The files of the store; see store/care.hpp. STORE=memory has none.
  [[nodiscard]] virtual Answer<store::StoreStats> store_stats() = 0;
  [[nodiscard]] virtual Answer<base::Done> begin_backup(const std::string& folder) = 0;
  [[nodiscard]] virtual Answer<store::BackupState> backup_state() = 0;
  [[nodiscard]] virtual Answer<base::Done> begin_rekey() = 0;
  [[nodiscard]] virtual Answer<store::RekeyState> rekey_state() = 0;
};

}  // namespace control
