// hl7/delimiters.hpp: the characters that a message separates its parts with.
//
// Each message names its own, by position, at the start of MSH (FHS and BHS do
// so likewise, and may differ from the messages inside):
//
//     MSH | ^ ~ \ & #
//         │ │ │ │ │ └ truncation (2.7, optional)
//         │ │ │ │ └── subcomponent
//         │ │ │ └──── escape
//         │ │ └────── repetition
//         │ └──────── component
//         └────────── field (this is MSH-1; the rest is MSH-2)
//
// MSH-2 may be short: what it leaves out is not used by that message.
#pragma once

#include <optional>
#include <string_view>

namespace hl7 {

// 0 where the message does not use the delimiter. `field` and `component` are
// always there in delimiters that were read from a message.
struct Delimiters {
  char field = '|';
  char component = '^';
  char repetition = '~';
  char escape = '\\';
  char subcomponent = '&';
  char truncation = 0;

  friend bool operator==(const Delimiters&, const Delimiters&) = default;
};

// MSH-2 as the standard recommends it.
inline constexpr std::string_view kDefaultEncodingCharacters = "^~\\&";

// Reads the delimiters of a line that begins with MSH, FHS or BHS (the name is
// not looked at). None unless octet 4 is a visible ASCII character other than
// letter and digit, followed by 1 to 5 octets, all different and none a blank or
// a control character, and then by the separator again or the end of the line
// (CR, LF or of `text`).
[[nodiscard]] std::optional<Delimiters> parse_delimiters(std::string_view text) noexcept;

}  // namespace hl7
