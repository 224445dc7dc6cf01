// Messages in every character set. For any octets at all:
//   1. Fields lie in their segment, and cutting from left to right finds the same
//      as asking by number.
//   2. What is decoded is UTF-8, and not much longer than what was received.
//   3. Text that a set holds comes back from it; what it lacks is counted.
//   4. MSH alone and the message read the same MSH-18.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "hl7/cutter.hpp"
#include "hl7/decoder.hpp"
#include "hl7/encoder.hpp"
#include "hl7/header.hpp"
#include "hl7/message.hpp"

namespace {

void require(bool property) {
  if (!property) std::abort();
}

bool is_utf8(std::string_view text) {
  static hl7::Decoder decoder;
  decoder.open({.choice = {hl7::Charset::kUtf8, false}});
  std::string out;
  decoder.append_utf8(out, text);
  return decoder.replaced_count() == 0 && out == text;
}

void read(const hl7::Message& message, hl7::Decoder& decoder) {
  for (const hl7::Segment& segment : message.segments()) {
    hl7::Cutter fields(message, segment.text, message.delimiters().field);
    require(fields.next() && fields.part() == segment.name());
    std::uint16_t number = segment.has_delimiter_fields() ? 1 : 0;
    while (fields.next() && number < 30) {
      const std::string_view field = fields.part();
      require(field == message.field(segment, {++number}));
      require(field.empty() ||
              (field.data() >= segment.text.data() &&
               field.data() + field.size() <= segment.text.data() + segment.text.size()));
      const std::string decoded(decoder.decode(field));
      require(is_utf8(decoded) && decoded.size() <= 64 * field.size() + 4);
      require(decoder.is_empty(field) == decoded.empty());
      std::string plain;
      decoder.append_utf8(plain, field);
      require(is_utf8(plain));
    }
  }
}

// In a set that switches a text may look like a switch: there it need not come back.
void write(const hl7::Message& message, hl7::Decoder& decoder, hl7::Encoder& encoder) {
  const hl7::Delimiters& delimiters = message.delimiters();
  if (delimiters.escape == 0 || message.charset_choice().switches) return;
  for (const char each : {delimiters.component, delimiters.repetition, delimiters.escape,
                          delimiters.subcomponent, delimiters.truncation}) {
    const unsigned octet = static_cast<unsigned char>(each);
    if (octet >= 0x80 || (octet | 0x20U) - 0x61U < 26U || octet - 0x30U < 10U) return;
  }
  const hl7::Segment& last = message.segments().back();
  const std::string text(decoder.decode(message.field(last, {1})));
  hl7::CharsetChoice choice = message.charset_choice();
  choice.base = decoder.charset();
  encoder.open(choice, delimiters);
  std::string value;
  if (encoder.append_value(value, text) > 0) return;
  require(value.find_first_of("\r\n\v\x1c") == std::string::npos);
  require(decoder.decode(value) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static hl7::Message message;
  static hl7::Decoder decoder;
  static hl7::Encoder encoder;
  const base::ByteView octets = std::as_bytes(std::span(data + 1, size - 1));
  std::optional<hl7::Charset> fallback;
  if (data[0] >= 1 && data[0] <= hl7::kCharsetCount) fallback = hl7::Charset{data[0]};
  if (!message.parse(octets, {}, fallback)) return 0;
  decoder.open(message, fallback);
  read(message, decoder);
  if (!fallback) {
    write(message, decoder, encoder);
    const auto header = hl7::parse_header(octets);
    require(header && header->charset_field == message.field(message.segments().front(), {18}));
  }
  return 0;
}
