// base/uuid.hpp: ids of messages, as targets, logs and the API see them.
//
// UUID version 7 (RFC 9562, section 5.7): 48 bits of milliseconds since 1970,
// then random bits, so ids sort by time of receipt and cannot be guessed from
// one another. Twelve bits behind the time count within one millisecond.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace base {

struct Uuid {
  std::array<std::uint8_t, 16> octets{};

  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

// 36 characters, lower case: "0190163d-8694-739b-aea5-966c26f8ad91".
[[nodiscard]] std::string to_string(const Uuid& id);

// Hyphens required; either case. None for anything else.
[[nodiscard]] std::optional<Uuid> parse_uuid(std::string_view text) noexcept;

// A new id for a message received at `at`. Ids made by one thread grow strictly,
// also when the wall clock steps back. Seeded per thread from the system's
// entropy; meant to be unique, not secret.
[[nodiscard]] Uuid make_uuid_v7(WallTime at) noexcept;

}  // namespace base
