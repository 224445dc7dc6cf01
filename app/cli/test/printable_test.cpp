#include "cli/printable.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cli {
namespace {

struct Case {
  std::string text;
  const char* want;
};

TEST(Printable, ShowsControlCharactersInsteadOfObeyingThem) {
  const Case cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"M\xC3\xBC \xE2\x82\xAC \xF0\x9F\x98\x80", "M\xC3\xBC \xE2\x82\xAC \xF0\x9F\x98\x80"},
      {"a\nb\tc", "a\\nb\\tc"},
      {"\x1B[2J", "\\x1B[2J"},
      {std::string("\0\x7F", 2), "\\x00\\x7F"},
      {"\xC2\x9B"
       "31m",
       "\\x9B31m"},  // CSI as one character
      {"\xC2\xA0", "\xC2\xA0"},
      {"12345678", "12345678"},
      {"123456789", "12345678... (9 characters)"},
      {"\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC",
       "\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC... (9 characters)"},
  };
  for (const Case& each : cases) EXPECT_EQ(make_printable(each.text, 8), each.want);
}

TEST(Printable, TellsTheLengthOfWhatItCuts) {
  EXPECT_EQ(make_printable(std::string(12'345, 'x'), 2), "xx... (12,345 characters)");
}

}  // namespace
}  // namespace cli
