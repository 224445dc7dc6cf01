// frame_text.hpp: what the codec knows of the text inside a frame.
//
// Three names and what counts as blank; both halves of the codec must agree.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "base/bytes.hpp"

namespace mllp {

inline constexpr std::size_t kHeaderNameBytes = 3;

// Whether these octets are MSH, FHS or BHS, or how one of them begins.
[[nodiscard]] inline bool begins_header_name(base::ByteView octets) noexcept {
  constexpr std::string_view kNames[] = {"MSH", "FHS", "BHS"};
  return std::any_of(std::begin(kNames), std::end(kNames), [octets](std::string_view name) {
    return name.substr(0, octets.size()) == base::as_text(octets);
  });
}

// Nothing but blanks, tabs, CR, LF and NUL, or nothing at all: some devices'
// heartbeat.
[[nodiscard]] inline bool is_blank(base::ByteView payload) noexcept {
  if (!payload.empty() && payload.front() > std::byte{' '}) return false;  // nearly always
  constexpr std::string_view kBlanks{" \t\r\n\0", 5};
  return base::as_text(payload).find_first_not_of(kBlanks) == std::string_view::npos;
}

}  // namespace mllp
