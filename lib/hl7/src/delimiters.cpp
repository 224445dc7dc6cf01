#include "hl7/delimiters.hpp"

#include <array>
#include <cstddef>

namespace hl7 {
namespace {

constexpr std::size_t kFieldSeparatorIndex = 3;  // behind "MSH"
constexpr std::size_t kEncodingCharactersMax = 5;

constexpr std::string_view kRecommended = "|^~\\&|";  // nearly every message

// Also eight-bit octets: they are no good style, but they can be told apart.
constexpr bool is_visible(char octet) noexcept {
  const auto value = static_cast<unsigned char>(octet);
  return value > ' ' && value != 0x7F;
}

// A letter or digit behind "MSH" makes another word of it.
constexpr bool can_separate(char octet) noexcept {
  const bool digit = octet >= '0' && octet <= '9';
  const bool letter = (octet >= 'A' && octet <= 'Z') || (octet >= 'a' && octet <= 'z');
  return octet > ' ' && octet < 0x7F && !digit && !letter;
}

constexpr bool ends_line(char octet) noexcept { return octet == '\r' || octet == '\n'; }

}  // namespace

std::optional<Delimiters> parse_delimiters(std::string_view text) noexcept {
  if (text.size() <= kFieldSeparatorIndex + 1) return std::nullopt;
  if (text.substr(kFieldSeparatorIndex).starts_with(kRecommended)) return Delimiters{};
  const char field = text[kFieldSeparatorIndex];
  if (!can_separate(field)) return std::nullopt;

  std::array<char, kEncodingCharactersMax> found{};  // 0 where MSH-2 is too short
  std::size_t count = 0;
  for (const char octet : text.substr(kFieldSeparatorIndex + 1)) {
    if (octet == field || ends_line(octet)) break;
    if (count == kEncodingCharactersMax || !is_visible(octet)) return std::nullopt;
    for (std::size_t earlier = 0; earlier < count; ++earlier) {
      if (found[earlier] == octet) return std::nullopt;
    }
    found[count++] = octet;
  }
  if (count == 0) return std::nullopt;
  return Delimiters{field, found[0], found[1], found[2], found[3], found[4]};
}

}  // namespace hl7
