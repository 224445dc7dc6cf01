// unescape.hpp: escape sequences of a value whose character set may hide some.
#pragma once

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

}  // namespace hl7
