#include "utf8.hpp"

#include <cstdint>
#include <cstring>

namespace hl7 {
namespace {

// How a sequence may begin: its length, and the range of its second octet.
struct Lead {
  std::size_t bytes;
  unsigned second_min;
  unsigned second_max;
};

// Table 3-7 of the Unicode standard, "Well-Formed UTF-8 Byte Sequences".
std::optional<Lead> find_lead(unsigned octet) noexcept {
  if (octet >= 0xC2 && octet <= 0xDF) return Lead{2, 0x80, 0xBF};
  if (octet == 0xE0) return Lead{3, 0xA0, 0xBF};
  if (octet == 0xED) return Lead{3, 0x80, 0x9F};
  if (octet >= 0xE1 && octet <= 0xEF) return Lead{3, 0x80, 0xBF};
  if (octet == 0xF0) return Lead{4, 0x90, 0xBF};
  if (octet >= 0xF1 && octet <= 0xF3) return Lead{4, 0x80, 0xBF};
  if (octet == 0xF4) return Lead{4, 0x80, 0x8F};
  return std::nullopt;
}

}  // namespace

CodePoint next_code_point(std::string_view text) noexcept {
  const auto octet_at = [text](std::size_t index) {
    return static_cast<unsigned>(static_cast<unsigned char>(text[index]));
  };
  const unsigned first = octet_at(0);
  if (first < 0x80) return {static_cast<char32_t>(first), 1};
  const auto lead = find_lead(first);
  if (!lead) return {std::nullopt, 1};

  unsigned value = first & (0x7FU >> lead->bytes);
  for (std::size_t index = 1; index < lead->bytes; ++index) {
    const unsigned least = index == 1 ? lead->second_min : 0x80;
    const unsigned most = index == 1 ? lead->second_max : 0xBF;
    if (index == text.size() || octet_at(index) < least || octet_at(index) > most) {
      return {std::nullopt, index};
    }
    value = value << 6U | (octet_at(index) & 0x3FU);
  }
  return {static_cast<char32_t>(value), lead->bytes};
}

void append_utf8(std::string& out, char32_t value) {
  const auto tail = [value](unsigned shift) {
    return static_cast<char>(0x80U | (static_cast<unsigned>(value) >> shift & 0x3FU));
  };
  const auto lead = [value](unsigned mark, unsigned shift) {
    return static_cast<char>(mark | static_cast<unsigned>(value) >> shift);
  };
  if (value < 0x80) {
    out += static_cast<char>(value);
  } else if (value < 0x800) {
    out += {lead(0xC0, 6), tail(0)};
  } else if (value < 0x10000) {
    out += {lead(0xE0, 12), tail(6), tail(0)};
  } else {
    out += {lead(0xF0, 18), tail(12), tail(6), tail(0)};
  }
}

std::size_t ascii_prefix_bytes(std::string_view text) noexcept {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  std::size_t index = 0;
  for (; index + sizeof(std::uint64_t) <= text.size(); index += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + index, sizeof word);
    if ((word & kHighBits) != 0) break;
  }
  while (index < text.size() && static_cast<unsigned char>(text[index]) < 0x80) ++index;
  return index;
}

std::size_t utf8_prefix_bytes(std::string_view text) noexcept {
  std::size_t index = 0;
  while (true) {
    index += ascii_prefix_bytes(text.substr(index));
    if (index == text.size()) return index;
    const CodePoint point = next_code_point(text.substr(index));
    if (!point.value) return index;
    index += point.bytes;
  }
}

}  // namespace hl7
