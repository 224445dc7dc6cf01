#include "hl7/escape.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hl7 {
namespace {

constexpr Delimiters kWithTruncation{'|', '^', '~', '\\', '&', '#'};
constexpr Delimiters kOther{'#', '*', '!', '/', '%', 0};
constexpr Delimiters kWithoutEscape{'|', '^', '~', 0, 0, 0};

std::string escaped(std::string_view text, const Delimiters& delimiters = {}) {
  std::string out = "<";
  append_escaped(out, text, delimiters);
  return out.substr(1);
}

std::string unescaped(std::string_view value, const Delimiters& delimiters = {}) {
  std::string out = "<";
  append_unescaped(out, value, delimiters);
  return out.substr(1);
}

#define SK11 "           "
#define SK99 SK11 SK11 SK11 SK11 SK11 SK11 SK11 SK11 SK11

struct Row {
  std::string_view wire;
  std::string_view text;
};

const Row kDecoded[] = {
    {"", ""},
    {"plain", "plain"},
    {R"(\F\)", "|"},
    {R"(\S\)", "^"},
    {R"(\T\)", "&"},
    {R"(\R\)", "~"},
    {R"(\E\)", "\\"},
    {R"(a\F\b\S\c)", "a|b^c"},
    {R"(\E\F\E\)", "\\F\\"},
    {R"(\E\E\E\)", R"(\E\)"},

    // Octets.
    {R"(\X41\)", "A"},
    {R"(\X4142430d\)", "ABC\r"},
    {R"(\XC3A9\)", "\xC3\xA9"},

    // For people.
    {R"(one\.br\two)", "one\ntwo"},
    {R"(\H\bold\N\)", "bold"},

    {R"(a\.ce\b)", "a\nb"},
    {R"(a\.sp\b)", "a\nb"},
    {R"(a\.sp3\b)", "a\n\n\nb"},
    {R"(a\.sp +2\b)", "a\n\nb"},
    {R"(a\.sk2\b)", "a  b"},
    {R"(a\.sk99\b)", "a" SK99 "b"},
    {R"(\.in+4\\.ti-2\a\.fi\\.nf\b)", "ab"},

    // Unknown, unfinished and malformed ones stay.
    {R"(\)", R"(\)"},
    {R"(\\)", R"(\\)"},
    {R"(\F)", R"(\F)"},
    {R"(a\)", R"(a\)"},
    {R"(\Q\)", R"(\Q\)"},
    {R"(\f\)", R"(\f\)"},
    {R"(\.sp100\)", R"(\.sp100\)"},
    {R"(\.sp99999999999999999999\)", R"(\.sp99999999999999999999\)"},
    {R"(\.sp+\)", R"(\.sp+\)"},
    {R"(\.br2\)", R"(\.br2\)"},
    {R"(\.xx\)", R"(\.xx\)"},
    {R"(\.\)", R"(\.\)"},
    {R"(\Z01\)", R"(\Z01\)"},
    {R"(\M2442\)", R"(\M2442\)"},
    {R"(\C2D41\)", R"(\C2D41\)"},
    {R"(\X\)", R"(\X\)"},
    {R"(\X4\)", R"(\X4\)"},
    {R"(\X4G\)", R"(\X4G\)"},
    {R"(\X41424\)", R"(\X41424\)"},
    {R"(\X414G\)", R"(\X414G\)"},
    {R"(\P\)", R"(\P\)"},  // this message uses no truncation character
    {R"(C:\dir\F\)", R"(C:\dir|)"},
    {R"(\\F\)", R"(\|)"},
};

TEST(Unescaped, IsWhatTheSenderMeant) {
  for (const auto& [wire, text] : kDecoded) EXPECT_EQ(unescaped(wire), text) << wire;
}

TEST(Unescaped, IsAtMostSixteenTimesAsLong) {
  for (const auto& [wire, text] : kDecoded) {
    EXPECT_LE(unescaped(wire).size(), 16 * wire.size()) << wire;
  }
}

const Row kEncoded[] = {
    {"", ""},        {"plain", "plain"},
    {R"(\F\)", "|"}, {R"(a\F\b\S\c\T\d\R\e\E\f)", R"(a|b^c&d~e\f)"},
    {"#", "#"},      {"\xC3\xA9", "\xC3\xA9"},
};

TEST(Escaped, HoldsNoDelimiterAndComesBack) {
  for (const auto& [wire, text] : kEncoded) {
    EXPECT_EQ(escaped(text), wire);
    EXPECT_EQ(unescaped(wire), text);
  }
}

TEST(Escape, UsesTheDelimitersOfTheMessage) {
  EXPECT_EQ(escaped("a|#*!/%", kOther), "a|/F//S//R//E//T/");
  EXPECT_EQ(unescaped("/F//S//R//E//T/", kOther), "#*!/%");
  EXPECT_EQ(escaped("a#", kWithTruncation), R"(a\P\)");
  EXPECT_EQ(unescaped(R"(a\P\)", kWithTruncation), "a#");
}

TEST(Escape, WithoutAnEscapeCharacterPutsBlanksAndReadsNothing) {
  EXPECT_EQ(escaped("a|b^c&d\\e", kWithoutEscape), "a b c&d\\e");
  EXPECT_EQ(unescaped(R"(\F\)", kWithoutEscape), R"(\F\)");
}

// A letter or digit that is a delimiter would cut a sequence that holds it.
TEST(Escaped, ByWhatNoDelimiterCuts) {
  EXPECT_EQ(escaped("aSb", {'|', 'S', '~', '\\', 'T', 0}), R"(a\X53\b)");
  EXPECT_EQ(escaped("aTb", {'|', 'S', '~', '\\', 'T', 0}), R"(a\X54\b)");
  EXPECT_EQ(escaped("aEb", {'|', '^', '~', 'E', '&', 0}), "aEX45Eb");
  EXPECT_EQ(escaped("a^b", {'|', '^', 'S', '\\', 'E', 0}), R"(a\X5e\b)");
  EXPECT_EQ(escaped("aSb", {'|', 'S', '5', '\\', '3', 0}), "a b") << "nothing is left";
}

TEST(Escaped, ComesBackWhateverTheDelimiters) {
  constexpr std::string_view kCandidates = "^&SFRTEX0123456789ABCDEFabcdef";
  for (const char component : kCandidates) {
    for (const char subcomponent : kCandidates) {
      for (const char escape : kCandidates) {
        const Delimiters delimiters{'|', component, '~', escape, subcomponent, 0};
        const std::string text{'|', component, '~', escape, subcomponent};
        if (component == subcomponent || component == escape || subcomponent == escape) continue;
        const std::string wire = escaped(text, delimiters);
        for (const char cut : {'|', component, '~', subcomponent}) {
          ASSERT_EQ(wire.find(cut), std::string::npos) << wire;
        }
        std::string want = text;  // but for what became a blank
        const std::string back = unescaped(wire, delimiters);
        ASSERT_EQ(back.size(), text.size()) << wire;
        for (std::size_t index = 0; index < back.size(); ++index) {
          if (back[index] == ' ') want[index] = ' ';
        }
        ASSERT_EQ(back, want) << wire;
      }
    }
  }
}

TEST(Escaped, KeepsNulsAndEveryOtherOctet) {
  std::string all;
  for (int octet = 0; octet < 256; ++octet) all += static_cast<char>(octet);
  EXPECT_EQ(unescaped(escaped(all)), all);
  EXPECT_EQ(unescaped(escaped(all, kWithTruncation), kWithTruncation), all);
}

}  // namespace
}  // namespace hl7
