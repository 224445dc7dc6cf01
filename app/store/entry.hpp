// store/entry.hpp: what is kept of one message, and what it owes to whom.
//
// Plain values that the rooms above and beside the store share. Everything that
// later rooms will ask of a message is recorded from the first day, because a
// column cannot be filled in years later.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/uuid.hpp"

namespace store {

// The place of a message in the order of commit: grows with each one, is never
// used twice and survives restarts. 0 is no message.
struct EntryId {
  std::uint64_t value = 0;

  friend auto operator<=>(const EntryId&, const EntryId&) = default;
};

// A connector, by the store's own register of names: stable over restarts and
// never given to another name. See Outbox::connector_id.
struct ConnectorId {
  std::uint32_t value = 0;

  friend auto operator<=>(const ConnectorId&, const ConnectorId&) = default;
};

// A message that joins two keys (a merge of two patients) keeps the order of both: it
// waits for what is older in either, and what is younger in either waits for it.
inline constexpr std::uint64_t kJoinsNone = 0;
inline constexpr std::uint64_t kJoinsAll = UINT64_MAX;  // not one key: every key

// One debt of a message: this connector must get it, in order among all entries
// with the same key.
struct LaneKey {
  ConnectorId connector;
  std::uint64_t key_hash = 0;              // 0 where the connector orders all entries
  std::uint64_t joined_hash = kJoinsNone;  // the other key, where it joins two

  friend auto operator<=>(const LaneKey&, const LaneKey&) = default;
};

// Keys from here on are of debts that are not tried: the lane puts them aside at once.
// What is above it is the fault of the filter (cel::Fault), 0 for none. A person who
// releases such an entry wants it delivered: from then on it has no key.
inline constexpr std::uint64_t kParkAtOnce = UINT64_MAX - 255;

// The highest of them: the store itself has put the entry aside as it was committed,
// because the connector's backlog was full (OnFull::kPark).
inline constexpr std::uint64_t kOverflow = UINT64_MAX;

// The key of an entry once it has been released.
[[nodiscard]] constexpr std::uint64_t released_key(std::uint64_t key_hash) noexcept {
  return key_hash < kParkAtOnce ? key_hash : 0;
}

// The part of a connector's entries that one worker delivers: those whose
// key_hash mod `count` is `index`. {connector, 0, 1} is all of them.
// REQUIRES: index < count.
struct LaneSlice {
  ConnectorId connector;
  std::uint32_t index = 0;
  std::uint32_t count = 1;

  friend auto operator<=>(const LaneSlice&, const LaneSlice&) = default;
};

// What is known of a message besides its octets. Texts are views as received
// (not decoded, not unescaped), empty where there is none.
//
// As a parameter: valid for the call, or as long as the caller says.
struct MessageFacts {
  base::Uuid id;               // what targets, logs and the API see
  base::WallTime received_at;  // when its last octet was read
  std::string_view listener;   // name of the listener
  std::string_view peer;       // "192.0.2.7:51034", the real one behind a proxy
  std::string_view tls_identity;
  std::uint64_t config_revision = 0;  // the configuration that judged it

  std::string_view type;     // MSH-9.1
  std::string_view trigger;  // MSH-9.2
  std::string_view version;  // MSH-12.1
  std::string_view control_id;
  std::string_view sending_application;  // MSH-3
  std::string_view sending_facility;     // MSH-4
  std::string_view patient_key;          // PID-3.1; patient data
  std::string_view charset;              // MSH-18.1

  std::string_view sha256;  // 32 raw octets of the payload's digest

  std::string_view answer_code;    // "AA", "" where none is sent
  std::string_view answer_reason;  // rule or fault behind it, "" for a plain AA
  base::ByteView answer;           // the answer's octets, unframed; may be empty
  std::string_view trace_id;       // 16 raw octets, or empty
  std::string_view envelope;       // FHS/BHS lines of the batch it came in, or empty
};

}  // namespace store
