// unescape.hpp: escape sequences of a value whose character set may hide some.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "hl7/delimiters.hpp"

namespace hl7 {

struct MaskedValue {
  std::string_view text;
  std::string_view mask;  // of the text (mask.hpp), or the text itself
  bool switches;          // sequences for other sets become their octets: \M2442\ is ESC $ B
};

// As append_unescaped() of escape.hpp.
void append_unescaped(std::string& out, const MaskedValue& value, const Delimiters& delimiters);

// The length of the escape sequence that a text begins with; 0 where it is none that
// is decoded. REQUIRES: it begins with the escape character.
[[nodiscard]] std::size_t known_sequence_bytes(std::string_view text, const Delimiters& delimiters);

}  // namespace hl7
