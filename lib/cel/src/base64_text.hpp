// base64_text.hpp: octets as text of 64 letters (RFC 4648), and back.
#pragma once

#include <cstdint>
#include <string_view>

#include "text_sink.hpp"

namespace cel {

enum class Base64Alphabet : std::uint8_t {
  kStandard,  // section 4: + and /
  kUrl,       // section 5: - and _
};

// With padding.
void append_base64(TextSink& out, std::string_view octets, Base64Alphabet alphabet) noexcept;

// With padding or without; CR and LF count for nothing. False, with `out` to be thrown
// away, for any other octet, padding in the wrong place or a single letter left over.
[[nodiscard]] bool append_base64_decoded(TextSink& out, std::string_view text,
                                         Base64Alphabet alphabet) noexcept;

}  // namespace cel
