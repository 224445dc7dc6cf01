// JSON of messages, and messages of JSON. For any octets at all:
//   1. A message is written as JSON that is read back; written again, it is the same
//      (unless characters were lost, or delimiters are no plain punctuation).
//   2. JSON that is taken becomes a message that can be parsed; its JSON and the
//      message of that are a fixed point.
//   3. An error lies in the text, and nothing is left of what was begun.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "hidden_set.hpp"
#include "hl7/json.hpp"

namespace {

void require(bool property) {
  if (!property) std::abort();
}

std::string to_json(base::ByteView octets, bool& plain) {
  hl7::Message message;
  require(message.parse(octets).has_value());
  const std::string_view msh2 = message.field(message.segments().front(), {2});
  plain = message.delimiters().escape != 0 && std::all_of(msh2.begin(), msh2.end(), [](char octet) {
            const unsigned value = static_cast<unsigned char>(octet);
            return value < 0x80 && value - 0x30U >= 10U && (value | 0x20U) - 0x61U >= 26U &&
                   octet != '.' && octet != '+' && octet != '-' && octet != '"';
          });
  // A set that switches may find a switch in a text that was escaped, and one whose
  // name is escaped may get another name.
  const hl7::Segment& msh = message.segments().front();
  for (const std::uint16_t number : {std::uint16_t{18}, std::uint16_t{20}}) {
    const std::string_view field = message.field(msh, {number});
    if (field.find(message.delimiters().escape) != std::string_view::npos) plain = false;
  }
  // JSON writes ESC as an escape sequence, and one in front of MSH-18 may have hidden it.
  const bool may_switch = msh.text.find('\x1B') != std::string_view::npos;
  if (message.charset_choice().switches || may_switch) plain = false;
  if (hl7::hides_its_set(message)) plain = false;
  hl7::Decoder decoder;
  decoder.open(message);
  std::string json;
  hl7::append_json(json, message, decoder);
  return json;
}

void check_message(base::ByteView octets) {
  bool plain = false;
  const std::string json = to_json(octets, plain);
  hl7::JsonReader reader;
  std::string again;
  const auto lost_count = reader.append_message(again, json);
  if (!plain) return;
  require(lost_count.has_value());
  if (*lost_count > 0) return;
  require(to_json(base::as_bytes(again), plain) == json);
}

void check_json(std::string_view json) {
  hl7::JsonReader reader;
  std::string message = "kept";
  const auto lost_count = reader.append_message(message, json, {.message_bytes_max = 100'000});
  if (!lost_count) {
    require(message == "kept" && lost_count.error().text_index <= json.size());
    return;
  }
  check_message(base::as_bytes(message).subspan(4));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView octets = std::as_bytes(std::span(data, size));
  check_json(base::as_text(octets));
  hl7::Message message;
  if (message.parse(octets)) check_message(octets);
  return 0;
}
