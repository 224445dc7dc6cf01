// Prints what each file named on standard input holds, for compare.py: one line of
// JSON for each, a list of messages (several in a batch; none where it cannot be
// read). {"codec":…,"segments":[[field…]…]} is a message, and a field a list of
// repetitions of components of subcomponents. Text is UTF-8 in the set that MSH-18
// names; where it names none, each octet is the character of its number.
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "hl7/cutter.hpp"
#include "hl7/decoder.hpp"
#include "hl7/frame.hpp"
#include "hl7/message.hpp"

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

// Where one reader stops, the next begins: the parts of a text, and at least one.
template <class Visit>
void for_each_part(const hl7::Message& message, std::string_view text, char separator,
                   const Visit& visit) {
  std::cout << '[';
  hl7::Cutter cutter(message, text, separator);
  bool first = true;
  while (cutter.next()) {
    if (!first) std::cout << ',';
    first = false;
    visit(cutter.part());
  }
  if (first) visit(std::string_view{});
  std::cout << ']';
}

class Dump {
 public:
  Dump(const hl7::Message& message, hl7::Decoder& decoder) : message_(message), decoder_(decoder) {}

  void print() {
    std::cout << R"({"codec":")"
              << (message_.charset_choice().base ? hl7::to_string(*message_.charset_choice().base)
                                                 : std::string_view{})
              << R"(","segments":[)";
    bool first = true;
    for (const hl7::Segment& segment : message_.segments()) {
      if (!first) std::cout << ',';
      first = false;
      print_segment(segment);
    }
    std::cout << "]}";
  }

 private:
  void print_segment(const hl7::Segment& segment) {
    hl7::Cutter fields(message_, segment.text, message_.delimiters().field);
    std::size_t number = 0;
    std::cout << '[';
    while (fields.next()) {
      if (number > 0) std::cout << ',';
      const bool whole = segment.has_delimiter_fields() && number < 2;
      print_field(fields.part(), whole);
      if (number == 0 && whole && segment.text.size() > segment.name_bytes) {
        std::cout << ',';
        print_field(segment.text.substr(segment.name_bytes, 1), true);
      }
      ++number;
    }
    std::cout << ']';
  }

  void print_field(std::string_view field, bool whole) {
    const hl7::Delimiters delimiters = message_.delimiters();
    for_each_part(message_, field, whole ? '\0' : delimiters.repetition, [&](auto repetition) {
      for_each_part(message_, repetition, whole ? '\0' : delimiters.component, [&](auto component) {
        for_each_part(message_, component, whole ? '\0' : delimiters.subcomponent,
                      [&](auto text) { print_text(text); });
      });
    });
  }

  void print_text(std::string_view octets) {
    std::string text;
    if (message_.charset_choice().base) {
      decoder_.append_utf8(text, octets);
    } else {
      text = octets;
    }
    std::cout << '"';
    for (const char each : text) {
      const auto octet = static_cast<unsigned char>(each);
      const bool number = octet < 0x20 || (octet >= 0x80 && !message_.charset_choice().base);
      if (number) {
        std::cout << "\\u00" << kDigits[octet >> 4U] << kDigits[octet & 0xFU];
      } else {
        if (each == '"' || each == '\\') std::cout << '\\';
        std::cout << each;
      }
    }
    std::cout << '"';
  }

  const hl7::Message& message_;
  hl7::Decoder& decoder_;
};

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  hl7::Decoder decoder;
  hl7::Message message;
  for (std::string path; std::getline(std::cin, path);) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream octets;
    octets << file.rdbuf();
    const std::string text = octets.str();
    const hl7::FrameContents contents = hl7::split_frame(base::as_bytes(text));
    std::vector<base::ByteView> messages = {base::as_bytes(text)};
    if (contents.kind == hl7::FrameKind::kBatch) messages = contents.messages;
    std::cout << '[';
    bool first = true;
    for (const base::ByteView each : messages) {
      if (!message.parse(each)) continue;
      if (!first) std::cout << ',';
      first = false;
      decoder.open(message);
      Dump(message, decoder).print();
    }
    std::cout << "]\n";
  }
  return 0;
}
