#include "quick_pattern.hpp"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <random>
#include <string>
#include <vector>

namespace cel {
namespace {

re2::RE2::Options quiet() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  return options;
}

bool matches_by_re2(const re2::RE2& pattern, std::string_view text) {
  return pattern.Match({text.data(), text.size()}, 0, text.size(), re2::RE2::UNANCHORED, nullptr,
                       0);
}

TEST(QuickPattern, UnderstandsPatternsOfRules) {
  const std::string_view patterns[] = {
      "",
      "^$",
      "ubb",
      "foo|bar",
      "^-?[0-9.]+$",
      "^[A-Z]{3}$",
      "^[^|^~\\\\&]*$",
      "^(ADT|ORU|ORM)$",
      "^A\\d{2}$",
      "^2\\.[1-8](\\.1)?$",
      "^\\d{4}-\\d{2}-\\d{2}$",
      "^\\w+@\\w+\\.com$",
      "gr(a|e)y",
      "ba(na)*",
      "a+ñ+a+",
      "(a|\U0001F600){2}",
      "^.{2,3}$",
      "^a|b$",
      "(?:ab)+?c",
      "\\s",
      "[\\d\\s-]",
      "[-a]",
      "[^-a]",
      "x{2,}",
      "()",
      "a||b",
  };
  const std::string_view texts[] = {"",
                                    "a",
                                    "b",
                                    "ab",
                                    "abc",
                                    "ba",
                                    "hubba",
                                    "foobar",
                                    "-1.5",
                                    "1e5",
                                    "ADT",
                                    "ADTX",
                                    "A08",
                                    "2.5.1",
                                    "2.5",
                                    "2.9",
                                    "2026-11-26",
                                    "me@host.com",
                                    "grey",
                                    "gray",
                                    "banana",
                                    "ma\u00f1ana",
                                    "a\u00f1\u00f1a",
                                    "\U0001F600\U0001F600",
                                    "xx",
                                    "x",
                                    "\u00e4\u00f6",
                                    "a\nb",
                                    "\n",
                                    "-",
                                    "abab|c",
                                    "aab",
                                    "xab",
                                    "Z"};
  for (const std::string_view pattern : patterns) {
    const auto quick = QuickPattern::compile(pattern);
    ASSERT_TRUE(quick) << pattern;
    const re2::RE2 slow({pattern.data(), pattern.size()}, quiet());
    ASSERT_TRUE(slow.ok()) << pattern;
    for (const std::string_view text : texts) {
      EXPECT_EQ(quick->matches(text), matches_by_re2(slow, text)) << pattern << " on " << text;
    }
  }
}

TEST(QuickPattern, LeavesTheRestToRe2) {
  const std::string deep = std::string(40, '(') + "a" + std::string(40, ')');
  const std::string nested = "((((((a{9}){9}){9}){9}){9}){9})";
  for (const std::string_view pattern :
       {std::string_view("("),           std::string_view(")"),       std::string_view("["),
        std::string_view("*"),           std::string_view("a**"),     std::string_view("a{2}{3}"),
        std::string_view("(?i)a"),       std::string_view("\\bword"), std::string_view("[\u00e4]"),
        std::string_view("[[:alpha:]]"), std::string_view("\\pL"),    std::string_view("a{0}"),
        std::string_view("a{3,2}"),      std::string_view("a{02,}"),  std::string_view("a{1000}"),
        std::string_view("(a$)"),        std::string_view("a$b"),     std::string_view("a^b"),
        std::string_view("(^a)"),        std::string_view("a{"),      std::string_view("\\"),
        std::string_view("\xFF"),        std::string_view("[z-a]"),   std::string_view("[a-c-e]"),
        std::string_view("\\x41"),       std::string_view(".{20}"),   std::string_view(deep),
        std::string_view(nested)}) {
    EXPECT_FALSE(QuickPattern::compile(pattern)) << pattern;
  }
}

class PatternWriter {
 public:
  explicit PatternWriter(unsigned seed) : random_(seed) {}

  std::string pattern() {
    std::string text;
    if (chance(3)) text += '^';
    text += sequence(2);
    if (chance(3)) text += '$';
    if (chance(6)) text += "|" + sequence(1);
    return text;
  }

  std::string text() {
    static const char* const kLetters[] = {"a", "b",  "c", "-",      ".",      "0",
                                           "7", "\n", " ", "\u00e4", "\u20ac", "_"};
    std::string text;
    for (auto count = random_() % 9; count > 0; --count) text += kLetters[random_() % 12];
    return text;
  }

 private:
  bool chance(unsigned in) { return random_() % in == 0; }

  std::string sequence(int depth) {
    std::string text;
    for (auto count = random_() % 4; count > 0; --count) text += atom(depth) + repeat();
    return text;
  }

  std::string atom(int depth) {
    static const char* const kAtoms[] = {"a",       "b",      "c",      ".",   "[ab]",   "[^a]",
                                         "[0-9.-]", "\\d",    "\\D",    "\\w", "\\W",    "\\s",
                                         "\\.",     "\u00e4", "[^\\d]", "-",   "[a-c_]", "\\-"};
    if (depth > 0 && chance(4)) {
      const std::string open = chance(2) ? "(" : "(?:";
      std::string body = sequence(depth - 1);
      if (chance(2)) body += "|" + sequence(depth - 1);
      return open + body + ")";
    }
    return kAtoms[random_() % std::size(kAtoms)];
  }

  std::string repeat() {
    static const char* const kRepeats[] = {"*",     "+",    "?",  "{2}", "{1,3}",
                                           "{0,2}", "{2,}", "*?", "+?"};
    return chance(2) ? kRepeats[random_() % std::size(kRepeats)] : "";
  }

  std::mt19937 random_;
};

TEST(QuickPattern, AgreesWithRe2OnRandomPatterns) {
  PatternWriter writer(19);
  int understood_count = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string pattern = writer.pattern();
    const auto quick = QuickPattern::compile(pattern);
    if (!quick) continue;
    ++understood_count;
    const re2::RE2 slow(pattern, quiet());
    ASSERT_TRUE(slow.ok()) << pattern;
    for (int count = 0; count < 12; ++count) {
      const std::string text = writer.text();
      ASSERT_EQ(quick->matches(text), matches_by_re2(slow, text)) << pattern << " on " << text;
    }
  }
  EXPECT_GT(understood_count, 12'000);
}

}  // namespace
}  // namespace cel
