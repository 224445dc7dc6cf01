#include "hl7/escape.hpp"

#include <array>
#include <cstdint>
#include <optional>

#include "escape_letter.hpp"

namespace hl7 {
namespace {

std::optional<unsigned> hex_value(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a' + 10);
  if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A' + 10);
  return std::nullopt;
}

// False, with nothing appended, unless all of it is pairs of hexadecimal digits.
bool append_octets(std::string& out, std::string_view digits) {
  if (digits.empty() || digits.size() % 2 != 0) return false;
  const std::size_t size_before = out.size();
  for (std::size_t index = 0; index < digits.size(); index += 2) {
    const auto high = hex_value(digits[index]);
    const auto low = hex_value(digits[index + 1]);
    if (!high || !low) {
      out.resize(size_before);
      return false;
    }
    out += static_cast<char>(*high << 4U | *low);
  }
  return true;
}

// `sequence` is what stands between two escape characters. False if it is not
// one that we know.
bool append_decoded(std::string& out, std::string_view sequence, const Delimiters& delimiters) {
  if (sequence == ".br") {
    out += '\n';
    return true;
  }
  if (sequence == "H" || sequence == "N") return true;
  if (sequence.starts_with('X')) return append_octets(out, sequence.substr(1));
  if (sequence.size() != 1) return false;
  const char delimiter = delimiter_of_letter(sequence.front(), delimiters);
  if (delimiter == 0) return false;
  out += delimiter;
  return true;
}

}  // namespace

void append_escaped(std::string& out, std::string_view text, const Delimiters& delimiters) {
  for (const char octet : text) {
    const char letter = letter_of_delimiter(octet, delimiters);
    if (letter == 0) {
      out += octet;
    } else {
      append_escape_sequence(out, letter, delimiters);
    }
  }
}

void append_unescaped(std::string& out, std::string_view value, const Delimiters& delimiters) {
  const char escape = delimiters.escape;
  while (!value.empty()) {
    const std::size_t begin = escape == 0 ? std::string_view::npos : value.find(escape);
    out += value.substr(0, begin);
    if (begin == std::string_view::npos) return;
    value.remove_prefix(begin);

    const std::size_t end = value.find(escape, 1);
    if (end == std::string_view::npos) {
      out += value;
      return;
    }
    if (append_decoded(out, value.substr(1, end - 1), delimiters)) {
      value.remove_prefix(end + 1);
    } else {  // its last character may open the next sequence
      out += value.substr(0, end);
      value.remove_prefix(end);
    }
  }
}

}  // namespace hl7
