// utf8.hpp: code points out of UTF-8, one by one.
#pragma once

#include <cstddef>
#include <optional>
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

}  // namespace hl7
