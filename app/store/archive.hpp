// store/archive.hpp: what was received, to be found again.
//
// The index is built behind intake, by a thread of its own that gives way to all others:
// a search says how far it has come. Refused messages stand beside the accepted ones,
// each behind the last that was accepted before it.
//
//   newest ► 17  r5  r4  16  15  r3 ...     one order, by which pages go on
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "store/append.hpp"
#include "store/care.hpp"
#include "store/entry.hpp"
#include "store/index_fields.hpp"
#include "store/outbox.hpp"
#include "store/rejected.hpp"

namespace store {

// The name of a message: "17", of a refused one "r5".
struct MessageKey {
  std::uint64_t value = 0;
  bool is_rejected = false;

  friend bool operator==(const MessageKey&, const MessageKey&) = default;
};

[[nodiscard]] std::string to_string(const MessageKey& key);
[[nodiscard]] std::optional<MessageKey> parse_message_key(std::string_view text) noexcept;

// What has become of a message. The names are those of `--state`.
enum class MessageState : std::uint8_t {
  kRejected = 1,
  kWaiting = 2,
  kParked = 3,  // "dead_letter"
  kDelivered = 4,
  kDiscarded = 5,
  kUnrouted = 6,  // accepted, and owed to nobody
};

[[nodiscard]] std::string_view to_string(MessageState state) noexcept;
[[nodiscard]] std::optional<MessageState> parse_message_state(std::string_view text) noexcept;

[[nodiscard]] MessageState to_state(DebtState state) noexcept;

// Which messages. What is empty asks for nothing; all that is given must hold.
struct Search {
  std::string control_id{};               // MSH-10
  std::string patient{};                  // PID-3.1
  std::string type{};                     // MSH-9.1, or both parts: "ADT^A01"
  std::string sender{};                   // MSH-3, or both: "LAB|CENTRAL" with MSH-4
  std::string answer{};                   // "AA"
  std::optional<base::WallTime> from{};   // received at or after
  std::optional<base::WallTime> until{};  // received before
  std::string connector{};                // owed to it, whatever became of that
  std::optional<MessageState> state{};    // to any connector, or to the one that is named
  std::vector<FieldValue> fields{};       // index fields of one's own: each has this value
};

struct Debt {
  std::string connector;
  DebtState state = DebtState::kWaiting;

  friend bool operator==(const Debt&, const Debt&) = default;
};

struct Found {
  MessageKey key;
  base::Uuid message_id;  // all zero: refused
  base::WallTime received_at;
  std::string listener;
  std::string type;
  std::string trigger;
  std::string control_id;
  std::string patient_key;  // patient data
  std::string sending_application;
  std::string sending_facility;
  std::string answer_code;
  std::uint64_t size_bytes = 0;
  std::vector<Debt> debts;  // to whom it was owed, in order of the connectors' ids
};

struct FoundPage {
  std::vector<Found> found;         // newest first
  std::optional<MessageKey> after;  // to go on behind it; none: these were the last
  EntryId indexed_to;               // accepted messages above it were not looked at
  EntryId last;                     // the newest there was
};

// All that is known of one message but its octets.
struct MessageRecord {
  Found found;
  std::string peer;
  std::string tls_identity;
  std::uint64_t config_revision = 0;
  std::string version;
  std::string charset;
  std::string sha256;         // 32 raw octets; empty: refused
  std::string outcome;        // of a refused one: "rule_failed"
  std::string answer_reason;  // of a refused one: what the sender was told
  std::string answer;         // unframed
  std::string envelope;
  std::vector<std::byte> rejected_message;  // of a refused one; may be its beginning only
  std::vector<FieldValue> fields;           // as the index has them, in order
};

// What is known of an accepted message but its octets. Views are valid for the call.
struct Accepted {
  EntryId id;
  std::uint64_t size_bytes = 0;
  const MessageFacts& facts;
  std::span<const ConnectorId> connectors;  // to whom it was owed
};

using AcceptedVisit = std::function<void(const Accepted&)>;

// Thread-safe.
class Archive : public RejectedBin {
 public:
  // At most `count_max` behind `after` (none: from the newest). May hold fewer, even none,
  // and not be the last page: a call looks at a limited number of messages. Waits a
  // moment for the index where that is behind.
  [[nodiscard]] virtual base::Result<FoundPage, StoreError> search(
      const Search& search, const std::optional<MessageKey>& after, std::size_t count_max) = 0;

  [[nodiscard]] virtual base::Result<std::optional<MessageRecord>, StoreError> record(
      const MessageKey& key) = 0;

  // Those of the search's fields that are not in force and that no message in the index has.
  // Only messages that are in the log's segments are found by fields: neither refused ones nor
  // what is kept of segments that are gone.
  [[nodiscard]] virtual base::Result<std::vector<std::string>, StoreError> unknown_fields(
      const Search& search) = 0;

  // Visits the accepted messages behind `after`, in order, at most `count_max`, straight from
  // the log; all up to the entry that comes back were visited. Fewer, even none, may be before
  // the last.
  [[nodiscard]] virtual base::Result<EntryId, StoreError> accepted(EntryId after,
                                                                   std::size_t count_max,
                                                                   const AcceptedVisit& visit) = 0;
  // What looks after the files.
  [[nodiscard]] virtual Care& care() noexcept = 0;

  // Keeps what was refused so far, and ends the thread. Idempotent; the destructor calls it.
  virtual void close() = 0;
};

}  // namespace store
