#include "hl7/decoder.hpp"

#include <gtest/gtest.h>

#include <string>

#include "hl7/encoder.hpp"
#include "hl7/header.hpp"
#include "hl7/message.hpp"

namespace hl7 {
namespace {

std::string_view get(const Message& message, std::string_view path) {
  const auto parsed = parse_path(path);
  EXPECT_TRUE(parsed) << path;
  return parsed ? message.get(*parsed) : std::string_view{};
}

std::string with_charset(std::string_view msh18, std::string_view msh20, std::string_view name) {
  return "MSH|^~\\&|S|F|R|G|2026||ADT^A01|7|P|2.5||||||" + std::string(msh18) + "||" +
         std::string(msh20) + "\rPID|1||4711||" + std::string(name) +
         "^Given~Second^Name||1980\rPV1|1|I\r";
}

// --- every name of table 0211, with a character in PID-5.1 whose octets are
// most like delimiters, and other characters of the set in MSH-4

struct Row {
  std::string_view msh18;
  std::string_view octets;
  std::string_view text;
  std::string_view msh20 = "";
};

const Row kRows[] = {
    {"", "Doe", "Doe"},
    {"ASCII", "Doe", "Doe"},
    {"ISO IR6", "Doe", "Doe"},
    {"8859/1", "M\xFCller", "Müller"},
    {"8859/2", "\xA3uk", "Łuk"},
    {"8859/3", "\xA1\xE6", "Ħĉ"},
    {"8859/4", "\xA2\xF9", "ĸų"},
    {"8859/5", "\xB8\xF1", "Иё"},
    {"8859/6", "\xC7\xE4", "ال"},
    {"8859/7", "\xC1\xFE", "Αώ"},
    {"8859/8", "\xE0\xFA", "את"},
    {"8859/9", "\xD0\xFD", "Ğı"},
    {"8859/15", "\xA4\xBD", "€œ"},
    {"ISO IR14", "\xB1\xDE\xC0", "ｱﾞﾀ"},
    {"ISO IR87", "\x1B$BK|P&8^5~P\\\x1B(B", "万丶五京俑"},
    {"~ISO IR87", "\x1B$BK|P&8^5~P\\\x1B(B", "万丶五京俑", "ISO 2022-1994"},
    {"ISO IR14~ISO IR87", "\xB1\x1B$B8^5~\x1B(J", "ｱ五京", "ISO 2022-1994"},
    {"~ISO IR14", "\x1B(I1^\\&\x1B(B", "ｱﾞﾜｦ"},
    {"ISO IR159", "\x1B$(D0^\x1B(B", "伱"},
    {"~ISO IR87~ISO IR159", "\x1B$BK|\x1B$(D0^\x1B(B", "万伱"},
    {"GB 18030-2000", "\xA9\x5C\xA8\x5E\xA8\x7C\xA8\x7E\x84\x31\x97\x33", "‐╚▅▇ｱ"},
    {"KS X 1001", "\xB0\xA1\xC8\xFE", "가힝"},
    {"CNS 11643-1992", "\xC4\xE3", "中"},
    {"BIG-5", "\xA3\x5C\xA3\x5E\xA2\x7C\xA2\x7E", "αγ└╭"},
    {"UNICODE", "M\xC3\xBCller", "Müller"},
    {"UNICODE UTF-8", "\xE8\xA1\xA8\xF0\x9F\x98\x80", "表😀"},
    {"UNICODE UTF-16", "M\xC3\xBCller", "Müller"},  // MLLP cannot carry it: so it is another
    {"UNICODE UTF-32", "M\xC3\xBCller", "Müller"},
    {"JAS2020", "\x1B$B8^\x1B(B", "五"},
    {"JIS X 0202", "\x1B$B8^\x1B(B", "五"},

    // Other spellings.
    {"GBK", "\xA8\x7C", "▅"},
    {"gb18030", "\xA8\x5E", "╚"},
    {"Big5", "\xA2\x7C", "└"},
    {"BIG_5", "\xA3\x5C", "α"},
    {"ISO IR 87", "\x1B$BK|\x1B(B", "万"},
    {"ISO-2022-JP", "\x1B$@8^\x1B(B", "五"},
    {"Shift_JIS", "\x81\x7E\x84\x5C\x84\x5E\x84\x7C\xB1", "×ЫЭлｱ"},
    {"SJIS", "\x95\x5C", "表"},
    {"SJIS", "\xB1\x7F\x1A\x1C", "ｱ\x7F\x1A\x1C"},
    {"EUC-JP", "\xC9\xBD\x8E\xB1", "表ｱ"},
    {"EUC-KR", "\xB0\xA1", "가"},
    {"EUC-TW", "\xC4\xE3", "中"},
    {"8859-1", "\xE9", "é"},
    {"ISO-8859-15", "\xA4", "€"},
    {"windows-1250", "\x9C", "ś"},
    {"CP1251", "\xC6", "Ж"},
    {"windows-1252", "\x80", "€"},

    // HL7's own switches, and sets on the right.
    {"~ISO IR87", R"(\M2442\K|8^5~P\\C2842\)", "万五京俑", "2.3"},
    {"~ISO IR159", R"(\M242844\0^\C2842\)", "伱", "2.3"},
    {"ASCII~8859/7",
     R"(a\C2D46\)"
     "\xC1",
     "aΑ", "2.3"},
    {"~8859/5", "\x1B-L\xB8", "И"},
    {"~KS X 1001", "\x1B$)C\xB0\xA1 x", "가 x"},
};

TEST(Decoder, ReadsEverySetOfTable0211AndCutsItRightly) {
  Decoder decoder;
  for (const Row& row : kRows) {
    SCOPED_TRACE(std::string(row.msh18) + " " + std::string(row.text));
    const std::string text = with_charset(row.msh18, row.msh20, row.octets);
    Message message;
    ASSERT_TRUE(message.parse(base::as_bytes(text)));
    decoder.open(message);
    EXPECT_EQ(decoder.decode(get(message, "PID-5.1")), row.text);
    EXPECT_EQ(get(message, "PID-5.2"), "Given");
    EXPECT_EQ(get(message, "PID-5(2).2"), "Name");
    EXPECT_EQ(get(message, "PID-7"), "1980");
    EXPECT_EQ(message.repetition_count(*message.find("PID"), {5}), 2U);
    EXPECT_EQ(decoder.replaced_count(), 0U);
  }
}

TEST(Header, IsCutRightlyBehindCharactersThatCollide) {
  for (const Row& row : kRows) {
    if (row.msh20 == "2.3") continue;  // its switches are for texts, not for names in MSH
    SCOPED_TRACE(std::string(row.msh18) + " " + std::string(row.text));
    const std::string text = "MSH|^~\\&|S|" + std::string(row.octets) +
                             "|R|G|2026||ADT^A01|7|P|2.5||||||" + std::string(row.msh18) + "||" +
                             std::string(row.msh20) + "\rPID|1\r";
    const auto header = parse_header(base::as_bytes(text));
    ASSERT_TRUE(header);
    EXPECT_EQ(header->sending_facility, row.octets);
    EXPECT_EQ(header->control_id, "7");
    EXPECT_EQ(header->charset_field, row.msh18);
    Message message;
    ASSERT_TRUE(message.parse(base::as_bytes(text)));
    EXPECT_EQ(get(message, "MSH-4"), row.octets);
    EXPECT_EQ(get(message, "MSH-10"), "7");
  }
}

TEST(Encoder, WritesWhatTheDecoderReads) {
  Decoder decoder;
  Encoder encoder;
  for (const Row& row : kRows) {
    SCOPED_TRACE(std::string(row.msh18) + " " + std::string(row.text));
    if (row.msh18 == "~8859/5" || row.msh18 == "ASCII~8859/7" || row.msh18 == "~KS X 1001") {
      continue;  // a switch on the right is read, and never written
    }
    Message message;
    const std::string text = with_charset(row.msh18, row.msh20, "");
    ASSERT_TRUE(message.parse(base::as_bytes(text)));
    encoder.open(message.charset_choice(), message.delimiters());
    std::string value;
    EXPECT_EQ(encoder.append_value(value, row.text), 0U);
    const std::string again = with_charset(row.msh18, row.msh20, value);
    ASSERT_TRUE(message.parse(base::as_bytes(again)));
    decoder.open(message);
    EXPECT_EQ(decoder.decode(get(message, "PID-5.1")), row.text);
    EXPECT_EQ(get(message, "PID-5.2"), "Given");
  }
}

// --- what is no character

struct Broken {
  std::string_view msh18;
  std::string_view octets;
  std::string_view text;
  std::size_t replaced_count;
};

const Broken kBroken[] = {
    {"ASCII", "a\xE9z", "a\xEF\xBF\xBDz", 1},
    {"UNICODE UTF-8", "a\xE9z", "a\xEF\xBF\xBDz", 1},
    {"UNICODE UTF-8", "\xE8\xA1", "\xEF\xBF\xBD", 1},
    {"UNICODE UTF-8", "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 3},
    {"8859/6", "\xA1\xC7", "\xEF\xBF\xBDا", 1},
    {"8859/1", "\x81", "\xC2\x81", 0},
    {"ISO IR14", "\\E\\\xE0", "¥\xEF\xBF\xBD", 1},  // its escape character is the yen
    {"GB 18030-2000", "\xA8", "\xEF\xBF\xBD", 1},
    {"KS X 1001", "\xB0", "\xEF\xBF\xBD", 1},
    {"BIG-5", "\xA3", "\xEF\xBF\xBD", 1},
    {"~ISO IR87", "\x1B$B~~\x1B(Bz", "\xEF\xBF\xBDz", 1},
    {"~ISO IR87", "\x1B%Gz", "\x1B%Gz", 0},  // a sequence that is not known stays
};

TEST(Decoder, ReplacesAndCountsWhatIsNoCharacter) {
  Decoder decoder;
  for (const Broken& row : kBroken) {
    SCOPED_TRACE(std::string(row.msh18) + " " + std::string(row.text));
    Message message;
    const std::string text = with_charset(row.msh18, "", "x");
    ASSERT_TRUE(message.parse(base::as_bytes(text)));
    decoder.open(message);
    std::string out;
    decoder.append_decoded(out, row.octets);
    EXPECT_EQ(out, row.text);
    EXPECT_EQ(decoder.replaced_count(), row.replaced_count);
    decoder.open(message);
    EXPECT_EQ(decoder.replaced_count(), 0U);
  }
}

// --- without MSH-18

TEST(Decoder, WithoutASetReadsUtf8WhereAllOfTheMessageIs) {
  Decoder decoder;
  Message message;
  const std::string utf8 = with_charset("", "", "M\xC3\xBCller");
  ASSERT_TRUE(message.parse(base::as_bytes(utf8)));
  decoder.open(message);
  EXPECT_EQ(decoder.decode(get(message, "PID-5.1")), "Müller");
  EXPECT_EQ(decoder.charset(), Charset::kUtf8);

  const std::string latin = with_charset("unheard of", "", "M\xC3\xBCller\xE9");
  ASSERT_TRUE(message.parse(base::as_bytes(latin)));
  decoder.open(message);
  EXPECT_EQ(decoder.decode(get(message, "PID-5.1")), "MÃ¼lleré");
  EXPECT_EQ(decoder.charset(), Charset::kWindows1252);
  EXPECT_EQ(decoder.replaced_count(), 0U);
}

TEST(Decoder, WithoutASetReadsTheOneThatTheSettingNames) {
  Decoder decoder;
  Message message;
  const std::string text = with_charset("", "", "\x95\x5C|\x84\x5E");
  ASSERT_TRUE(message.parse(base::as_bytes(text), {}, Charset::kShiftJis));
  decoder.open(message, Charset::kShiftJis);
  EXPECT_EQ(decoder.decode(get(message, "PID-5")), "表");
  EXPECT_EQ(decoder.decode(get(message, "PID-6.1")), "Э");
  // MSH-18 comes first.
  const std::string named = with_charset("8859/5", "", "\xB8");
  ASSERT_TRUE(message.parse(base::as_bytes(named), {}, Charset::kShiftJis));
  decoder.open(message, Charset::kShiftJis);
  EXPECT_EQ(decoder.decode(get(message, "PID-5.1")), "И");
}

// Read in the set that it names, this MSH-18 would not be there: it names none.
TEST(Decoder, ASetThatHidesItsOwnNameIsNone) {
  const std::string text = "MSH|^~\\&|\x1B$B8|||||||||||||||~ISO IR87\rPID|1\r";
  Message message;
  ASSERT_TRUE(message.parse(base::as_bytes(text)));
  EXPECT_EQ(message.charset_choice(), CharsetChoice{});
  EXPECT_EQ(get(message, "MSH-3"), "\x1B$B8");
  EXPECT_EQ(get(message, "MSH-18"), "~ISO IR87");
  const auto header = parse_header(base::as_bytes(text));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->sending_application, "\x1B$B8");
  EXPECT_EQ(header->charset_field, "~ISO IR87");
}

// The characters in front of MSH-18 are those of the set that it names, which MSH-20 lets
// switch to others.
TEST(Decoder, FindsASetThatSwitchesBehindItsOwnCharacters) {
  const std::string text = "MSH|^~\\&|\x83~|\x83|||||||||||||||gb18030||2.3\rPID|1\r";
  Message message;
  ASSERT_TRUE(message.parse(base::as_bytes(text)));
  EXPECT_EQ(message.charset_choice(), (CharsetChoice{Charset::kGb18030, true}));
  EXPECT_EQ(get(message, "MSH-3"), "\x83~");
  EXPECT_EQ(get(message, "MSH-4"), "\x83|");
  EXPECT_EQ(get(message, "MSH-18"), "gb18030");
}

// --- escapes and sets together

TEST(Decoder, UnescapesBeforeItReadsTheSet) {
  Decoder decoder;
  Message message;
  const std::string latin = with_charset("8859/1", "", "");
  ASSERT_TRUE(message.parse(base::as_bytes(latin)));
  decoder.open(message);
  EXPECT_EQ(decoder.decode("\\XE9\\\\F\\\xE9\\.br\\\\Q\\"), "é|é\n\\Q\\");
  EXPECT_EQ(decoder.decode("\\C2D46\\"), "\\C2D46\\");  // it announces no switch

  const std::string big5 = with_charset("BIG-5", "", "");
  ASSERT_TRUE(message.parse(base::as_bytes(big5)));
  decoder.open(message);
  EXPECT_EQ(decoder.decode("\xA3\\F\\T\\\xA3\\"), "αF&α");
}

// The end of one sequence opens no other.
TEST(Decoder, FollowsNoSwitchBetweenTwoSequences) {
  const std::string text = with_charset("~ISO IR87", "2.3", "\\X41\\M2442\\X42\\");
  Message message;
  ASSERT_TRUE(message.parse(base::as_bytes(text)));
  Decoder decoder;
  decoder.open(message);
  EXPECT_EQ(decoder.decode(get(message, "PID-5.1")), "AM2442B");
  EXPECT_EQ(get(message, "PID-5.2"), "Given");
}

// A switch that is not taken back holds up to the next delimiter: each value begins anew.
TEST(Decoder, FollowsASwitchNoFurtherThanItsValue) {
  Message message;
  const std::string text = with_charset("~ISO IR87", "2.3", "\x1B(I1|A^1");
  ASSERT_TRUE(message.parse(base::as_bytes(text)));
  EXPECT_EQ(get(message, "PID-5"), "\x1B(I1");
  EXPECT_EQ(get(message, "PID-6.1"), "A");
}

// Where a delimiter is a digit, it cuts what would be a sequence.
TEST(Decoder, FollowsNoSwitchThatADelimiterCuts) {
  const std::string text = "MSH|^~\\4||||||||||||||||~ISO IR87||2.3\rPID|\\M2442\\8!^|1\r";
  Message message;
  ASSERT_TRUE(message.parse(base::as_bytes(text)));
  EXPECT_EQ(get(message, "PID-1.1"), "\\M2442\\8!");
  EXPECT_EQ(get(message, "PID-1.1.2"), "");
  EXPECT_EQ(get(message, "PID-2"), "1");
}

TEST(Decoder, GivesTheValueItselfWhereThereIsNothingToDecode) {
  Decoder decoder;
  Message message;
  const std::string text = with_charset("UNICODE UTF-8", "", "M\xC3\xBCller");
  ASSERT_TRUE(message.parse(base::as_bytes(text)));
  decoder.open(message);
  for (const char* path : {"PID-5.1", "PID-3"}) {
    const std::string_view value = get(message, path);
    EXPECT_EQ(decoder.decode(value).data(), value.data());
  }
}

TEST(Decoder, CanBeMoved) {
  Decoder decoder;
  Message message;
  const std::string text = with_charset("8859/2", "", "\xA3");
  ASSERT_TRUE(message.parse(base::as_bytes(text)));
  decoder.open(message);
  EXPECT_EQ(decoder.decode(get(message, "PID-5.1")), "Ł");
  Decoder other = std::move(decoder);
  EXPECT_EQ(other.decode(get(message, "PID-5.1")), "Ł");
}

// --- writing

struct Written {
  std::string_view msh18;
  std::string_view text;
  std::string_view want;
  std::size_t lost_count;
};

const Written kWritten[] = {
    {"", "a|b^c&d~e\\f", "a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f", 0},
    {"", "a\rb\nc\td\x7F", "a\\X0D\\b\\.br\\c\\X09\\d\x7F", 0},
    {"", "\v\x1C\r", "\\X0B\\\\X1C\\\\X0D\\", 0},
    {"", "\"\"", "\\X22\\\"", 0},
    {"", "\"\"\"", "\"\"\"", 0},
    {"", "é\xFFö", "é?ö", 1},
    {"ASCII", "é", "?", 1},
    {"8859/1", "é€", "\xE9?", 1},
    {"8859/2", "Łé€", "\xA3\xE9?", 1},
    {"ISO IR14", "¥‾ｱ表", "\\E\\\\R\\\xB1?", 1},
    {"BIG-5", "α|", "\xA3\\\\F\\", 0},
    {"GB 18030-2000", "€", "\xA2\xE3", 0},
    {"~ISO IR87", "五|ｱ", "\x1B$B8^\x1B(B\\F\\\x1B(I1\x1B(B", 0},
};

TEST(Encoder, WritesTextAsAValue) {
  Encoder encoder;
  for (const Written& row : kWritten) {
    SCOPED_TRACE(std::string(row.msh18) + " " + std::string(row.text));
    encoder.open(choose_charset(row.msh18, "", Delimiters{}), Delimiters{});
    std::string out;
    const std::size_t lost_count = encoder.append_value(out, row.text);
    EXPECT_EQ(out, row.want);
    EXPECT_EQ(lost_count, row.lost_count);
  }
}

TEST(Encoder, EscapesAnEightBitDelimiterInTheOctetsOfACharacter) {
  const Delimiters delimiters{'|', '\xE9', '~', '\\', '\xC3', 0};
  Encoder encoder;
  std::string out;
  encoder.open({Charset::kIso8859P1, false}, delimiters);
  EXPECT_EQ(encoder.append_value(out, "é"), 0U);
  EXPECT_EQ(out, "\\S\\");
  out.clear();
  encoder.open({Charset::kUtf8, false}, delimiters);
  EXPECT_EQ(encoder.append_value(out, "é"), 0U);
  EXPECT_EQ(out, "\\T\\\xA9");
}

TEST(Encoder, WithoutAnEscapeCharacterLosesWhatItCannotWrite) {
  Encoder encoder;
  std::string out;
  encoder.open({}, Delimiters{'|', '^', '~', 0, 0, 0});
  EXPECT_EQ(encoder.append_value(out, "a|b\rc\td\\\"\""), 2U);
  EXPECT_EQ(out, "a b c\td\\\"\"");

  // ESC switches where it can, and what is behind it would hide the next delimiter.
  out.clear();
  encoder.open({Charset::kAscii, false}, Delimiters{'|', '^', '~', 0, 0, 0});
  EXPECT_EQ(encoder.append_value(out, "\x1B$B8"), 0U);
  encoder.open({Charset::kAscii, true}, Delimiters{'|', '^', '~', 0, 0, 0});
  EXPECT_EQ(encoder.append_value(out, "\x1B$B8"), 1U);
  EXPECT_EQ(out, "\x1B$B8 $B8");
}

// --- MSH-18 and MSH-20 together

TEST(CharsetChoice, IsWhatBothFieldsSay) {
  const auto chosen = [](std::string_view field, std::string_view handling) {
    return choose_charset(field, handling, Delimiters{});
  };
  EXPECT_EQ(chosen("", ""), (CharsetChoice{{}, false}));
  EXPECT_EQ(chosen("wrong", ""), (CharsetChoice{{}, false}));
  EXPECT_EQ(chosen("wrong~ISO IR87", "2.3"), (CharsetChoice{{}, false}));
  EXPECT_EQ(chosen("8859/1", ""), (CharsetChoice{Charset::kIso8859P1, false}));
  EXPECT_EQ(chosen("8859/1", "ISO 2022-1994"), (CharsetChoice{Charset::kIso8859P1, true}));
  EXPECT_EQ(chosen("~ISO IR87", ""), (CharsetChoice{Charset::kAscii, true}));
  EXPECT_EQ(chosen("ISO IR87", ""), (CharsetChoice{Charset::kJisX0208, true}));
  EXPECT_EQ(chosen("UNICODE UTF-8", "2.3"), (CharsetChoice{Charset::kUtf8, false}));
  EXPECT_EQ(chosen("UNICODE UTF-8~ISO IR87", ""), (CharsetChoice{Charset::kUtf8, true}));
  EXPECT_EQ(chosen("GB18030", "\t"), (CharsetChoice{Charset::kGb18030, true}));  // as "\\X09\\"
  EXPECT_EQ(chosen("8859/1^&~^ ~", "^"), (CharsetChoice{Charset::kIso8859P1, false}));
  EXPECT_EQ(choose_charset("8859/1~x", "", {'|', '^', 0, 0, 0, 0}), (CharsetChoice{{}, false}));
}

}  // namespace
}  // namespace hl7
