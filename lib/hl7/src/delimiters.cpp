#include "hl7/delimiters.hpp"

#include <array>
#include <cstddef>

namespace hl7 {
namespace {

constexpr std::size_t kFieldSeparatorIndex = 3;  // behind "MSH"
constexpr std::size_t kEncodingCharactersMax = 5;

// Letters and digits separate nothing: "MSH|ADT|" is a header without MSH-2.
constexpr bool can_delimit(char octet) noexcept {
  const bool printable = octet > ' ' && octet < 0x7F;
  const bool digit = octet >= '0' && octet <= '9';
  const bool letter = (octet >= 'A' && octet <= 'Z') || (octet >= 'a' && octet <= 'z');
  return printable && !digit && !letter;
}

constexpr bool ends_line(char octet) noexcept { return octet == '\r' || octet == '\n'; }

}  // namespace

std::optional<Delimiters> parse_delimiters(std::string_view text) noexcept {
  if (text.size() <= kFieldSeparatorIndex + 1) return std::nullopt;
  const char field = text[kFieldSeparatorIndex];
  if (!can_delimit(field)) return std::nullopt;

  std::array<char, kEncodingCharactersMax> found{};  // 0 where MSH-2 is too short
  std::size_t count = 0;
  for (const char octet : text.substr(kFieldSeparatorIndex + 1)) {
    if (octet == field || ends_line(octet)) break;
    if (count == kEncodingCharactersMax || !can_delimit(octet)) return std::nullopt;
    for (std::size_t earlier = 0; earlier < count; ++earlier) {
      if (found[earlier] == octet) return std::nullopt;
    }
    found[count++] = octet;
  }
  if (count == 0) return std::nullopt;
  return Delimiters{field, found[0], found[1], found[2], found[3], found[4]};
}

}  // namespace hl7
