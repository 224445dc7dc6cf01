// store/dead_letter.hpp: entries that were put aside for a person, and those that were ended.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/uuid.hpp"
#include "store/entry.hpp"

namespace store {

struct ParkedEntry {
  EntryId id;
  std::uint64_t key_hash = 0;  // its place among others, as the append gave it: see LaneKey
  std::uint64_t joined_hash = kJoinsNone;
  base::Uuid message_id;
  base::WallTime received_at;
  base::WallTime parked_at;
  std::uint32_t attempts = 0;
  std::string control_id;
  std::string type;
  std::string trigger;
  std::string reason;
  std::string words;
};

// How a person ends a dead letter that is not to be delivered.
struct Discard {
  std::string reason;   // that person's words; no patient data
  EntryId replaced_by;  // the entry that holds its corrected version; 0: it has none
};

inline constexpr std::string_view kExpiredReason = "expired";

// What stands as the failure of an entry that still waited when it was given up.
inline constexpr std::string_view kGivenUpFailure = "given_up: it was waiting";

struct DiscardedEntry {
  EntryId id;
  base::WallTime discarded_at;
  std::string failure;  // why it had been parked, or has expired
  std::string reason;   // kExpiredReason where no person has ended it
  EntryId replaced_by;

  friend bool operator==(const DiscardedEntry&, const DiscardedEntry&) = default;
};

}  // namespace store
