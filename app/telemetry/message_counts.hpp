// telemetry/message_counts.hpp: messages by type and by what their sender was told.
//
// The type comes from the sender, so the set is bounded: the first kMessageTypesMax types
// of the form ADT^A01 (three letters or digits, or the first without a trigger) have a
// series each, all others share "other". A count is a look into a small table without a
// lock and a relaxed add.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace telemetry {

inline constexpr std::size_t kMessageTypesMax = 64;

enum class Told : std::uint8_t { kAccepted, kError, kRejected, kNothing };

// "accepted", "error", "rejected", "none".
[[nodiscard]] std::string_view to_string(Told told) noexcept;

// Thread-safe. `type` and `trigger` are MSH-9.1 and 9.2 as received.
void count_message(std::string_view type, std::string_view trigger, Told told) noexcept;

struct MessageCount {
  std::string type;  // "ADT^A01", "ACK", "other"
  Told told;
  std::uint64_t count;
};

// Those above 0.
[[nodiscard]] std::vector<MessageCount> counted_messages();

}  // namespace telemetry
