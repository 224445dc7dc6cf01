#include "connect/file_name.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connect/test_support/deliveries.hpp"

namespace connectors {
namespace {

using testing::HasSubstr;

struct EncodeCase {
  const char* name;
  std::string_view value;
  std::string_view want;
};

const EncodeCase kEncodings[] = {
    {"letters_digits_and_three_others_stay", "Az09._-", "Az09._-"},
    {"slash_is_no_folder", "a/b", "a%2Fb"},
    {"percent_itself", "100%", "100%25"},
    {"blank", "a b", "a%20b"},
    {"above_ascii", "\xc3\xa9", "%C3%A9"},
    {"nul_and_control", std::string_view("\0\x1f", 2), "%00%1F"},
    {"dot_in_front", ".profile", "%2Eprofile"},
    {"parent_folder", "../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"},
    {"dot_behind", "a.", "a."},
    {"nothing", "", "_"},
};

TEST(FileName, EncodesValuesForTheirPlace) {
  for (const EncodeCase& each : kEncodings) {
    EXPECT_EQ(encode_for_file_name(each.value), each.want) << each.name;
  }
}

TEST(FileName, CutsValuesTo200OctetsAndNeverInsideAnEscape) {
  EXPECT_EQ(encode_for_file_name(std::string(500, 'a')), std::string(200, 'a'));
  const std::string cut = encode_for_file_name("aa" + std::string(100, '/'));
  EXPECT_EQ(cut.size(), 2u + 66 * 3);
  EXPECT_EQ(cut.substr(cut.size() - 3), "%2F");
}

struct RenderCase {
  const char* text;
  std::string_view want;
};

// Entry 7, received 2026-04-03, ADT^A01, MSH-10 "M/1".
const RenderCase kRenders[] = {
    {"{entry}.hl7", "00000000000000000007.hl7"},
    {"{control_id}", "M%2F1"},
    {"{type}_{trigger}.hl7", "ADT_A01.hl7"},
    {"{date}/{type}/{control_id}.hl7", "2026-04-03/ADT/M%2F1.hl7"},
    {"messages.mllp", "messages.mllp"},
    {".hidden/{type}", ".hidden/ADT"},
    {"{id}.hl7", "0190163d-8694-739b-aea5-966c26f8ad91.hl7"},
};

TEST(FileName, RendersPlaceholders) {
  test_support::Letters letters;
  letters.add("M/1");
  Delivery& delivery = letters.last();
  delivery.id = {7};
  delivery.message_id = *base::parse_uuid("0190163d-8694-739b-aea5-966c26f8ad91");
  for (const RenderCase& each : kRenders) {
    const auto made = FileNameTemplate::parse(each.text);
    ASSERT_TRUE(made.has_value()) << each.text << ": " << made.error();
    EXPECT_EQ(made->render(delivery), each.want);
  }
}

struct BadCase {
  const char* name;
  std::string_view text;
  const char* words;
};

const BadCase kBad[] = {
    {"nothing", "", "found nothing"},
    {"unknown_placeholder", "{patient}.hl7", "unknown placeholder '{patient}'; known are {id}"},
    {"empty_placeholder", "{}.hl7", "unknown placeholder '{}'"},
    {"open_brace", "{id.hl7", "'{' without its '}'"},
    {"close_brace", "id}.hl7", "'}' without its '{'"},
    {"absolute", "/{id}.hl7", "below `directory`"},
    {"parent", "../{id}.hl7", "below `directory`"},
    {"parent_inside", "a/../{id}.hl7", "below `directory`"},
    {"dot", "./{id}.hl7", "below `directory`"},
    {"folder_only", "{date}/", "below `directory`"},
    {"empty_folder", "a//{id}.hl7", "below `directory`"},
    {"nul", std::string_view("a\0b", 3), "NUL"},
};

TEST(FileName, RefusesWhatCannotBeAName) {
  for (const BadCase& each : kBad) {
    const auto made = FileNameTemplate::parse(each.text);
    ASSERT_FALSE(made.has_value()) << each.name;
    EXPECT_THAT(made.error(), HasSubstr(each.words)) << each.name;
  }
}

}  // namespace
}  // namespace connectors
