// Our own texts as values of a message: UTF-8 in, the message's set out.
#include <algorithm>
#include <array>
#include <cstddef>

#include "escape_letter.hpp"
#include "hl7/charset.hpp"
#include "utf8.hpp"

namespace hl7 {
namespace {

constexpr char kMark = '?';  // for what the set lacks, and for what is no UTF-8

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

void append_ascii(std::string& out, char octet, const Delimiters& delimiters) {
  const char letter = letter_of_delimiter(octet, delimiters);
  if (letter == 0) {
    out += octet;
  } else {
    append_escape_sequence(out, octet, delimiters);
  }
}

bool holds_delimiter(std::string_view octets, const Delimiters& delimiters) noexcept {
  return std::any_of(octets.begin(), octets.end(),
                     [&](char octet) { return letter_of_delimiter(octet, delimiters) != 0; });
}

// A character over 0x9F: its UTF-8, or its octet in the set, or the mark for
// what cannot be written. Some messages have eight-bit delimiters.
void append_beyond_ascii(std::string& out, std::string_view utf8, char32_t value, Charset charset,
                         const Delimiters& delimiters) {
  const std::optional<char> octet = find_octet(value, charset);
  std::string_view written;
  if (charset == Charset::kUtf8) {
    written = utf8;
  } else if (octet) {
    written = std::string_view(&*octet, 1);
  }
  if (written.empty() || holds_delimiter(written, delimiters)) {
    append_ascii(out, kMark, delimiters);
  } else {
    out += written;
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
      append_ascii(out, kMark, delimiters);
    } else if (is_control(*point.value)) {
      out += ' ';
    } else if (*point.value < 0x80) {
      append_ascii(out, octets.front(), delimiters);
    } else {
      append_beyond_ascii(out, octets, *point.value, charset, delimiters);
    }
  }
}

}  // namespace hl7
