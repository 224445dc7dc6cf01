// Escapes and our own texts. The input is a header line, then the value. For any
// octets at all:
//   1. Decoding makes a value at most 16 times as long.
//   2. What is escaped holds no delimiter but the escape character, and decoding
//      gives it back (where delimiters are no letters: those stand in sequences).
//   3. Our own text never holds a separator of fields or a control character.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/bytes.hpp"
#include "hl7/charset.hpp"
#include "hl7/escape.hpp"

namespace {

void require(bool property) {
  if (!property) std::abort();
}

bool is_letter(char octet) { return (octet | 0x20) >= 'a' && (octet | 0x20) <= 'z'; }

bool has_letters(const hl7::Delimiters& delimiters) {
  return is_letter(delimiters.component) || is_letter(delimiters.repetition) ||
         is_letter(delimiters.escape) || is_letter(delimiters.subcomponent) ||
         is_letter(delimiters.truncation);
}

void check_round_trip(std::string_view value, const hl7::Delimiters& delimiters) {
  std::string escaped;
  hl7::append_escaped(escaped, value, delimiters);
  for (const char each : {delimiters.field, delimiters.component, delimiters.repetition,
                          delimiters.subcomponent, delimiters.truncation}) {
    require(each == 0 || escaped.find(each) == std::string::npos);
  }
  std::string back;
  hl7::append_unescaped(back, escaped, delimiters);
  require(delimiters.escape == 0 || back == value);
}

// Four octets at most, each of which a sequence of five may stand for where letters and
// digits are delimiters.
constexpr std::size_t kOctetsOfCharacter = 20;

void check_text(std::string_view value, const hl7::Delimiters& delimiters) {
  for (int number = 1; number <= 32; ++number) {
    std::string text;
    hl7::append_text(text, value, static_cast<hl7::Charset>(number), delimiters, {100});
    require(text.find(delimiters.field) == std::string::npos);
    require(std::none_of(text.begin(), text.end(),
                         [](char octet) { return static_cast<unsigned char>(octet) < 0x20; }));
    require(text.size() <= 100 * kOctetsOfCharacter);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = base::as_text(std::as_bytes(std::span(data, size)));
  const auto delimiters = hl7::parse_delimiters(text);
  if (!delimiters) return 0;
  const std::string_view value = text.substr(std::min(text.find('\r'), text.size()));

  std::string decoded;
  hl7::append_unescaped(decoded, value, *delimiters);
  require(decoded.size() <= 16 * value.size());
  if (!has_letters(*delimiters)) check_round_trip(value, *delimiters);
  check_text(value, *delimiters);
  return 0;
}
