#include "config/settings_report.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "app/config/test_support/run.hpp"

namespace config {
namespace {

Configuration small() {
  Configuration configuration;
  configuration.origins = {{"LISTEN_ADDR", ":2575", "default"},
                           {"DATA_DIR", "/srv/my \"data\"\n", "environment"},
                           {"ENV_FILE", "", "default"},
                           {"listeners[0].name", "lab", "config.yaml:2"}};
  configuration.warnings = {{"environment", 0, 0, "STROE: odd", ""}};
  return configuration;
}

TEST(SettingsReport, TableIsAlignedAndOfOneLineEach) {
  EXPECT_EQ(render_table(small(), Colors::kNone),
            "LISTEN_ADDR        :2575                 default\n"
            "DATA_DIR           \"/srv/my \\\"data\\\"\\n\"  environment\n"
            "ENV_FILE           -                     default\n"
            "listeners[0].name  lab                   config.yaml:2\n");
}

TEST(SettingsReport, ColorsShowWhatIsNotTheDefault) {
  EXPECT_EQ(render_table(small(), Colors::kTerminal),
            "LISTEN_ADDR        :2575                 default\n"
            "\033[1;36mDATA_DIR           \"/srv/my \\\"data\\\"\\n\"\033[0m  environment\n"
            "ENV_FILE           -                     default\n"
            "\033[1;36mlisteners[0].name  lab                 \033[0m  config.yaml:2\n");
}

TEST(SettingsReport, AVeryLongValueDoesNotPushTheOthersAside) {
  Configuration configuration = small();
  configuration.origins.push_back({"X", std::string(200, 'x'), "environment"});
  const std::string table = render_table(configuration, Colors::kNone);
  EXPECT_TRUE(table.starts_with("LISTEN_ADDR        :2575                 default\n")) << table;
}

TEST(SettingsReport, CharactersOfSeveralOctetsTakeOneColumn) {
  Configuration configuration;
  configuration.origins = {{"A", "\xC3\xBC\xC3\xBC", "default"}, {"B", "abc", "default"}};
  EXPECT_EQ(render_table(configuration, Colors::kNone),
            "A  \xC3\xBC\xC3\xBC   default\n"
            "B  abc  default\n");
}

TEST(SettingsReport, JsonHoldsTheSame) {
  const auto object = boost::json::parse(render_json(small())).as_object();
  const auto& settings = object.at("settings").as_array();
  ASSERT_EQ(settings.size(), 4U);
  EXPECT_EQ(settings[1].at("name"), "DATA_DIR");
  EXPECT_EQ(settings[1].at("value"), "/srv/my \"data\"\n");
  EXPECT_EQ(settings[1].at("origin"), "environment");
  EXPECT_EQ(object.at("warnings").as_array()[0], "environment: STROE: odd");
}

TEST(SettingsReport, JsonOfARealRunIsValid) {
  const auto result = test_support::run({.yaml = "connectors: [{name: a, type: file}]\n"});
  ASSERT_TRUE(result.has_value());
  const auto object = boost::json::parse(render_json(*result)).as_object();
  EXPECT_EQ(object.at("settings").as_array().size(), result->origins.size());
}

// The page that people read is the table that the program reads.
TEST(SettingsReport, TheReferencePageIsUpToDate) {
  const auto path = std::filesystem::path(MLLP_SOURCE_DIR) / "docs/reference/settings.md";
  std::ifstream file(path);
  ASSERT_TRUE(file.is_open()) << path;
  const std::string page(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(page, render_reference())
      << "write it anew: mllp-server config --reference > docs/reference/settings.md";
}

}  // namespace
}  // namespace config
