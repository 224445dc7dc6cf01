// utf8.hpp: code points out of UTF-8 and into it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hl7 {

struct CodePoint {
  std::optional<char32_t> value;  // none where the octets are no UTF-8
  std::size_t bytes;              // how many octets it took; at least 1
};

// The first code point of `text`. REQUIRES: not empty. Overlong forms, surrogates
// and numbers over U+10FFFF are no UTF-8; what is broken is passed over as one
// whole, up to the octet that breaks it.
[[nodiscard]] CodePoint next_code_point(std::string_view text) noexcept;

// REQUIRES: no surrogate, at most U+10FFFF.
void append_utf8(std::string& out, char32_t value);

// How many octets the text begins with that are ASCII.
[[nodiscard]] std::size_t ascii_prefix_bytes(std::string_view text) noexcept;

[[nodiscard]] inline bool is_ascii(std::string_view text) noexcept {
  return ascii_prefix_bytes(text) == text.size();
}

// How many octets the text begins with that are whole characters of UTF-8.
[[nodiscard]] std::size_t utf8_prefix_bytes(std::string_view text) noexcept;

}  // namespace hl7
