// store/dedup.hpp: by what a message that came before is known again.
//
//   key    listener, MSH-3, MSH-4 and MSH-10          the sender says: this one
//   body   all octets but those of MSH-7              and it is the same
//
// Same key and same body is a duplicate, same key and another body a conflict. Kept are
// keyed digests (SipHash-2-4, 128 bits): nobody outside can make two keys meet, and
// none of them tells what was in a message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "store/entry.hpp"

namespace store {

// A store's own, for as long as its folder lives: see new_dedup_secret().
struct DedupSecret {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend bool operator==(const DedupSecret&, const DedupSecret&) = default;
};

// By chance, from the system.
[[nodiscard]] DedupSecret new_dedup_secret();

inline constexpr std::uint64_t kBodyMask = (std::uint64_t{1} << 48U) - 1;

struct Fingerprint {
  std::uint64_t key_high = 0;
  std::uint64_t key_low = 0;
  std::uint64_t body = 0;  // 48 bits

  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

// The parts of a message, as received.
struct FingerprintSource {
  std::string_view listener;
  std::string_view sending_application;
  std::string_view sending_facility;
  std::string_view control_id;
  base::ByteView before_time;  // up to MSH-7
  base::ByteView after_time;   // behind it
};

// A few hundred nanoseconds for a common message.
[[nodiscard]] Fingerprint fingerprint_of(const DedupSecret& secret,
                                         const FingerprintSource& source) noexcept;

// What becomes of another message with a key that is there.
enum class OnConflict : std::uint8_t { kAccept, kReject };

// Asked of the store with a draft.
struct DedupQuery {
  Fingerprint print;
  OnConflict on_conflict = OnConflict::kAccept;
  bool is_probe = false;  // it was refused and is never stored; but was it taken before?
};

enum class Sighting : std::uint8_t { kNew, kDuplicate, kConflict };

// What the store says of it.
struct Recognition {
  Sighting sighting = Sighting::kNew;
  EntryId earlier;               // the one that it repeats, or contradicts
  std::string_view answer_code;  // of a duplicate: what the earlier one was told; a constant, or ""
  bool is_answer_in_log = false;  // it was told more than a code:
  std::string answer;             // its answer, unframed; empty where it cannot be had any more
};

}  // namespace store
