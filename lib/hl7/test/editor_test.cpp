#include "hl7/editor.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "hl7/builder.hpp"

namespace hl7 {
namespace {

constexpr std::string_view kMessage =
    "MSH|^~\\&|HIS||||2026||ADT^A01|7|P|2.5\r"
    "PID|1||4711^^^HIS&1.2&ISO~0815^^^LAB||Doe^Jane\r"
    "OBX|1|NM|GLU\r"
    "ZPI\r"
    "OBX|2|ST|NOTE||a~b~c\r";

Path path(std::string_view text) {
  const auto parsed = parse_path(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : Path{};
}

Editor open(std::string_view text) {
  auto editor = Editor::open(base::as_bytes(text));
  EXPECT_TRUE(editor);
  return std::move(*editor);
}

std::string octets(const Editor& editor) {
  std::string out;
  editor.append_to(out);
  EXPECT_EQ(out.size(), editor.size_bytes());
  return out;
}

// The text with one piece of it replaced.
std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out(text);
  const std::size_t at = out.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  EXPECT_EQ(out.find(from, at + 1), std::string::npos) << from << " is there twice";
  if (at != std::string::npos) out.replace(at, from.size(), to);
  return out;
}

struct Edit {
  const char* path;
  std::string_view text;
  std::string_view from;  // of kMessage
  std::string_view to;
};

const Edit kSet[] = {
    // What is there.
    {"PID-1", "9", "PID|1|", "PID|9|"},
    {"PID-5.2", "Ann", "Doe^Jane", "Doe^Ann"},
    {"PID-5", "Doe", "Doe^Jane", "Doe"},
    {"PID-3(2)", "x", "~0815^^^LAB|", "~x|"},
    {"PID-3(2).1", "x", "0815", "x"},
    {"PID-3.4.2", "9", "HIS&1.2&ISO", "HIS&9&ISO"},
    {"PID-3.1.1", "x", "4711", "x"},
    {"MSH-10", "8", "|7|", "|8|"},
    {"MSH-9.2", "A08", "A01", "A08"},
    {"OBX(2)-3", "N", "NOTE", "N"},
    {"OBX(2)-5(2)", "x", "a~b~c", "a~x~c"},
    {"PID-5.2", "", "^Jane", "^"},

    // What is made.
    {"PID-5.4", "x", "Doe^Jane", "Doe^Jane^^x"},
    {"PID-5.2.3", "x", "Jane", "Jane&&x"},
    {"PID-5(3).2", "x", "Doe^Jane", "Doe^Jane~~^x"},
    {"PID-8", "F", "Jane\r", "Jane|||F\r"},
    {"PID-2.3", "x", "1||4711", "1|^^x|4711"},
    {"PID-2(2).2.2", "x", "1||4711", "1|~^&x|4711"},
    {"PID-9(2).3.4", "x", "Jane\r", "Jane||||~^^&&&x\r"},
    {"ZPI-2", "x", "ZPI\r", "ZPI||x\r"},
    {"MSH-15", "AL", "|2.5\r", "|2.5|||AL\r"},
    {"OBX-5(2)", "x", "GLU\r", "GLU||~x\r"},

    // What need not be made.
    {"PID-30", "", "Jane\r", "Jane\r"},
    {"PID-5.9.9", "", "Jane\r", "Jane\r"},

    // With all of them.
    {"OBX(2)-5(*)", "x", "a~b~c", "x~x~x"},
    {"OBX(2)-5(*).2", "x", "a~b~c", "a^x~b^x~c^x"},
    {"OBX-5(*)", "x", "GLU\r", "GLU\r"},
    {"PV1(*)-2", "I", "ZPI\r", "ZPI\r"},

    // Escaped.
    {"PID-5.1", "D|o&e\\\r", "Doe", "D\\F\\o\\T\\e\\E\\\\X0D\\"},
    {"PID-5.1", "Dö", "Doe", "Dö"},
    {"PID-8", "\"\"", "Jane\r", "Jane|||\\X22\\\"\r"},
};

TEST(Editor, SetsAPlaceAndNothingElse) {
  for (const auto& [where, text, from, to] : kSet) {
    SCOPED_TRACE(where);
    Editor editor = open(kMessage);
    EXPECT_TRUE(editor.set(path(where), text));
    EXPECT_EQ(octets(editor), replaced(kMessage, from, to));
    if (!path(where).is_many() && to.find('\\') == std::string_view::npos) {
      EXPECT_EQ(editor.message().get(path(where)), text);
    }
  }
}

TEST(Editor, SetsAllSegmentsOfAName) {
  Editor editor = open(kMessage);
  EXPECT_TRUE(editor.set(path("OBX(*)-3"), "X"));
  EXPECT_EQ(octets(editor), replaced(replaced(kMessage, "GLU", "X"), "NOTE", "X"));
}

TEST(Editor, GivesBackWhatWasNotEdited) {
  for (const std::string_view text :
       {kMessage, std::string_view("\xEF\xBB\xBF \r\nMSH|^~\\&\r\n\r\nPID|1|\n \t\rOBX||\r\r"),
        std::string_view("MSH|^~\\&|a"), std::string_view("MSH#*#\0#\rA\0\xFF|\n", 15)}) {
    EXPECT_EQ(octets(open(text)), text);
  }
}

TEST(Editor, KeepsLineEndsAndBlankLinesAroundAnEdit) {
  Editor editor = open("\n MSH|^~\\&\r\n\r\nPID|1\n \t\rOBX|2");
  EXPECT_TRUE(editor.set(path("PID-1"), "9"));
  EXPECT_TRUE(editor.set(path("OBX-1"), "9"));
  EXPECT_EQ(octets(editor), "\n MSH|^~\\&\r\n\r\nPID|9\n \t\rOBX|9");
}

TEST(Editor, EditsWhatItHasEdited) {
  Editor editor = open(kMessage);
  for (const char* text : {"a", "a longer text than before, by far", ""}) {
    EXPECT_TRUE(editor.set(path("PID-5.1"), text));
    EXPECT_TRUE(editor.set(path("PID-5.3"), text));
    EXPECT_EQ(editor.message().get(path("PID-5.3")), text);
  }
  EXPECT_EQ(octets(editor), replaced(kMessage, "Doe^Jane", "^Jane^"));
  Editor moved = std::move(editor);
  EXPECT_TRUE(moved.set(path("PID-5.1"), "Doe"));
  EXPECT_EQ(octets(moved), replaced(kMessage, "Doe^Jane", "Doe^Jane^"));
}

// --- octets, null, repetitions

TEST(Editor, SetsOctetsThatHoldLowerSeparatorsOnly) {
  Editor editor = open(kMessage);
  EXPECT_TRUE(editor.set_octets(path("PID-5"), "A^B~C"));
  EXPECT_TRUE(editor.set_octets(path("PID-3(2)"), "A^B&C"));
  EXPECT_TRUE(editor.set_octets(path("PID-3.1"), "A&B"));
  EXPECT_EQ(octets(editor),
            replaced(replaced(replaced(kMessage, "4711", "A&B"), "~0815^^^LAB", "~A^B&C"),
                     "Doe^Jane", "A^B~C"));
  for (const auto& [where, text] :
       std::vector<std::pair<const char*, const char*>>{{"PID-5", "a|b"},
                                                        {"PID-5", "a\rb"},
                                                        {"PID-5", "a\nb"},
                                                        {"PID-5(1)", "a~b"},
                                                        {"PID-5.1", "a~b"},
                                                        {"PID-5.1", "a^b"},
                                                        {"PID-5.1.1", "a&b"}}) {
    const auto refused = editor.set_octets(path(where), text);
    ASSERT_FALSE(refused) << where;
    EXPECT_EQ(refused.error(), EditFault::kSeparatorInside) << where;
  }
}

TEST(Editor, SetsNull) {
  Editor editor = open(kMessage);
  EXPECT_TRUE(editor.set_null(path("PID-5.2")));
  EXPECT_EQ(octets(editor), replaced(kMessage, "Jane", "\"\""));
}

TEST(Editor, AddsRepetitions) {
  Editor editor = open(kMessage);
  EXPECT_TRUE(editor.add_repetition(path("PID-3"), "a~b"));
  EXPECT_TRUE(editor.add_repetition(path("PID-2"), "first"));
  EXPECT_TRUE(editor.add_repetition(path("PID-7"), "made"));
  EXPECT_EQ(octets(editor), replaced(replaced(replaced(kMessage, "^LAB|", "^LAB~a\\R\\b|"),
                                              "1||4711", "1|first|4711"),
                                     "Jane\r", "Jane||made\r"));
}

struct Removal {
  const char* path;
  std::string_view from;
  std::string_view to;
};

const Removal kRemoved[] = {
    {"OBX", "OBX|1|NM|GLU\r", ""},
    {"OBX(2)", "OBX|2|ST|NOTE||a~b~c\r", ""},
    {"OBX(*)", "OBX|1|NM|GLU\rZPI\rOBX|2|ST|NOTE||a~b~c\r", "ZPI\r"},
    {"PV1", "ZPI", "ZPI"},
    {"PID-3", "4711^^^HIS&1.2&ISO~0815^^^LAB", ""},
    {"PID-3(1)", "4711^^^HIS&1.2&ISO~0815", "0815"},
    {"PID-3(2)", "~0815^^^LAB", ""},
    {"PID-3(3)", "ZPI", "ZPI"},
    {"PID-3(*)", "4711^^^HIS&1.2&ISO~0815^^^LAB", ""},
    {"OBX(2)-5(2)", "a~b~c", "a~c"},
    {"PID-1(1)", "PID|1|", "PID||"},
    {"PID-5.1", "Doe^", "^"},
    {"PID-3.4.2", "HIS&1.2&ISO", "HIS&&ISO"},
    {"PID-3(*).4", "4711^^^HIS&1.2&ISO~0815^^^LAB", "4711^^^~0815^^^"},
    {"PID-99.3", "ZPI", "ZPI"},
    {"PV1-2", "ZPI", "ZPI"},
};

TEST(Editor, Removes) {
  for (const auto& [where, from, to] : kRemoved) {
    SCOPED_TRACE(where);
    Editor editor = open(kMessage);
    EXPECT_TRUE(editor.remove(path(where)));
    EXPECT_EQ(octets(editor), replaced(kMessage, from, to));
  }
}

TEST(Editor, AddsSegments) {
  Editor editor = open(kMessage);
  EXPECT_TRUE(editor.add_segment("NTE|1||text"));
  EXPECT_TRUE(editor.add_segment("PV1", 2));
  EXPECT_TRUE(editor.add_segment("EVN", 0));
  EXPECT_TRUE(editor.set(path("PV1-2"), "I"));
  EXPECT_EQ(octets(editor),
            replaced(replaced(std::string(kMessage) + "NTE|1||text\r", "OBX|1", "PV1||I\rOBX|1"),
                     "PID|", "EVN\rPID|"));
  EXPECT_EQ(editor.message().get(path("NTE-3")), "text");
  const auto refused = editor.add_segment("NTE\rPID");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), EditFault::kSeparatorInside);
}

TEST(Editor, AddsSegmentsWithTheLineEndsOfTheMessage) {
  Editor unix = open("MSH|^~\\&\nPID|1");
  EXPECT_TRUE(unix.add_segment("NTE"));
  EXPECT_EQ(octets(unix), "MSH|^~\\&\nPID|1\nNTE");
  Editor windows = open("MSH|^~\\&\r\nPID|1\r\n");
  EXPECT_TRUE(windows.add_segment("NTE", 1));
  EXPECT_EQ(octets(windows), "MSH|^~\\&\r\nNTE\r\nPID|1\r\n");
  Editor blanks = open("MSH|^~\\&\r ");
  EXPECT_TRUE(blanks.add_segment("NTE"));
  EXPECT_EQ(octets(blanks), "MSH|^~\\&\r \rNTE\r");
  Editor alone = open("MSH|^~\\&");
  EXPECT_TRUE(alone.add_segment("NTE"));
  EXPECT_TRUE(alone.add_segment("ZZZ"));
  EXPECT_EQ(octets(alone), "MSH|^~\\&\rNTE\rZZZ");
}

// --- faults

struct Refusal {
  std::string_view message;
  const char* path;
  std::string_view text;
  EditFault fault;
};

const Refusal kRefused[] = {
    {kMessage, "PV1-2", "I", EditFault::kNoSegment},
    {kMessage, "OBX(3)-2", "I", EditFault::kNoSegment},
    {kMessage, "PID", "x", EditFault::kNeedsField},
    {kMessage, "MSH-1", "#", EditFault::kDelimiters},
    {kMessage, "MSH-2.1", "#", EditFault::kDelimiters},
    {kMessage, "PID-5.1", "\xFF", EditFault::kNotInCharset},
    {"MSH|^~\\&||||||||||||||||8859/1\rPID|1\r", "PID-5", "€", EditFault::kNotInCharset},
    {"MSH|^\rPID|1\r", "PID-5(2)", "x", EditFault::kCannotSeparate},
    {"MSH|^\rPID|1\r", "PID-5.1.2", "x", EditFault::kCannotSeparate},
    {"MSH|^\rPID|1\r", "PID-5", "a|b", EditFault::kNotInCharset},
};

TEST(Editor, RefusesWithAFaultAndLeavesTheMessageAsItWas) {
  for (const auto& [message, where, text, fault] : kRefused) {
    SCOPED_TRACE(std::string(where) + " " + std::string(to_string(fault)));
    Editor editor = open(message);
    const auto refused = editor.set(path(where), text);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), fault);
    EXPECT_EQ(octets(editor), message);
  }
  Editor editor = open(kMessage);
  EXPECT_EQ(editor.remove(path("MSH")).error(), EditFault::kDelimiters);
  EXPECT_EQ(editor.set_octets(path("PID"), "x").error(), EditFault::kNeedsField);
  EXPECT_EQ(editor.add_repetition(path("PID"), "x").error(), EditFault::kNeedsField);
  EXPECT_TRUE(editor.set(path("PID-5.1.1"), "x"));
}

TEST(Editor, NeverGrowsAMessageBeyondItsLimit) {
  auto editor = Editor::open(base::as_bytes(kMessage), {}, {}, {.message_bytes_max = 1000});
  ASSERT_TRUE(editor);
  const std::string long_text(900, 'x');
  EXPECT_EQ(editor->set(path("PID-65535.65535.65535"), "x").error(), EditFault::kTooLarge);
  EXPECT_EQ(editor->set(path("PID-5"), long_text).error(), EditFault::kTooLarge);
  EXPECT_EQ(editor->add_segment(long_text).error(), EditFault::kTooLarge);
  EXPECT_EQ(octets(*editor), kMessage);
}

TEST(Editor, RefusesWhatCannotBeParsed) {
  const auto refused = Editor::open(base::as_bytes("PID|1"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (ParseError{ParseFault::kNoHeader, 0}));
}

// --- character sets

TEST(Editor, WritesTextInTheSetOfTheMessage) {
  Editor latin = open("MSH|^~\\&||||||||||||||||8859/1\rPID|\xE9\r");
  EXPECT_TRUE(latin.set(path("PID-2"), "ö"));
  EXPECT_EQ(octets(latin), "MSH|^~\\&||||||||||||||||8859/1\rPID|\xE9|\xF6\r");
  Editor unnamed = open("MSH|^~\\&\rPID|\xE9\r");
  EXPECT_TRUE(unnamed.set(path("PID-2"), "ö"));
  EXPECT_EQ(octets(unnamed), "MSH|^~\\&\rPID|\xE9|\xF6\r");
  Editor utf8 = open("MSH|^~\\&\rPID|é\r");
  EXPECT_TRUE(utf8.set(path("PID-2"), "ö"));
  EXPECT_EQ(octets(utf8), "MSH|^~\\&\rPID|é|ö\r");
}

TEST(Editor, CutsCharactersThatCollideBeforeAndAfterAnEdit) {
  const std::string head = "MSH|^~\\&||||||||||||||||BIG-5\r";
  Editor editor = open(head + "PID|\xA2\x7C^b|c\r");
  EXPECT_TRUE(editor.set(path("PID-1.2"), "└α"));
  EXPECT_TRUE(editor.set(path("PID-2.2"), "x"));
  EXPECT_EQ(octets(editor), head + "PID|\xA2\x7C^\xA2\x7C\xA3\x5C|c^x\r");
  EXPECT_TRUE(editor.set_octets(path("PID-2"), "\xA2\x7C"));
  EXPECT_EQ(editor.set_octets(path("PID-2"), "\xA2\x7C|").error(), EditFault::kSeparatorInside);
  EXPECT_TRUE(editor.add_segment("NTE|\xA2\x7C|b", 1));
  EXPECT_EQ(editor.message().get(path("NTE-2")), "b");
  EXPECT_TRUE(editor.remove(path("PID-1(1)")));
  EXPECT_EQ(octets(editor), head + "NTE|\xA2\x7C|b\rPID||\xA2\x7C\r");
  EXPECT_TRUE(editor.remove(path("NTE")));
  EXPECT_EQ(octets(editor), head + "PID||\xA2\x7C\r");
}

// The first half of a character would take the delimiter that follows for its second.
TEST(Editor, PutsNoDelimiterBehindHalfACharacter) {
  const std::string text = "MSH|^~\\&||||||||||||||||BIG-5\rPID|1|\xA2\r";
  Editor editor = open(text);
  for (const char* where : {"PID-1", "PID-3", "PID-1.2", "NTE-1"}) {
    EXPECT_EQ(editor.set_octets(path(where), "x\xA2").error(), EditFault::kBrokenCharacter);
  }
  EXPECT_EQ(editor.set(path("PID-3"), "x").error(), EditFault::kBrokenCharacter);
  EXPECT_EQ(editor.set(path("PID-2.2"), "x").error(), EditFault::kBrokenCharacter);
  EXPECT_EQ(editor.add_repetition(path("PID-2"), "x").error(), EditFault::kBrokenCharacter);
  EXPECT_EQ(octets(editor), text);
  EXPECT_TRUE(editor.set(path("PID-2"), "└"));
  EXPECT_TRUE(editor.set(path("PID-3"), "x"));
  EXPECT_EQ(editor.message().get(path("PID-3")), "x");
}

TEST(Editor, PutsNoDelimiterBehindASwitch) {
  const std::string text = "MSH|^~\\&||||||||||||||||~ISO IR87\rPID|1|\x1B$B8!\r";
  Editor editor = open(text);
  EXPECT_EQ(editor.set_octets(path("PID-1"), "\x1B$B8!").error(), EditFault::kBrokenCharacter);
  EXPECT_EQ(editor.set_octets(path("PID-1"), "\x1B(I1").error(), EditFault::kBrokenCharacter);
  EXPECT_EQ(editor.set(path("PID-4"), "x").error(), EditFault::kBrokenCharacter);
  EXPECT_EQ(octets(editor), text);
  EXPECT_TRUE(editor.set_octets(path("PID-2"), "\x1B$B8!\x1B(B"));
  EXPECT_TRUE(editor.set(path("PID-4"), "x"));
  EXPECT_EQ(editor.message().get(path("PID-4")), "x");
}

// In Big5 the field in front would reach over the separator, and MSH-18 would be MSH-17.
TEST(Editor, NamesNoSetThatHidesItsOwnName) {
  const std::string text = "MSH|^~\\&|\xA2|a||||||||||||||8859/1\rPID|1\r";
  Editor editor = open(text);
  EXPECT_EQ(editor.set(path("MSH-18"), "BIG-5").error(), EditFault::kBrokenCharacter);
  EXPECT_EQ(octets(editor), text);
}

TEST(Editor, ReadsAnewWhenTheSetIsChanged) {
  Editor editor = open("MSH|^~\\&\rPID|\xA2\x7C|b\r");
  EXPECT_EQ(editor.message().get(path("PID-2")), "");
  EXPECT_TRUE(editor.set(path("MSH-18"), "BIG-5"));
  EXPECT_EQ(editor.message().get(path("PID-2")), "b");
  EXPECT_TRUE(editor.set(path("PID-3"), "α"));
  EXPECT_EQ(octets(editor), "MSH|^~\\&||||||||||||||||BIG-5\rPID|\xA2\x7C|b|\xA3\x5C\r");
}

// --- new messages

TEST(Builder, BeginsAMessageThatIsEdited) {
  auto message = make_message({.sending_application = "HIS & more",
                               .receiving_facility = "Süd",
                               .type = "ADT",
                               .trigger = "A01",
                               .structure = "ADT_A01",
                               .control_id = "42"});
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->add_segment("PID"));
  EXPECT_TRUE(message->set(path("PID-3.1"), "4711"));
  EXPECT_TRUE(message->add_repetition(path("PID-3"), "0815"));
  EXPECT_EQ(octets(*message),
            "MSH|^~\\&|HIS \\T\\ more|||Süd|19700101000000+0000||ADT^A01^ADT_A01|42|P|2.5.1|||||"
            "|UNICODE UTF-8\rPID|||4711~0815\r");
}

TEST(Builder, UsesTheDelimitersAndTheSetThatItIsGiven) {
  auto message = make_message({.delimiters = {'#', '*', '!', '$', '%', 0},
                               .sending_application = "ö",
                               .time_form = TimeForm::kPlain,
                               .type = "ACK",
                               .control_id = "4#2",
                               .version = "2.3",
                               .charset = "8859/1"});
  ASSERT_TRUE(message);
  EXPECT_EQ(octets(*message), "MSH#*!$%#\xF6####19700101000000##ACK#4$F$2#P#2.3######8859/1\r");
}

TEST(Builder, RefusesWhatItCannotWrite) {
  EXPECT_EQ(make_message({.sending_application = "€", .charset = "8859/1"}).error(),
            EditFault::kNotInCharset);
  EXPECT_EQ(make_message({.delimiters = {'|', '|', '~', 0, 0, 0}}).error(), EditFault::kDelimiters);
}

}  // namespace
}  // namespace hl7
