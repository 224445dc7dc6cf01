// telemetry/utf8.hpp: where characters end in octets that claim to be UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace telemetry {

// Octets of the character that `text` begins with, 1 to 4; 0 if it does not begin
// with valid UTF-8 (cut, overlong, a surrogate, over U+10FFFF) or is empty.
[[nodiscard]] std::size_t utf8_char_bytes(std::string_view text) noexcept;

// True for the control characters: C0, DEL, and C1 as two octets. REQUIRES: `character`
// is one valid character. Written raw to a terminal they would be obeyed.
[[nodiscard]] bool is_control(std::string_view character) noexcept;

}  // namespace telemetry
