// Our own texts as values of a message: UTF-8 in, the message's set out.
#include <array>
#include <cstddef>

#include "escape_letter.hpp"
#include "hl7/charset.hpp"
#include "utf8.hpp"

namespace hl7 {
namespace {

// What differs from 8859/1, at the octets where it does.
struct Replaced {
  unsigned char octet;
  char32_t value;
};

constexpr Replaced kIso8859P9Replaced[] = {{0xD0, 0x11E}, {0xDD, 0x130}, {0xDE, 0x15E},
                                           {0xF0, 0x11F}, {0xFD, 0x131}, {0xFE, 0x15F}};

constexpr Replaced kIso8859P15Replaced[] = {{0xA4, 0x20AC}, {0xA6, 0x160}, {0xA8, 0x161},
                                            {0xB4, 0x17D},  {0xB8, 0x17E}, {0xBC, 0x152},
                                            {0xBD, 0x153},  {0xBE, 0x178}};

template <std::size_t N>
std::optional<char> find_in_latin(char32_t value, const Replaced (&replaced)[N]) noexcept {
  for (const Replaced& entry : replaced) {
    if (entry.value == value) return static_cast<char>(entry.octet);
    if (entry.octet == value) return std::nullopt;  // given up for another character
  }
  if (value > 0xFF) return std::nullopt;
  return static_cast<char>(value);
}

// 8859/5 is the Cyrillic block moved down, but for three characters.
std::optional<char> find_in_cyrillic(char32_t value) noexcept {
  if (value == 0xA0 || value == 0xAD) return static_cast<char>(value);
  if (value == 0x2116) return static_cast<char>(0xF0);  // numero sign
  if (value == 0xA7) return static_cast<char>(0xFD);    // section sign
  const bool in_block = value >= 0x401 && value <= 0x45F;
  if (!in_block || value == 0x40D || value == 0x450 || value == 0x45D) return std::nullopt;
  return static_cast<char>(value - 0x401 + 0xA1);
}

// The octet for a character over 0x9F in a set of one octet each; none if the
// set lacks it, or is not written natively. The seam for a library of tables.
std::optional<char> find_octet(char32_t value, Charset charset) noexcept {
  switch (charset) {
    case Charset::kIso8859P1:
      if (value > 0xFF) return std::nullopt;
      return static_cast<char>(value);
    case Charset::kIso8859P5: return find_in_cyrillic(value);
    case Charset::kIso8859P9: return find_in_latin(value, kIso8859P9Replaced);
    case Charset::kIso8859P15: return find_in_latin(value, kIso8859P15Replaced);
    default: return std::nullopt;
  }
}

constexpr bool is_control(char32_t value) noexcept {
  return value < 0x20 || (value >= 0x7F && value <= 0x9F);
}

}  // namespace

void append_text(std::string& out, std::string_view text, Charset charset,
                 const Delimiters& delimiters, TextLimit limit) {
  for (std::size_t count = 0; count < limit.characters_max && !text.empty(); ++count) {
    const CodePoint point = next_code_point(text);
    const std::string_view octets = text.substr(0, point.bytes);
    text.remove_prefix(point.bytes);

    if (!point.value) {
      out += '?';
    } else if (is_control(*point.value)) {
      out += ' ';
    } else if (*point.value < 0x80) {
      const char letter = letter_of_delimiter(octets.front(), delimiters);
      if (letter == 0) {
        out += octets.front();
      } else {
        append_escape_sequence(out, letter, delimiters);
      }
    } else if (charset == Charset::kUtf8) {
      out += octets;
    } else {
      out += find_octet(*point.value, charset).value_or('?');
    }
  }
}

}  // namespace hl7
