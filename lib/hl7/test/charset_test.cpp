#include "hl7/charset.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hl7 {
namespace {

struct Row {
  std::string_view name;
  std::string_view want;  // by its name in table 0211; empty: unknown
};

const Row kNames[] = {
    // Table 0211.
    {"ASCII", "ASCII"},
    {"8859/1", "8859/1"},
    {"8859/2", "8859/2"},
    {"8859/3", "8859/3"},
    {"8859/4", "8859/4"},
    {"8859/5", "8859/5"},
    {"8859/6", "8859/6"},
    {"8859/7", "8859/7"},
    {"8859/8", "8859/8"},
    {"8859/9", "8859/9"},
    {"8859/15", "8859/15"},
    {"ISO IR6", "ASCII"},
    {"ISO IR14", "ISO IR14"},
    {"ISO IR87", "ISO IR87"},
    {"ISO IR159", "ISO IR159"},
    {"GB 18030-2000", "GB 18030-2000"},
    {"KS X 1001", "KS X 1001"},
    {"CNS 11643-1992", "CNS 11643-1992"},
    {"BIG-5", "BIG-5"},
    {"UNICODE", "UNICODE UTF-8"},
    {"UNICODE UTF-8", "UNICODE UTF-8"},
    {"UNICODE UTF-16", "UNICODE UTF-16"},
    {"UNICODE UTF-32", "UNICODE UTF-32"},
    {"JAS2020", "JIS X 0202"},
    {"JIS X 0202", "JIS X 0202"},

    // What senders write.
    {"UTF-8", "UNICODE UTF-8"},
    {"utf8", "UNICODE UTF-8"},
    {"Unicode UTF-8", "UNICODE UTF-8"},
    {" UNICODE UTF-8 ", "UNICODE UTF-8"},
    {"ISO_IR 192", "UNICODE UTF-8"},
    {"US-ASCII", "ASCII"},
    {"8859", "8859/1"},
    {"8859-1", "8859/1"},
    {"ISO-8859-1", "8859/1"},
    {"ISO8859/1", "8859/1"},
    {"iso 8859/1", "8859/1"},
    {"ISO_IR 100", "8859/1"},
    {"ISO-8859-15", "8859/15"},
    {"ISO IR 87", "ISO IR87"},
    {"ISOIR87", "ISO IR87"},
    {"Shift_JIS", "Shift_JIS"},
    {"BIG5", "BIG-5"},
    {"GB18030", "GB 18030-2000"},
    {"EUC-KR", "KS X 1001"},
    {"windows-1252", "windows-1252"},
    {"cp1252", "windows-1252"},

    // Unknown.
    {"", ""},
    {"wrong", ""},
    {"ISO IR 999", ""},
    {"1", ""},
    {"0", ""},
    {"8859/10", ""},
    {"8859/16", ""},
    {"UNICODE UTF-8 and more", ""},
    {"a name that is longer than any in the table", ""},
};

TEST(Charset, IsFoundByNameAndCommonMisspelling) {
  for (const auto& [name, want] : kNames) {
    const auto found = find_charset(name);
    EXPECT_EQ(found ? to_string(*found) : "", want) << name;
  }
}

const Row kFields[] = {
    {"8859/1", "8859/1"},
    {"8859/1~UNICODE UTF-8", "8859/1"},
    {"~ISO IR87", "ISO IR87"},
    {"~~8859/2~x", "8859/2"},
    {"wrong~8859/1", ""},
    {"", ""},
    {"~", ""},
};

TEST(Charset, OfAFieldIsItsFirstValuedRepetition) {
  for (const auto& [field, want] : kFields) {
    const auto found = find_charset_of_field(field, '~');
    EXPECT_EQ(found ? to_string(*found) : "", want) << field;
  }
  EXPECT_EQ(find_charset_of_field("8859/1~x", 0), std::nullopt);
}

std::string written(std::string_view text, Charset charset, std::size_t characters_max = 80) {
  std::string out;
  append_text(out, text, charset, Delimiters{}, {characters_max});
  return out;
}

struct Written {
  Charset charset;
  std::string_view text;
  std::string_view want;
};

const Written kWritten[] = {
    {Charset::kUtf8, "Zoë €", "Zoë €"},
    {Charset::kUtf8, "𝄞 日本", "𝄞 日本"},
    {Charset::kAscii, "Zoë €", "Zo? ?"},
    {Charset::kIso8859P1, "Zoë €", "Zo\xEB ?"},
    {Charset::kIso8859P1, "ÿ\u00A0", "\xFF\xA0"},
    {Charset::kIso8859P15, "Zoë €", "Zo\xEB \xA4"},
    {Charset::kIso8859P15, "ŠšŽžŒœŸ", "\xA6\xA8\xB4\xB8\xBC\xBD\xBE"},
    {Charset::kIso8859P15, "¤¦¨´¸¼½¾", "????????"},
    {Charset::kIso8859P9, "ĞİŞğışé", "\xD0\xDD\xDE\xF0\xFD\xFE\xE9"},
    {Charset::kIso8859P9, "ÐÝÞðýþ", "??????"},
    {Charset::kIso8859P5, "Больной ё №§", "\xB1\xDE\xDB\xEC\xDD\xDE\xD9 \xF1 \xF0\xFD"},
    {Charset::kIso8859P5, "ЁЏђџé", "\xA1\xAF\xF2\xFF?"},

    // Sets that are not written natively carry ASCII.
    {Charset::kIso8859P2, "Łódź", "??d?"},
    {Charset::kJisX0208, "日本 x", "?? x"},
    {Charset::kGb18030, "病 x", "? x"},
    {Charset::kWindows1252, "“x”", "?x?"},

    // No UTF-8: one mark for what is broken, never a broken octet.
    {Charset::kUtf8, "a\xFFz", "a?z"},
    {Charset::kUtf8, "a\xC3", "a?"},
    {Charset::kUtf8, "a\xE2\x82z", "a?z"},
    {Charset::kUtf8, "\xC0\xAF", "??"},
    {Charset::kUtf8, "\xED\xA0\x80", "???"},
    {Charset::kUtf8, "\xF4\x90\x80\x80", "????"},
    {Charset::kIso8859P1, "a\xEBz", "a?z"},

    // Control characters end nothing.
    {Charset::kUtf8,
     "a\rb\nc\td\x1c"
     "e\vf",
     "a b c d e f"},
    {Charset::kUtf8,
     "a\xC2\x85"
     "b\x7F",
     "a b "},
    {Charset::kAscii, std::string_view("a\0b", 3), "a b"},
};

TEST(Text, IsWrittenInTheSetOfTheMessage) {
  for (const auto& [charset, text, want] : kWritten) {
    EXPECT_EQ(written(text, charset), want) << to_string(charset) << ": " << text;
  }
}

TEST(Text, IsEscaped) {
  EXPECT_EQ(written("a|b^c", Charset::kUtf8), R"(a\F\b\S\c)");
  EXPECT_EQ(written("a|é", Charset::kIso8859P1), "a\\F\\\xE9");
}

// "é" is C3 A9 in UTF-8 and E9 in 8859/1; a message may use such octets to separate.
TEST(Text, NeverHoldsAnEightBitDelimiter) {
  const Delimiters delimiters{'|', '^', '\xE9', '\\', '\xC3', 0};
  for (const auto& [charset, want] :
       {std::pair(Charset::kUtf8, "a?b?"), std::pair(Charset::kIso8859P1, "a?b\xF6")}) {
    std::string out;
    append_text(out, "aéb\xC3\xB6", charset, delimiters, {80});
    EXPECT_EQ(out, want);
  }
}

TEST(Text, MarksWithAnEscapedMarkWhereTheMarkIsADelimiter) {
  const Delimiters delimiters{'|', '?', '~', '\\', '&', 0};
  std::string out;
  append_text(out, "é\xFF", Charset::kAscii, delimiters, {80});
  EXPECT_EQ(out, "\\S\\\\S\\");
}

TEST(Text, IsCutByCharactersAndNeverInside) {
  EXPECT_EQ(written("äöü", Charset::kUtf8, 2), "äö");
  EXPECT_EQ(written("a|b", Charset::kUtf8, 2), "a\\F\\");
  EXPECT_EQ(written("abc", Charset::kUtf8, 3), "abc");
  EXPECT_EQ(written("abc", Charset::kUtf8, 0), "");
}

}  // namespace
}  // namespace hl7
