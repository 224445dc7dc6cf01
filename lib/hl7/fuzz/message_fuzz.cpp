// What a peer sends, from frame to answer. For any octets at all:
//   1. The messages of a frame lie in it, one behind the other.
//   2. Segments lie in their message, and both ways to read MSH agree.
//   3. The answer to each can be read, is its answer (MSA-1, MSA-2), and cannot
//      end the frame around it.
//   4. The batch of answers to a batch is a sound batch of as many.
//   5. What its index alone calls single is so.
// The first octet of the input chooses the code and the default version.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "hidden_set.hpp"
#include "hl7/ack.hpp"
#include "hl7/batch_ack.hpp"
#include "hl7/frame.hpp"
#include "hl7/header.hpp"
#include "hl7/message.hpp"

namespace {

void require(bool property) {
  if (!property) std::abort();
}

bool lies_in(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void read(const hl7::Message& message, std::string_view text) {
  for (const hl7::Segment& segment : message.segments()) {
    require(!segment.text.empty() && lies_in(segment.text, text));
    require(segment.text.find_first_of("\r\n") == std::string_view::npos);
    for (std::uint16_t ordinal = 1; ordinal < 24; ++ordinal) {
      const std::string_view field = message.field(segment, {ordinal});
      require(field.empty() || lies_in(field, segment.text));
      static_cast<void>(message.repetition_count(segment, {ordinal}));
      const std::string_view part =
          message.get(segment, {.field = hl7::Ordinal{ordinal}, .component = hl7::Ordinal{2}});
      require(part.empty() || lies_in(part, field));
    }
  }
}

void compare(const hl7::Header& header, const hl7::Message& message) {
  const hl7::Segment& msh = message.segments().front();
  require(header.delimiters == message.delimiters());
  require(header.encoding_characters == message.field(msh, {2}));
  require(header.control_id == message.field(msh, {10}));
  require(header.charset_field == message.field(msh, {18}));
  require(header.handling_field == message.field(msh, {20}));
}

// `is_ambiguous`: readers of the answer may cut what it copies elsewhere.
std::string answer(const hl7::Header* header, bool is_ambiguous, std::uint8_t choice) {
  static const hl7::AckError kErrors[] = {
      {.location = hl7::Path{.segment = {'P', 'I', 'D'}, .field = hl7::Ordinal{3}},
       .code = "101",
       .user_text = "é | ^ & ~ \\ ?"},
      {.code = "X", .text = "\r\n\x1c", .severity = hl7::Severity::kWarning}};
  const auto code = static_cast<hl7::AckCode>(1 + choice % 6);
  std::string out;
  hl7::append_ack(out, {.header = header,
                        .code = code,
                        .message_text = "é | ^ & ~ \\ ? \v\x1c\r",
                        .errors = kErrors,
                        .control_id = "7",
                        .default_version = choice & 0x80U ? "2.3" : "2.5.1",
                        .default_charset = hl7::Charset::kUtf8});

  hl7::Message parsed;
  require(parsed.parse(base::as_bytes(out)).has_value());
  require(parsed.delimiters() == (header == nullptr ? hl7::Delimiters{} : header->delimiters));
  const hl7::Segment& msa = parsed.segments()[1];
  require(msa.name() == "MSA");
  require(parsed.field(msa, {1}) == hl7::to_string(code));
  require(is_ambiguous ||
          parsed.field(msa, {2}) == (header == nullptr ? std::string_view{} : header->control_id));
  for (const hl7::Segment& segment : parsed.segments().subspan(2)) require(segment.name() == "ERR");
  require(out.find("\x1c\r") == std::string::npos);
  require(out.find('\n') == std::string::npos && out.back() == '\r');
  return out;
}

void answer_batch(const hl7::FrameContents& contents, const std::vector<std::string>& answers) {
  const std::vector<std::string_view> views(answers.begin(), answers.end());
  std::string out;
  hl7::append_batch_ack(out, {.contents = &contents, .answers = views, .control_id = "Q"});
  const hl7::FrameContents read_back = hl7::split_frame(base::as_bytes(out));
  require(read_back.kind == hl7::FrameKind::kBatch);
  require(read_back.messages.size() == answers.size());
  require(!read_back.is_corrupt());
  require(out.find("\x1c\r") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const base::ByteView payload = std::as_bytes(std::span(data + 1, size - 1));
  const std::string_view text = base::as_text(payload);

  hl7::FrameContents contents;
  hl7::split_frame(payload, contents, {.messages_max = 1000});
  const char* behind = text.data();
  std::vector<std::string> answers;
  hl7::Message message;
  for (const base::ByteView each : contents.messages) {
    const std::string_view octets = base::as_text(each);
    require(lies_in(octets, text) && octets.data() >= behind);
    behind = octets.data() + octets.size();
    const auto header = hl7::parse_header(each);
    const auto parsed = message.parse(each);
    require(header.has_value() == parsed.has_value());
    if (header) {
      read(message, octets);
      compare(*header, message);
    }
    const bool is_ambiguous = header && hl7::hides_its_set(message);
    answers.push_back(answer(header ? &*header : nullptr, is_ambiguous, data[0]));
  }
  require((contents.kind == hl7::FrameKind::kSingle) ==
          (contents.messages.size() == 1 && contents.kind != hl7::FrameKind::kBatch &&
           contents.kind != hl7::FrameKind::kSeveral));
  if (contents.kind == hl7::FrameKind::kBatch) answer_batch(contents, answers);
  if (message.parse(payload) && hl7::is_surely_single(message)) {
    require(contents.kind == hl7::FrameKind::kSingle);
  }
  static_cast<void>(message.parse(payload, {.segments_max = 10}));
  return 0;
}
