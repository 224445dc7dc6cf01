#include "regex.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cel {
namespace {

constexpr std::size_t kBytesMax = 4096;

TEST(Regex, MatchesByTableAndByRe2) {
  struct Row {
    std::string_view pattern;
    std::string_view text;
    bool is_match;
  };

  const Row rows[] = {
      {"ubb", "hubba", true},     {"foo|bar", "", false},          {"^-?[0-9.]+$", "-12.5", true},
      {"(?i)ADT", "adt", true},   {"\\bword\\b", "a word.", true}, {"\\bword\\b", "swords", false},
      {"\\p{Greek}+", "α", true}, {"^[äö]+$", "äöä", true},        {"(?m)^b$", "a\nb\nc", true},
  };
  for (const Row& row : rows) {
    const auto pattern = MatchPattern::compile(row.pattern, kBytesMax);
    ASSERT_NE(pattern, nullptr) << row.pattern;
    EXPECT_EQ(pattern->matches(row.text), row.is_match) << row.pattern << " on " << row.text;
  }
}

TEST(Regex, RefusesBadAndLargePatterns) {
  for (const std::string_view pattern :
       {"(", "[", "*", "a**", "(?=a)", "\\1", "\xFF", "a{1001}", "((\\pL{100}){100}){100}"}) {
    EXPECT_EQ(MatchPattern::compile(pattern, kBytesMax), nullptr) << pattern;
    EXPECT_EQ(SearchPattern::compile(pattern, kBytesMax), nullptr) << pattern;
  }
  EXPECT_EQ(MatchPattern::compile("aaaa", 3), nullptr);
  EXPECT_EQ(SearchPattern::compile("aaaa", 3), nullptr);
}

std::vector<std::string> matches_of(std::string_view pattern, std::string_view text) {
  std::vector<std::string> found;
  const auto compiled = SearchPattern::compile(pattern, kBytesMax);
  SearchPattern::Match match;
  Arena arena;
  for (MatchWalk walk(*compiled, text, arena); walk.next(match);)
    found.emplace_back(match.spans[0]);
  return found;
}

TEST(Regex, WalksOverMatches) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(matches_of("id:\\d+", "id:123, id:456"), (Texts{"id:123", "id:456"}));
  EXPECT_EQ(matches_of("assa", "id:123"), Texts{});
  EXPECT_EQ(matches_of("a*", "baaab"), (Texts{"", "aaa", ""}));
  EXPECT_EQ(matches_of("", "äb"), (Texts{"", "", ""}));
  EXPECT_EQ(matches_of("", ""), Texts{""});
  EXPECT_EQ(matches_of("^a", "aaa"), Texts{"a"});
  EXPECT_EQ(matches_of("\\ba", "aaa a"), (Texts{"a", "a"}));
  EXPECT_EQ(matches_of("a|", "xa"), (Texts{"", "a"}));
}

TEST(Regex, KnowsPatternsThatMayLookFar) {
  for (const std::string_view pattern :
       {"<[^>]*>|<", "a(b.*c)?", "(a.*b){0,1}c", "x+|y", "(a+b)*"}) {
    EXPECT_TRUE(SearchPattern::compile(pattern, kBytesMax)->may_look_far()) << pattern;
  }
  for (const std::string_view pattern :
       {"foo|bar", "<[^>]*>", "(\\d+)-(\\d+)", "\\|+", "a\\)?b*", "[0-9]+"}) {
    EXPECT_FALSE(SearchPattern::compile(pattern, kBytesMax)->may_look_far()) << pattern;
  }
}

TEST(Regex, CountsSearchesThatAreQuadraticTogetherAsWork) {
  const std::string text(1 << 20, '<');
  Arena arena;
  arena.set_steps_limit(1'000'000'000);
  const auto pattern = SearchPattern::compile("<[^>]*>|<", kBytesMax);
  SearchPattern::Match match;
  MatchWalk walk(*pattern, text, arena);
  std::size_t count = 0;
  while (walk.next(match)) ++count;
  EXPECT_TRUE(arena.is_spent());
  EXPECT_GT(count, 2U);
  EXPECT_LT(count, 100U) << "each search reads a mebibyte";

  arena.reset();
  const auto plain = SearchPattern::compile("<", kBytesMax);
  MatchWalk near(*plain, std::string_view(text).substr(0, 100'000), arena);
  for (count = 0; near.next(match);) ++count;
  EXPECT_FALSE(arena.is_spent());
  EXPECT_EQ(count, 100'000U);
}

TEST(Regex, TellsGroupsThatTookNoPart) {
  const auto pattern = SearchPattern::compile("(a)|(b)", kBytesMax);
  ASSERT_EQ(pattern->groups_count(), 2U);
  SearchPattern::Match match;
  ASSERT_TRUE(pattern->find("b", 0, match));
  EXPECT_EQ(match.spans[1].data(), nullptr);
  EXPECT_EQ(match.spans[2], "b");
  EXPECT_FALSE(pattern->find("b", 1, match));
}

}  // namespace
}  // namespace cel
