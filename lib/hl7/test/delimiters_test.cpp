#include "hl7/delimiters.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hl7 {
namespace {

// "|^~\&#" by position; "." where the message leaves a delimiter out, "" where
// nothing can be read.
std::string read(std::string_view text) {
  const auto found = parse_delimiters(text);
  if (!found) return "";
  std::string shown;
  for (const char each : {found->field, found->component, found->repetition, found->escape,
                          found->subcomponent, found->truncation}) {
    shown += each == 0 ? '.' : each;
  }
  return shown;
}

struct Case {
  const char* name;
  std::string_view text;
  std::string_view want;
};

const Case kCases[] = {
    // What senders write.
    {"recommended", R"(MSH|^~\&|HIS|)", R"(|^~\&.)"},
    {"with_truncation", R"(MSH|^~\&#|HIS|)", R"(|^~\&#)"},
    {"other_characters", R"(MSH#*!\%#S#)", R"(#*!\%.)"},
    {"fhs_and_bhs_likewise", R"(BHS$^~\&$HIS)", R"($^~\&.)"},
    {"letters_and_digits_in_msh_2", R"(MSH|^~E1|HIS|)", R"(|^~E1.)"},
    {"eight_bit_characters_in_msh_2", "MSH|^\xFD\xA0&|HIS|", "|^\xFD\xA0&."},
    {"ends_with_the_line", "MSH|^~\\&\rPID|1", R"(|^~\&.)"},
    {"ends_with_a_line_feed", "MSH|^~\\&\nPID|1", R"(|^~\&.)"},
    {"ends_with_the_text", R"(MSH|^~\&)", R"(|^~\&.)"},

    // A short MSH-2.
    {"without_subcomponent", R"(MSH|^~\|HIS)", R"(|^~\..)"},
    {"without_escape", R"(MSH|^~|HIS)", R"(|^~...)"},
    {"component_alone", R"(MSH|^|HIS)", R"(|^....)"},

    // What separates nothing.
    {"nothing", "", ""},
    {"name_alone", "MSH", ""},
    {"separator_alone", "MSH|", ""},
    {"empty_msh_2", "MSH||HIS|", ""},
    {"empty_line", "MSH|\rPID|", ""},
    {"six_characters", R"(MSH|^~\&#%|HIS)", ""},
    {"component_twice", R"(MSH|^^\&|HIS)", ""},
    {"escape_as_component", R"(MSH|^~\^|HIS)", ""},
    {"letter_as_separator", R"(MSHA^~\&AHIS)", ""},
    {"word_of_its_own", R"(MSHELL|^~\&|HIS)", ""},
    {"digit_as_separator", R"(MSH1^~\&1HIS)", ""},
    {"msh_2_forgotten", "MSH|CENTRAL|LAB|", ""},
    {"blank_as_separator", R"(MSH ^~\& HIS)", ""},
    {"blank_in_msh_2", R"(MSH|^~\ |HIS)", ""},
    {"control_character", "MSH|^~\x01&|HIS", ""},
    {"delete_character", "MSH|^~\x7F&|HIS", ""},
    {"eight_bit_separator", "MSH\xA7^~\\&\xA7HIS", ""},
    {"nul_as_separator", std::string_view("MSH\0^~\\&\0", 9), ""},
    {"utf_16", std::string_view("M\0S\0H\0|\0^\0", 10), ""},
};

class DelimitersTest : public testing::TestWithParam<Case> {};

TEST_P(DelimitersTest, AreReadByPosition) { EXPECT_EQ(read(GetParam().text), GetParam().want); }

INSTANTIATE_TEST_SUITE_P(Msh, DelimitersTest, testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace hl7
