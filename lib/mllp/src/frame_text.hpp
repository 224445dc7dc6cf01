// frame_text.hpp: what the codec knows of the text inside a frame.
//
// Three names and what counts as blank; both halves of the codec must agree.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "base/bytes.hpp"

namespace mllp {

inline constexpr std::size_t kHeaderNameBytes = 3;
inline constexpr std::array<std::string_view, 3> kHeaderNames = {"MSH", "FHS", "BHS"};
inline constexpr std::string_view kBlanks{" \t\r\n\0", 5};

// Whether these octets are MSH, FHS or BHS, or how one of them begins.
[[nodiscard]] inline bool begins_header_name(base::ByteView octets) noexcept {
  return std::any_of(kHeaderNames.begin(), kHeaderNames.end(), [octets](std::string_view name) {
    return name.substr(0, octets.size()) == base::as_text(octets);
  });
}

// Nothing but blanks, tabs, CR, LF and NUL, or nothing at all: some devices'
// heartbeat.
[[nodiscard]] inline bool is_blank(base::ByteView payload) noexcept {
  if (!payload.empty() && payload.front() > std::byte{' '}) return false;  // nearly always
  return base::as_text(payload).find_first_not_of(kBlanks) == std::string_view::npos;
}

}  // namespace mllp
