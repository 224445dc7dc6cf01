// iso2022.hpp: escape sequences that switch to another character set.
//
// A value begins in the set of its message. ISO 2022 has two places for a set:
// octets up to 7F are read by the left one, those from 80 on by the right one.
//
//     ESC ( B    ASCII on the left            \C2842\    the same in HL7's own form:
//     ESC $ B    JIS X 0208 on the left       \M2442\    its octets in hexadecimal
//     ESC - A    8859/1 on the right          \C2D41\    between escape characters
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "hl7/charset.hpp"

namespace hl7 {

enum class LeftSet : std::uint8_t {
  kAscii,
  kRoman,     // JIS X 0201, left half
  kKatakana,  // JIS X 0201, right half, moved to the left: 21 to 5F
  kJisX0208,  // two octets, 21 to 7E each
  kJisX0212,  // likewise
};

constexpr bool is_double(LeftSet set) noexcept {
  return set == LeftSet::kJisX0208 || set == LeftSet::kJisX0212;
}

struct Iso2022State {
  LeftSet left = LeftSet::kAscii;
  std::optional<Charset> right{};  // none: as the set of the message
};

// Reads a sequence that `text` begins with, in either form, and switches.
// Returns its length; 0, and no change, where there is none that is known.
// REQUIRES: an escape of 0 is none.
[[nodiscard]] std::size_t take_designation(std::string_view text, char escape,
                                           Iso2022State& state) noexcept;

// The octets of HL7's own form: `sequence` is what stands between the escape
// characters, e.g. "M2442" gives 1B 24 42. Empty if it is none that is known.
[[nodiscard]] std::string_view designation_of_sequence(std::string_view sequence) noexcept;

}  // namespace hl7
