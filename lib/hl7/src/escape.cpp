#include "hl7/escape.hpp"

#include <array>
#include <cstdint>
#include <optional>

#include "escape_letter.hpp"
#include "iso2022.hpp"
#include "unescape.hpp"

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

constexpr std::size_t kFormatCountMax = 99;  // what a command may repeat

// The number of a formatting command: "3", "+3", " 3"; 1 where there is none.
std::optional<std::size_t> read_count(std::string_view text) noexcept {
  while (text.starts_with(' ')) text.remove_prefix(1);
  if (text.empty()) return 1;
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  std::size_t count = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    count = count * 10 + static_cast<std::size_t>(digit - '0');
    if (count > kFormatCountMax) return std::nullopt;
  }
  if (text.empty()) return std::nullopt;
  return count;
}

// Formatting commands: what of them plain text can show.
bool append_format(std::string& out, std::string_view command) {
  const std::string_view name = command.substr(0, 3);
  const std::string_view rest = command.substr(name.size());
  if (name == ".br" || name == ".ce") {
    if (rest.empty()) out += '\n';
    return rest.empty();
  }
  if (name == ".fi" || name == ".nf") return rest.empty();
  const auto count = read_count(rest);
  if (!count) return false;
  if (name == ".sp") out.append(*count, '\n');
  if (name == ".sk") out.append(*count, ' ');
  return name == ".sp" || name == ".sk" || name == ".in" || name == ".ti";
}

// `sequence` is what stands between two escape characters. False if it is not
// one that we know.
bool append_decoded(std::string& out, std::string_view sequence, const Delimiters& delimiters,
                    bool switches) {
  if (sequence.starts_with('.')) return append_format(out, sequence);
  if (sequence == "H" || sequence == "N") return true;
  if (sequence.starts_with('X')) return append_octets(out, sequence.substr(1));
  if (switches && sequence.size() > 1) {
    const std::string_view octets = designation_of_sequence(sequence);
    out += octets;
    return !octets.empty();
  }
  if (sequence.size() != 1) return false;
  const char delimiter = delimiter_of_letter(sequence.front(), delimiters);
  if (delimiter == 0) return false;
  out += delimiter;
  return true;
}

}  // namespace

void append_unescaped(std::string& out, const MaskedValue& value, const Delimiters& delimiters) {
  const char escape = delimiters.escape;
  std::string_view text = value.text;
  std::string_view mask = value.mask;
  const auto skip = [&](std::size_t bytes) {
    text.remove_prefix(bytes);
    mask.remove_prefix(bytes);
  };
  while (!text.empty()) {
    const std::size_t begin = escape == 0 ? std::string_view::npos : mask.find(escape);
    out += text.substr(0, begin);
    if (begin == std::string_view::npos) return;
    skip(begin);

    const std::size_t end = mask.find(escape, 1);
    if (end == std::string_view::npos) {
      out += text;
      return;
    }
    if (append_decoded(out, text.substr(1, end - 1), delimiters, value.switches)) {
      skip(end + 1);
    } else {  // its last character may open the next sequence
      out += text.substr(0, end);
      skip(end);
    }
  }
}

void append_unescaped(std::string& out, std::string_view value, const Delimiters& delimiters) {
  append_unescaped(out, MaskedValue{value, value, false}, delimiters);
}

void append_escaped(std::string& out, std::string_view text, const Delimiters& delimiters) {
  for (const char octet : text) {
    const char letter = letter_of_delimiter(octet, delimiters);
    if (letter == 0) {
      out += octet;
    } else {
      append_escape_sequence(out, octet, delimiters);
    }
  }
}

std::size_t known_sequence_bytes(std::string_view text, const Delimiters& delimiters) {
  const std::size_t end = text.find(delimiters.escape, 1);
  if (end == std::string_view::npos) return 0;
  std::string decoded;
  const bool known = append_decoded(decoded, text.substr(1, end - 1), delimiters, true);
  return known ? end + 1 : 0;
}

}  // namespace hl7
