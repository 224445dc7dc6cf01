// Reads an admission, shows who it is about, changes a field, and answers it.
#include <iostream>
#include <iterator>
#include <string>

#include <hl7/ack.hpp>
#include <hl7/decoder.hpp>
#include <hl7/editor.hpp>
#include <hl7/header.hpp>
#include <hl7/json.hpp>
#include <hl7/matches.hpp>
#include <hl7/message.hpp>

int main() {
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  const base::ByteView octets = base::as_bytes(text);

  hl7::Message message;
  const auto parsed = message.parse(octets);
  if (!parsed) {
    std::cerr << hl7::to_string(parsed.error().fault) << " at " << parsed.error().offset << '\n';
    return 1;
  }

  hl7::Decoder decoder;
  decoder.open(message);
  std::cout << "name: " << decoder.decode(message.get(*hl7::parse_path("PID-5.1"))) << '\n';
  for (const hl7::Match& match : hl7::Matches(message, *hl7::parse_path("PID-3(*).1"))) {
    std::cout << "id " << match.repetition << ": " << decoder.decode(match.value) << '\n';
  }

  auto editor = hl7::Editor::open(octets);
  if (!editor || !editor->set(*hl7::parse_path("PV1-3.1"), "Süd")) return 1;
  decoder.open(editor->message());
  std::string json;
  hl7::append_json(json, editor->message(), decoder, {.line_per_segment = true});
  std::cout << json;

  const auto header = hl7::parse_header(octets);
  std::string answer;
  hl7::append_ack(answer, {.header = &*header, .code = hl7::AckCode::kAA, .control_id = "A1"});
  for (char& each : answer) each = each == '\r' ? '\n' : each;
  std::cout << answer;
  return 0;
}
