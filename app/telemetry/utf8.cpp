#include "telemetry/utf8.hpp"

namespace telemetry {
namespace {

unsigned octet_at(std::string_view text, std::size_t index) noexcept {
  return static_cast<unsigned char>(text[index]);
}

// What a lead octet announces, and the least second octet and its greatest: that
// pair is where overlong forms, surrogates and what lies over U+10FFFF are told.
struct Lead {
  std::size_t bytes;
  unsigned second_least;
  unsigned second_most;
};

Lead lead_of(unsigned octet) noexcept {
  if (octet < 0x80) return {1, 0, 0};
  if (octet >= 0xC2 && octet <= 0xDF) return {2, 0x80, 0xBF};
  if (octet == 0xE0) return {3, 0xA0, 0xBF};
  if (octet == 0xED) return {3, 0x80, 0x9F};
  if (octet >= 0xE1 && octet <= 0xEF) return {3, 0x80, 0xBF};
  if (octet == 0xF0) return {4, 0x90, 0xBF};
  if (octet >= 0xF1 && octet <= 0xF3) return {4, 0x80, 0xBF};
  if (octet == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

std::size_t utf8_char_bytes(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const Lead lead = lead_of(octet_at(text, 0));
  if (lead.bytes < 2) return lead.bytes;
  if (text.size() < lead.bytes) return 0;
  const unsigned second = octet_at(text, 1);
  if (second < lead.second_least || second > lead.second_most) return 0;
  for (std::size_t index = 2; index < lead.bytes; ++index) {
    if ((octet_at(text, index) & 0xC0U) != 0x80U) return 0;
  }
  return lead.bytes;
}

bool is_control(std::string_view character) noexcept {
  const unsigned first = octet_at(character, 0);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return character.size() == 2 && first == 0xC2 && octet_at(character, 1) < 0xA0;
}

}  // namespace telemetry
