// store/dedup_entry.hpp: what the window keeps of one message: 32 octets.
//
// The same in memory, in the log and in the files beside it.
#pragma once

#include <bit>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "base/clock.hpp"
#include "store/dedup.hpp"

namespace store {

// What its sender was told. The values are stored.
enum class KeptAnswer : std::uint8_t {
  kNone = 0,
  kAA = 1,
  kCA = 2,
  kInLog = 3,  // more than a plain code: it stands with the message
};

struct DedupEntry {
  std::uint64_t key_high = 0;
  std::uint64_t key_low = 0;
  std::uint32_t seen_at = 0;  // seconds since 1970; 0: there is nothing to know again
  std::uint32_t body_low = 0;
  std::uint64_t place = 0;  // 16 bits of the body, 4 of the answer, 44 of the entry's id

  [[nodiscard]] EntryId id() const noexcept { return {place & kIdMask}; }

  [[nodiscard]] KeptAnswer answer() const noexcept {
    return static_cast<KeptAnswer>((place >> kIdBits) & 0xFU);
  }

  [[nodiscard]] std::uint64_t body() const noexcept { return ((place >> 48U) << 32U) | body_low; }

  [[nodiscard]] bool has_key_of(const Fingerprint& print) const noexcept {
    return key_low == print.key_low && key_high == print.key_high;
  }

  friend bool operator==(const DedupEntry&, const DedupEntry&) = default;

  static constexpr unsigned kIdBits = 44;  // five years of 100,000 messages a second
  static constexpr std::uint64_t kIdMask = (std::uint64_t{1} << kIdBits) - 1;
};

static_assert(sizeof(DedupEntry) == 32 && std::is_trivially_copyable_v<DedupEntry> &&
              std::endian::native == std::endian::little);

// Whole seconds since 1970; what is before or beyond an entry's reach is its first or last.
[[nodiscard]] inline std::uint32_t to_seen_at(base::WallTime time) noexcept {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  if (seconds < 1) return 1;
  return seconds > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(seconds);
}

struct Seen {
  EntryId id;
  base::WallTime at;
  KeptAnswer answer = KeptAnswer::kNone;
};

[[nodiscard]] inline DedupEntry to_dedup_entry(const Fingerprint& print,
                                               const Seen& seen) noexcept {
  DedupEntry entry;
  entry.key_high = print.key_high;
  entry.key_low = print.key_low;
  entry.seen_at = to_seen_at(seen.at);
  entry.body_low = static_cast<std::uint32_t>(print.body);
  entry.place = ((print.body >> 32U) << 48U) |
                (std::uint64_t{static_cast<std::uint8_t>(seen.answer)} << DedupEntry::kIdBits) |
                (seen.id.value & DedupEntry::kIdMask);
  return entry;
}

[[nodiscard]] inline Fingerprint to_print(const DedupEntry& entry) noexcept {
  return {entry.key_high, entry.key_low, entry.body()};
}

}  // namespace store
