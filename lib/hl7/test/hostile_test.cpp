// What a peer may send to keep us busy: 120 messages, each of one piece over and
// over. All of it must stay linear and small. No clock is read: work is counted in
// parts, octets and memory, and anything quadratic would not end within the time
// that the test is given.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "hl7/ack.hpp"
#include "hl7/cutter.hpp"
#include "hl7/decoder.hpp"
#include "hl7/editor.hpp"
#include "hl7/escape.hpp"
#include "hl7/frame.hpp"
#include "hl7/header.hpp"
#include "hl7/json.hpp"
#include "hl7/matches.hpp"
#include "hl7/message.hpp"
#include "test_support/allocation_count.hpp"

namespace hl7 {
namespace {

using test_support::allocated_bytes;

std::string repeat(std::string_view part, std::size_t bytes) {
  std::string text;
  text.reserve(bytes + part.size());
  while (text.size() < bytes) text += part;
  return text;
}

struct Named {
  const char* name;
  std::string_view text;
};

// Where the piece is put.
const Named kHeads[] = {
    {"in MSH", "MSH|^~\\&|"},
    {"in PID", "MSH|^~\\&|S|F\rPID|"},
    {"in a name", "MSH|^~\\&|S|F\r"},
    {"in Big5", "MSH|^~\\&||||||||||||||||BIG-5\rPID|"},
    {"in JIS", "MSH|^~\\&||||||||||||||||~ISO IR87\rPID|\x1B$B"},
    {"without escape", "MSH|^~\rPID|"},
};

using namespace std::string_view_literals;

const Named kPieces[] = {
    {"field separators", "|"},
    {"component separators", "^"},
    {"repetition separators", "~"},
    {"subcomponent separators", "&"},
    {"all separators", "a&b^c~d|"},
    {"escapes", "\\"},
    {"unfinished escapes", "\\X4"},
    {"empty escapes", "\\H\\"},
    {"blanks by escape", "\\.sk99\\"},
    {"controls by escape", "\\X00\\"},
    {"switches by escape", "\\M2442\\"},
    {"switches", "\x1B$B\x1B(B"},
    {"switches cut short", "\x1B$"},
    {"carriage returns", "\r"},
    {"pairs and more", "\r\n\n"},
    {"short segments", "\rA|b"},
    {"nuls", "\0"sv},
    {"eight bit", "\xFF"},
    {"half surrogates", "\xED\xA0\x80"},
    {"headers", "\rMSH|^~\\&|"},
};

constexpr std::size_t kBytes = 20'000;

// In one place, where it is fast: a million octets, of which the square is a matter
// of an hour.
#ifdef NDEBUG
constexpr std::size_t kManyBytes = 1'000'000;
#else
constexpr std::size_t kManyBytes = kBytes;
#endif

// At most so often what was sent: text of a blank by escape takes sixteen times
// its length, JSON and growing buffers some times that.
constexpr std::size_t kMemoryFactor = 400;

std::size_t count_parts(const Message& message) {
  const Delimiters& delimiters = message.delimiters();
  std::size_t count = 0;
  for (const Segment& segment : message.segments()) {
    Cutter fields(message, segment.text, delimiters.field);
    while (fields.next()) {
      for (Cutter each(message, fields.part(), delimiters.repetition); each.next();) {
        for (Cutter part(message, each.part(), delimiters.component); part.next();) ++count;
      }
    }
  }
  return count;
}

void edit(base::ByteView octets, std::size_t size) {
  auto editor = Editor::open(octets);
  ASSERT_TRUE(editor);
  for (const char* text : {"PID-1(*).2", "PID-1", "PID-3.2", "MSH-3(*)", "A(*)"}) {
    const auto path = parse_path(text);
    if (path) static_cast<void>(editor->set(*path, "x"));
  }
  static_cast<void>(editor->remove(*parse_path("PID-1(1)")));
  EXPECT_LE(editor->size_bytes(), 4 * size + 1000);
  std::string out;
  editor->append_to(out);
  EXPECT_EQ(out.size(), editor->size_bytes());
}

void convert(const Message& message, std::size_t size) {
  Decoder decoder;
  decoder.open(message);
  std::string json;
  append_json(json, message, decoder);
  EXPECT_LE(json.size(), 40 * size);
  std::string back;
  JsonReader reader;
  const auto lost_count = reader.append_message(back, json);
  EXPECT_LE(back.size(), JsonLimits{}.message_bytes_max);
  EXPECT_TRUE(lost_count || back.empty());
}

void read(base::ByteView octets) {
  const std::size_t size = octets.size();
  const FrameContents contents = split_frame(octets);
  EXPECT_LE(contents.messages.size(), SplitLimits{}.messages_max);
  EXPECT_LE(contents.problems.size(), FrameContents::kProblemsMax);
  const auto header = parse_header(octets);
  ASSERT_TRUE(header);
  std::string answer;
  append_ack(answer, {.header = &*header, .code = AckCode::kAR});
  EXPECT_LE(answer.size(), 4 * size + 1000);

  Message message;
  if (!message.parse(octets)) return;
  EXPECT_LE(message.segments().size(), ParseLimits{}.segments_max);
  EXPECT_LE(count_parts(message), size + 2);
  EXPECT_EQ(message.get(*parse_path("MSH-65535(65535).65535.65535")), "");
  std::size_t match_count = 0;
  for (const Match& match : Matches(message, *parse_path("PID-1(*).2"))) {
    match_count += match.value.size() + 1;
  }
  EXPECT_LE(match_count, 2 * size);
  std::string text;
  append_unescaped(text, message.segments().back().text, message.delimiters());
  EXPECT_LE(text.size(), 16 * size);
  convert(message, size);
  edit(octets, size);
}

TEST(Hostile, StaysLinearInTimeAndMemory) {
  std::size_t count = 0;
  for (const Named& head : kHeads) {
    const std::size_t bytes = &head == &kHeads[1] ? kManyBytes : kBytes;
    for (const Named& piece : kPieces) {
      SCOPED_TRACE(std::string(piece.name) + " " + head.name);
      const std::string text = std::string(head.text) + repeat(piece.text, bytes);
      const std::size_t bytes_before = allocated_bytes();
      read(base::as_bytes(text));
      EXPECT_LE(allocated_bytes() - bytes_before, kMemoryFactor * text.size());
      ++count;
    }
  }
  EXPECT_EQ(count, 120U);
}

// More than the limits allow, told with the place of the first over.
struct Over {
  const char* name;
  std::string text;
  ParseError want;
};

TEST(Hostile, BeyondALimitIsRefusedWithItsPlace) {
  constexpr std::size_t kMillion = 1'000'000;
  const std::string head = "MSH|^~\\&|\r";
  const Over overs[] = {
      {"fields",
       head + "PID" + repeat("|", kMillion + 1),
       {ParseFault::kTooManyParts, head.size() + 3 + kMillion}},
      {"repetitions",
       head + "PID|" + repeat("~", kMillion),
       {ParseFault::kTooManyParts, head.size() + 4 + kMillion - 1}},
      {"components",
       head + "PID|" + repeat("^", kMillion),
       {ParseFault::kTooManyParts, head.size() + 4 + kMillion - 1}},
      {"subcomponents",
       head + "PID|" + repeat("&", kMillion),
       {ParseFault::kTooManyParts, head.size() + 4 + kMillion - 1}},
      {"segments",
       head + repeat("A\r", 2 * 100'000),
       {ParseFault::kTooManySegments, head.size() + 2 * (100'000 - 1)}},
  };
  Message message;
  for (const Over& over : overs) {
    const auto refused = message.parse(base::as_bytes(over.text), {.parts_max = kMillion});
    ASSERT_FALSE(refused) << over.name;
    EXPECT_EQ(refused.error(), over.want) << over.name;
  }
}

// What begins as an envelope, and what is in front of a message.
TEST(Hostile, FramesAreSplitWithinLimits) {
  constexpr std::size_t kMillion = 1'000'000;
  const std::string frames[] = {
      repeat("MSH|^\r", kMillion),
      "MSH|^\r" + repeat("MSH|\r", kMillion),
      repeat("BHS|^\r", kMillion),
      "BHS|^\r" + repeat("BTS|1\r", kMillion),
      repeat("FHS|^\rFTS|9\r", kMillion),
      std::string(kMillion, ' ') + "MSH|^~\\&|",
      "BHS|^\r" + std::string(kMillion, ' '),
  };
  for (const std::string& frame : frames) {
    const FrameContents contents = split_frame(base::as_bytes(frame));
    EXPECT_LE(contents.messages.size(), SplitLimits{}.messages_max);
    EXPECT_LE(contents.batches.size(), SplitLimits{}.messages_max);
    EXPECT_LE(contents.problems.size(), FrameContents::kProblemsMax);
  }
}

// Counts that would take gigabytes to write out.
TEST(Hostile, CountsAreNotWrittenOutBeyondALimit) {
  auto editor = Editor::open(base::as_bytes("MSH|^~\\&\r" + repeat("OBX\r", 40'000)));
  ASSERT_TRUE(editor);
  const std::size_t bytes_before = allocated_bytes();
  const EditLimits limits;
  const auto refused = editor->set(*parse_path("OBX(*)-65535(65535).65535.65535"), "x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), EditFault::kTooLarge);
  EXPECT_LE(allocated_bytes() - bytes_before, 6 * limits.message_bytes_max);
}

TEST(Hostile, JsonStaysLinearInTimeAndMemory) {
  const std::string head = R"({"segments":[{"name":"MSH","fields":{"1":"|","2":"^~\\&"}},)";
  const Named pieces[] = {
      {"brackets", "["},
      {"braces", R"({"a":)"},
      {"segments", R"({"name":"PID","fields":{}},)"},
      {"names", R"({"name":")"},
      {"quotes", "\""},
      {"backslashes", "\\\\"},
      {"half surrogates", R"({"name":"\uD800"},)"},
      {"nuls", R"({"name":"PID","fields":{"1":"\u0000"}},)"},
      {"far places", R"({"name":"PID","fields":{"9999":{"9999":"a"}}},)"},
      {"blanks", " "},
      {"commas", ","},
      {"numbers", "9"},
  };
  for (const Named& piece : pieces) {
    SCOPED_TRACE(piece.name);
    const std::string text = head + repeat(piece.text, kBytes);
    const std::size_t bytes_before = allocated_bytes();
    JsonReader reader;
    std::string out;
    EXPECT_FALSE(reader.append_message(out, text, {.message_bytes_max = base::kMiB}));
    EXPECT_EQ(out, "");
    EXPECT_LE(allocated_bytes() - bytes_before, 10 * base::kMiB);
  }
}

}  // namespace
}  // namespace hl7
