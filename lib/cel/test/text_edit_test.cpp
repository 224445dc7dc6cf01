#include "text_edit.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cel {
namespace {

TEST(TextEdit, ChangesTheCaseOfAsciiOnly) {
  StringSink lower;
  append_lower_ascii(lower, "TacoCÆt Xii [@Z`{");
  EXPECT_EQ(lower.text(), "tacocÆt xii [@z`{");
  StringSink upper;
  append_upper_ascii(upper, "tacoCαt xii [`az{");
  EXPECT_EQ(upper.text(), "TACOCαT XII [`AZ{");
}

TEST(TextEdit, ReversesCodePoints) {
  for (const auto& [text, reversed] :
       {std::pair{"", ""}, std::pair{"☺", "☺"}, std::pair{"Ta©oCαt", "tαCo©aT"},
        std::pair{"gums", "smug"}}) {
    StringSink out;
    append_reversed(out, text);
    EXPECT_EQ(out.text(), reversed);
  }
}

TEST(TextEdit, Replaces) {
  struct Row {
    std::string_view text;
    Replacement what;
    std::string_view result;
  };

  const Row rows[] = {
      {"12 days 12 hours", {"{0}", "2"}, "12 days 12 hours"},
      {"{0} days {0} hours", {"{0}", "2"}, "2 days 2 hours"},
      {"{0} days {0} hours", {"{0}", "2", 1}, "2 days {0} hours"},
      {"hello hello", {"he", "we", 0}, "hello hello"},
      {"hello hello", {"he", "we", -5}, "wello wello"},
      {"1 ©αT taco", {"αT", "o©α"}, "1 ©o©α taco"},
      {"hello", {"", "_"}, "_h_e_l_l_o_"},
      {"hello", {"", "_", 2}, "_h_ello"},
      {"©α", {"", "-"}, "-©-α-"},
      {"", {"", "x"}, "x"},
      {"", {"", "x", 0}, ""},
      {"hello", {"l", ""}, "heo"},
      {"aaaa", {"aa", "b"}, "bb"},
      {"aaaaa", {"aa", "aa"}, "aaaaa"},
  };
  for (const Row& row : rows) {
    StringSink out;
    append_replaced(out, row.text, row.what);
    EXPECT_EQ(out.text(), row.result) << row.text << " / " << row.what.old_text;
    EXPECT_FALSE(out.has_failed());
  }
}

TEST(TextEdit, StopsAtTheLimitOfItsSink) {
  StringSink out(1000);
  const std::string text(900, 'a');
  append_replaced(out, text, {"a", "ab"});
  EXPECT_TRUE(out.has_failed());
  StringSink room(1800);
  append_replaced(room, text, {"a", "ab"});
  EXPECT_FALSE(room.has_failed());
  EXPECT_EQ(room.text().size(), 1800U);
}

TEST(TextEdit, Quotes) {
  struct Row {
    std::string_view text;
    std::string_view quoted;
  };

  const Row rows[] = {
      {"", R"("")"},
      {"verbatim", R"("verbatim")"},
      {"\a\b\f\n\r\t\v\\\"", R"("\a\b\f\n\r\t\v\\\"")"},
      {"single ' stays", R"("single ' stays")"},
      {"завтра \U0001F431", "\"завтра \U0001F431\""},
      {"a\xFF\xC3z", "\"a\uFFFD\uFFFDz\""},
  };
  for (const Row& row : rows) {
    StringSink out;
    append_quoted(out, row.text);
    EXPECT_EQ(out.text(), row.quoted);
  }
}

}  // namespace
}  // namespace cel
