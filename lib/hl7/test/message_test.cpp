#include "hl7/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hl7 {
namespace {

using testing::ElementsAre;

constexpr std::string_view kMessage =
    "MSH|^~\\&|HIS|CENTRAL|LAB|PATHOLOGY|20260403||ORU^R01|7|P|2.5\r"
    "PID|1||4711^^^HIS&1.2.3&ISO^MR~0815^^^LAB&4.5.6&ISO||Doe^Jane^^\"\"\r"
    "OBX|1|NM|GLU^Glucose||5.1|mmol/L\r"
    "OBX|2|ST|NOTE||a\\T\\b|\"\"\r"
    "ZPI|local\r"
    "OBX|3|TX|PDF||third~more\r";

// The message and the octets that it looks into.
struct Parsed {
  explicit Parsed(std::string_view from) : text(from) {
    const auto parsed = message.parse(base::as_bytes(text));
    EXPECT_TRUE(parsed) << (parsed ? "" : to_string(parsed.error().fault));
  }

  std::string text;
  Message message;
};

std::vector<std::string> lines(const Message& message) {
  std::vector<std::string> texts;
  for (const Segment& segment : message.segments()) texts.emplace_back(segment.text);
  return texts;
}

std::string_view get(const Message& message, std::string_view path) {
  const auto parsed = parse_path(path);
  EXPECT_TRUE(parsed) << path;
  return parsed ? message.get(*parsed) : std::string_view{};
}

// --- values by path

struct Value {
  const char* path;
  std::string_view want;
};

const Value kValues[] = {
    // A field whole, its repetitions, their parts.
    {"PID-3", "4711^^^HIS&1.2.3&ISO^MR~0815^^^LAB&4.5.6&ISO"},
    {"PID-3(1)", "4711^^^HIS&1.2.3&ISO^MR"},
    {"PID-3(2)", "0815^^^LAB&4.5.6&ISO"},
    {"PID-3(3)", ""},
    {"PID-3.1", "4711"},
    {"PID-3.4", "HIS&1.2.3&ISO"},
    {"PID-3.4.2", "1.2.3"},
    {"PID-3(2).4.2", "4.5.6"},
    {"PID-3(2).5", ""},
    {"PID-3.4.4", ""},

    // What has no parts is its own first part.
    {"PID-1", "1"},
    {"PID-1.1", "1"},
    {"PID-1.1.1", "1"},
    {"PID-1(1)", "1"},
    {"PID-1.2", ""},
    {"PID-1.1.2", ""},
    {"PID-3.1.1", "4711"},

    // Segments of one name.
    {"OBX-5", "5.1"},
    {"OBX(2)-5", "a\\T\\b"},
    {"OBX(3)-5", "third~more"},
    {"OBX(4)-5", ""},
    {"OBX(*)-5", "5.1"},
    {"OBX(3)-5(*)", "third"},
    {"OBX(2)", "OBX|2|ST|NOTE||a\\T\\b|\"\""},
    {"ZPI-1", "local"},

    // Null is told, not hidden.
    {"OBX(2)-6", "\"\""},
    {"PID-5.4", "\"\""},

    // Nothing there.
    {"PID-2", ""},
    {"PID-99", ""},
    {"PV1-2", ""},
    {"PV1", ""},

    // MSH-1 is the separator, and MSH-2 has no parts.
    {"MSH-1", "|"},
    {"MSH-1.1", "|"},
    {"MSH-1.2", ""},
    {"MSH-2", "^~\\&"},
    {"MSH-2.1", "^~\\&"},
    {"MSH-2(1)", "^~\\&"},
    {"MSH-2(2)", ""},
    {"MSH-2.2", ""},
    {"MSH-2.1.2", ""},
    {"MSH-3", "HIS"},
    {"MSH-9", "ORU^R01"},
    {"MSH-9.2", "R01"},
    {"MSH-10", "7"},
    {"MSH-12", "2.5"},
    {"MSH-13", ""},
};

TEST(Message, GivesWhatAPathNames) {
  const Parsed parsed(kMessage);
  for (const auto& [path, want] : kValues) EXPECT_EQ(get(parsed.message, path), want) << path;
}

TEST(Message, GivesViewsIntoTheOctetsItWasGiven) {
  const Parsed parsed(kMessage);
  const std::string_view value = get(parsed.message, "PID-3(2).4.2");
  EXPECT_EQ(value.data(), parsed.text.data() + parsed.text.find("4.5.6"));
}

TEST(Message, IsReadWithItsOwnDelimiters) {
  const Parsed parsed("MSH#*!\\%#S#F#R#F#t##ADT*A01#NI#P#2.5\rPID#1##a*b%c!d*e#x^y|z\r");
  EXPECT_EQ(get(parsed.message, "MSH-1"), "#");
  EXPECT_EQ(get(parsed.message, "MSH-2"), "*!\\%");
  EXPECT_EQ(get(parsed.message, "PID-3.2.2"), "c");
  EXPECT_EQ(get(parsed.message, "PID-3(2).2"), "e");
  EXPECT_EQ(get(parsed.message, "PID-4.1.1"), "x^y|z");
}

// A delimiter that MSH-2 leaves out cuts nothing.
TEST(Message, WithAShortMsh2DoesNotCutByWhatIsNotThere) {
  const Parsed parsed("MSH|^\rPID|a~b^c&d\r");
  EXPECT_EQ(get(parsed.message, "PID-1(1)"), "a~b^c&d");
  EXPECT_EQ(get(parsed.message, "PID-1(2)"), "");
  EXPECT_EQ(get(parsed.message, "PID-1.2"), "c&d");
  EXPECT_EQ(get(parsed.message, "PID-1.2.1"), "c&d");
  EXPECT_EQ(get(parsed.message, "PID-1.2.2"), "");
  EXPECT_EQ(parsed.message.repetition_count(parsed.message.segments()[1], {1}), 1U);

  const Parsed with_nul(std::string_view("MSH|^\rPID|a\0b\r", 14));
  EXPECT_EQ(with_nul.message.repetition_count(with_nul.message.segments()[1], {1}), 1U);
}

TEST(Message, CountsAndFindsSegments) {
  const Parsed parsed(kMessage);
  EXPECT_EQ(parsed.message.count("OBX"), 3U);
  EXPECT_EQ(parsed.message.count("PV1"), 0U);
  EXPECT_EQ(parsed.message.count(""), 0U);
  EXPECT_EQ(parsed.message.find("OBX", {3})->text, "OBX|3|TX|PDF||third~more");
  EXPECT_EQ(parsed.message.find("OBX", {4}), nullptr);
  EXPECT_EQ(parsed.message.find("OB"), nullptr);
}

TEST(Message, CountsRepetitions) {
  const Parsed parsed(kMessage);
  const Segment& pid = *parsed.message.find("PID");
  EXPECT_EQ(parsed.message.repetition_count(pid, {3}), 2U);
  EXPECT_EQ(parsed.message.repetition_count(pid, {1}), 1U);
  EXPECT_EQ(parsed.message.repetition_count(pid, {2}), 0U);
  EXPECT_EQ(parsed.message.repetition_count(*parsed.message.find("MSH"), {2}), 1U);
}

TEST(Message, ReadsASegmentOfTheSameNameThroughAPath) {
  const Parsed parsed(kMessage);
  const auto path = parse_path("OBX-5");
  ASSERT_TRUE(path);
  EXPECT_EQ(parsed.message.get(parsed.message.segments()[5], *path), "third~more");
}

TEST(Null, IsTwoQuotesAndNothingElse) {
  EXPECT_TRUE(is_null("\"\""));
  EXPECT_FALSE(is_null(""));
  EXPECT_FALSE(is_null("\"\"\""));
  EXPECT_FALSE(is_null("\"\" "));
}

// --- segments and their ends

struct Ends {
  const char* name;
  std::string_view text;
  std::vector<std::string> want;
  LineEnds counted;
};

const Ends kEnds[] = {
    {"cr", "MSH|^\rA\rB\r", {"MSH|^", "A", "B"}, {3, 0, 0}},
    {"lf", "MSH|^\nA\nB\n", {"MSH|^", "A", "B"}, {0, 3, 0}},
    {"crlf", "MSH|^\r\nA\r\nB\r\n", {"MSH|^", "A", "B"}, {0, 0, 3}},
    {"mixed", "MSH|^\rA\nB\r\nC", {"MSH|^", "A", "B", "C"}, {1, 1, 1}},
    {"no_final_end", "MSH|^\rA", {"MSH|^", "A"}, {1, 0, 0}},
    {"blank_lines", "MSH|^\r\r\rA\r\r", {"MSH|^", "A"}, {5, 0, 0}},
    {"lines_of_blanks", "MSH|^\r \t\rA\r \r", {"MSH|^", "A"}, {4, 0, 0}},
    {"lf_then_cr", "MSH|^\n\rA", {"MSH|^", "A"}, {1, 1, 0}},
    {"cr_then_crlf", "MSH|^\r\r\nA", {"MSH|^", "A"}, {1, 0, 1}},
    {"cr_at_the_end", "MSH|^\nA\r", {"MSH|^", "A"}, {1, 1, 0}},
    {"header_alone", "MSH|^", {"MSH|^"}, {0, 0, 0}},
    {"blanks_in_front", " \r\n\tMSH|^\rA", {"MSH|^", "A"}, {1, 0, 0}},
    {"bom_in_front", "\xEF\xBB\xBFMSH|^\rA", {"MSH|^", "A"}, {1, 0, 0}},
    {"a_line_that_is_no_segment", "MSH|^\rfree text\r", {"MSH|^", "free text"}, {2, 0, 0}},
    {"a_second_header", "MSH|^\rA\rMSH|^\r", {"MSH|^", "A", "MSH|^"}, {3, 0, 0}},
    {"nul_inside",
     std::string_view("MSH|^\rA\0B\r", 10),
     {"MSH|^", std::string("A\0B", 3)},
     {2, 0, 0}},
};

class LineEndTest : public testing::TestWithParam<Ends> {};

TEST_P(LineEndTest, EndsASegmentAndIsCounted) {
  const Parsed parsed(GetParam().text);
  EXPECT_EQ(lines(parsed.message), GetParam().want);
  EXPECT_EQ(parsed.message.line_ends(), GetParam().counted);
}

INSTANTIATE_TEST_SUITE_P(Message, LineEndTest, testing::ValuesIn(kEnds),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(Segment, IsNamedByWhatStandsBeforeItsFirstSeparator) {
  const Parsed parsed("MSH|^\rPID|1\rNK\rPIDX|2\rP|3\r|4\rfree text\rI|||5\r||||6\r");
  std::vector<std::string_view> names;
  for (const Segment& segment : parsed.message.segments()) names.push_back(segment.name());
  EXPECT_THAT(names, ElementsAre("MSH", "PID", "NK", "PIDX", "P", "", "free text", "I", ""));
  EXPECT_EQ(parsed.message.count("PID"), 1U);
}

// --- errors and use again

TEST(Message, WithoutAHeaderIsRefusedAndEmpty) {
  Parsed parsed(kMessage);
  const auto refused = parsed.message.parse(base::as_bytes("\r\nPID|1"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (ParseError{ParseFault::kNoHeader, 2}));
  EXPECT_TRUE(parsed.message.segments().empty());
  EXPECT_EQ(get(parsed.message, "PID-1"), "");
}

TEST(Message, WithUnusableDelimitersIsRefused) {
  Message message;
  const auto refused = message.parse(base::as_bytes("MSH|^^|"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (ParseError{ParseFault::kBadDelimiters, 0}));
}

TEST(Message, OfTooManySegmentsIsRefusedAtTheFirstOver) {
  Message message;
  const base::ByteView octets = base::as_bytes(" MSH|^\rA\r\rB\r");
  EXPECT_TRUE(message.parse(octets, {.segments_max = 3}));
  const auto refused = message.parse(octets, {.segments_max = 2});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (ParseError{ParseFault::kTooManySegments, 10}));
  EXPECT_TRUE(message.segments().empty());
}

struct Crowded {
  std::string_view segment;
  std::size_t parts_max;
  std::optional<std::size_t> offset;  // of the separator of the first part over
};

const Crowded kCrowded[] = {
    {"PID|1|2|3", 3, std::nullopt},
    {"PID|1|2|3", 2, 7},
    {"PID|1|a~b~c|2", 3, std::nullopt},
    {"PID|1|a~b~c~d|2", 3, 11},
    {"PID|1|a^b^c^d", 3, 11},
    {"PID|a&b&c&d|2", 3, 9},
    {"PID|a&b&c^d&e&f~g&h&i|a^b^c", 3, std::nullopt},
    {"PID|a^b^c~d^e^f|a~b", 3, std::nullopt},
    {"PID|a text that is long", 3, std::nullopt},
    {"P|1", 3, std::nullopt},
};

TEST(Message, OfTooManyPartsIsRefusedAtTheFirstOver) {
  constexpr std::string_view kHead = "MSH|^~\\&\r";
  for (const auto& [segment, parts_max, offset] : kCrowded) {
    SCOPED_TRACE(segment);
    const std::string text = std::string(kHead) + std::string(segment) + "\r";
    Message message;
    const auto parsed = message.parse(base::as_bytes(text), {.parts_max = parts_max});
    ASSERT_EQ(parsed.has_value(), !offset);
    if (parsed) continue;
    EXPECT_EQ(parsed.error(), (ParseError{ParseFault::kTooManyParts, kHead.size() + *offset}));
    EXPECT_TRUE(message.segments().empty());
  }
}

TEST(Message, ForgetsTheOneBefore) {
  Message message;
  ASSERT_TRUE(message.parse(base::as_bytes("MSH#*\nPID#1*2\nPV1#I\n")));
  ASSERT_TRUE(message.parse(base::as_bytes(kMessage)));
  EXPECT_EQ(get(message, "PV1-1"), "");
  EXPECT_EQ(get(message, "PID-5.2"), "Jane");
  EXPECT_EQ(message.line_ends(), (LineEnds{6, 0, 0}));
}

}  // namespace
}  // namespace hl7
