#include "utf8_text.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace cel {
namespace {

using namespace std::string_view_literals;

TEST(Utf8Text, CountsCodePoints) {
  struct Row {
    std::string_view text;
    std::size_t count;
  };

  const Row rows[] = {
      {"", 0},
      {"a", 1},
      {"four", 4},
      {"ÿ", 1},
      {"πέντε", 5},
      {"ta©o©αT", 7},
      {"\U0001F431\U0001F600\U0001F61B", 3},
      {"eight€12", 8},
      {"a rather long text with a \U0001F600 in its middle, and €", 48},
      {"a\0b"sv, 3},
  };
  for (const Row& row : rows) EXPECT_EQ(count_code_points(row.text), row.count) << row.text;
}

TEST(Utf8Text, FindsTheOffsetOfAPosition) {
  struct Row {
    std::string_view text;
    std::int64_t position;
    std::size_t offset;
  };

  const Row rows[] = {
      {"", 0, 0},
      {"", 1, kNoOffset},
      {"abc", 0, 0},
      {"abc", 2, 2},
      {"abc", 3, 3},
      {"abc", 4, kNoOffset},
      {"abc", -1, kNoOffset},
      {"abc", INT64_MIN, kNoOffset},
      {"abc", INT64_MAX, kNoOffset},
      {"©αT", 1, 2},
      {"©αT", 2, 4},
      {"©αT", 3, 5},
      {"©αT", 4, kNoOffset},
      {"\U0001F431\U0001F600\U0001F61B", 2, 8},
      {"0123456789abcdef€ghij", 16, 16},
      {"0123456789abcdef€ghij", 17, 19},
      {"0123456789abcdef€ghij", 21, 23},
      {"0123456789abcdef€ghij", 22, kNoOffset},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(offset_of_position(row.text, row.position), row.offset)
        << row.text << " at " << row.position;
  }
}

TEST(Utf8Text, TellsUtf8FromOtherOctets) {
  const std::string_view good[] = {"",
                                   "plain",
                                   "\x7F",
                                   "\xC2\x80",
                                   "\xDF\xBF",
                                   "\xE0\xA0\x80",
                                   "\xED\x9F\xBF",
                                   "\xEE\x80\x80",
                                   "\xF0\x90\x80\x80",
                                   "\xF4\x8F\xBF\xBF",
                                   "sixteen octets, ¢€😀"};
  const std::string_view bad[] = {"\x80",
                                  "\xBF",
                                  "\xC0\x80",
                                  "\xC1\xBF",
                                  "\xC2",
                                  "\xC2\x41",
                                  "\xE0\x9F\xBF",
                                  "\xE2\x82",
                                  "\xE2\x82\x41",
                                  "\xED\xA0\x80",
                                  "\xED\xBF\xBF",
                                  "\xF0\x8F\xBF\xBF",
                                  "\xF0\x9F\x98",
                                  "\xF4\x90\x80\x80",
                                  "\xF5\x80\x80\x80",
                                  "\xFE",
                                  "\xFF",
                                  "sixteen octets, \xFF"};
  for (const std::string_view text : good) EXPECT_TRUE(is_utf8(text)) << text;
  for (const std::string_view text : bad) EXPECT_FALSE(is_utf8(text)) << text;
}

TEST(Utf8Text, EncodesWhatItDecodes) {
  for (const char32_t value : {U'\0', U'A', U'\x7F', U'\x80', U'\x7FF', U'\x800', U'\xD7FF',
                               U'\xE000', U'\xFFFD', U'\xFFFF', U'\x10000', U'\x10FFFF'}) {
    char octets[4];
    const std::size_t length = encode_code_point(value, octets);
    const CodePoint read = decode_code_point({octets, length});
    EXPECT_TRUE(read.is_valid);
    EXPECT_EQ(read.value, value);
    EXPECT_EQ(read.length, length);
  }
}

TEST(Utf8Text, FindsTheFirst) {
  struct Row {
    std::string_view text;
    std::string_view needle;
    std::int64_t from;
    std::optional<std::int64_t> position;
  };

  const Row rows[] = {
      {"tacocat", "", 0, 0},
      {"tacocat", "ac", 0, 1},
      {"tacocat", "none", 0, -1},
      {"tacocat", "", 3, 3},
      {"tacocat", "a", 3, 5},
      {"tacocat", "at", 3, 5},
      {"ta©o©αT", "©", 0, 2},
      {"ta©o©αT", "©", 3, 4},
      {"ta©o©αT", "©αT", 3, 4},
      {"ta©o©αT", "©α", 5, -1},
      {"hello wello", "ello", 6, 7},
      {"ijk", "k", 0, 2},
      {"tacocat", "a", 7, -1},
      {"tacocat", "", 7, 7},
      {"tacocat", "a", 8, std::nullopt},
      {"tacocat", "", 8, std::nullopt},
      {"tacocat", "a", -1, std::nullopt},
      {"", "", 0, 0},
      {"", "a", 0, -1},
      {"short", "longer text", 0, -1},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(index_of(row.text, row.needle, row.from), row.position)
        << row.text << " / " << row.needle << " from " << row.from;
  }
}

TEST(Utf8Text, FindsTheLast) {
  struct Row {
    std::string_view text;
    std::string_view needle;
    std::int64_t from;
    std::optional<std::int64_t> position;
  };

  const Row rows[] = {
      {"tacocat", "", 3, 3},
      {"tacocat", "a", 3, 1},
      {"ta©o©αT", "©", 3, 2},
      {"ta©o©αT", "©α", 4, 4},
      {"hello wello", "ello", 6, 1},
      {"bananananana", "nana", 7, 6},
      {"tacocat", "cat", 6, 4},
      {"tacocat", "cat", 4, 4},
      {"tacocat", "cat", 3, -1},
      {"tacocat", "t", 0, 0},
      {"tacocat", "a", 0, -1},
      {"tacocat", "a", 7, 5},
      {"tacocat", "", 7, 7},
      {"tacocat", "a", 8, std::nullopt},
      {"tacocat", "a", -1, std::nullopt},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(last_index_of(row.text, row.needle, row.from), row.position)
        << row.text << " / " << row.needle << " from " << row.from;
  }
  EXPECT_EQ(last_index_of("", "@@"), -1);
  EXPECT_EQ(last_index_of("tacocat", ""), 7);
  EXPECT_EQ(last_index_of("tacocat", "at"), 5);
  EXPECT_EQ(last_index_of("hello wello", "low"), -1);
  EXPECT_EQ(last_index_of("hello wello", "hello wello"), 0);
  EXPECT_EQ(last_index_of("hello wello", "elbo room!!"), -1);
}

// The search from the back rolls a hash; the library's own search says what is right.
TEST(Utf8Text, AgreesWithTheLibraryOnRandomTexts) {
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 40, 'a');
    std::string needle(random() % 9, 'a');
    for (char& octet : text) octet = static_cast<char>('a' + random() % 2);
    for (char& octet : needle) octet = static_cast<char>('a' + random() % 2);
    EXPECT_EQ(find_first(text, needle), text.find(needle)) << text << " / " << needle;
    EXPECT_EQ(find_last(text, needle), text.rfind(needle)) << text << " / " << needle;
  }
}

TEST(Utf8Text, SearchesInLinearTime) {
  const std::string text(1 << 20, 'a');
  const std::string front = std::string(1 << 19, 'a') + "b";
  const std::string back = "b" + std::string(1 << 19, 'a');
  // Some milliseconds; a search that goes back for each place would take minutes.
  EXPECT_EQ(find_first(text, front), kNoOffset);
  EXPECT_EQ(find_last(text, back), kNoOffset);
}

TEST(Utf8Text, TrimsUnicodeWhiteSpace) {
  struct Row {
    std::string_view text;
    std::string_view trimmed;
  };

  const Row rows[] = {
      {"", ""},
      {"   ", ""},
      {"text", "text"},
      {" \f\n\r\t\vtext  ", "text"},
      {"a b", "a b"},
      {"\u0085\u00a0\u1680text", "text"},
      {"text\u2000\u2001\u2002\u2003\u2004\u2004\u2006\u2007\u2008\u2009", "text"},
      {"\u200atext\u2028\u2029\u202F\u205F\u3000", "text"},
      {"\u180etext\u200b\u200c\u200d\u2060\ufeff", "\u180etext\u200b\u200c\u200d\u2060\ufeff"},
      {"\u3000", ""},
      {" \xFF ", "\xFF"},
      {" \x80\x80\x80\x80 ", "\x80\x80\x80\x80"},
  };
  for (const Row& row : rows) EXPECT_EQ(trim(row.text), row.trimmed) << row.text;
}

std::vector<std::string_view> pieces_of(std::string_view text, std::string_view separator,
                                        std::int64_t limit) {
  std::vector<std::string_view> pieces;
  for (Splitter splitter(text, separator, limit); const auto piece = splitter.next();) {
    pieces.push_back(*piece);
  }
  return pieces;
}

TEST(Utf8Text, Splits) {
  struct Row {
    std::string_view text;
    std::string_view separator;
    std::int64_t limit;
    std::vector<std::string_view> pieces;
  };

  const Row rows[] = {
      {"hello world", " ", -1, {"hello", "world"}},
      {"hello world events!", " ", 0, {}},
      {"hello world events!", " ", 1, {"hello world events!"}},
      {"hello world events!", " ", 2, {"hello", "world events!"}},
      {"hello world events!", " ", 9, {"hello", "world", "events!"}},
      {"o©o©o©o", "©", -1, {"o", "o", "o", "o"}},
      {",a,,b,", ",", -1, {"", "a", "", "b", ""}},
      {"", ",", -1, {""}},
      {"", "", -1, {}},
      {"", "", 5, {}},
      {"©αT", "", -1, {"©", "α", "T"}},
      {"©αT", "", 2, {"©", "αT"}},
      {"©αT", "", 3, {"©", "α", "T"}},
      {"abab", "abab", -1, {"", ""}},
      {"aaa", "aa", -1, {"", "a"}},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(pieces_of(row.text, row.separator, row.limit), row.pieces)
        << row.text << " / " << row.separator << " / " << row.limit;
  }
}

}  // namespace
}  // namespace cel
