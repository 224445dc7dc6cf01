// The rules of docs/guides/validation.md do what the guide says.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "intake/inspection.hpp"
#include "intake/text_file.hpp"
#include "rule_set_fixture.hpp"

namespace intake {
namespace {

std::string guide() {
  return read_text_file(MLLP_SOURCE_DIR "/docs/guides/validation.md", 1'000'000).value();
}

std::vector<std::string> yaml_blocks(const std::string& text) {
  std::vector<std::string> blocks;
  const std::string_view start = "```yaml\n";
  for (std::size_t at = 0; (at = text.find(start, at)) != text.npos;) {
    at += start.size();
    const std::size_t end = text.find("```", at);
    blocks.push_back(text.substr(at, end - at));
    at = end + 3;
  }
  return blocks;
}

TEST(GuideTest, EveryRuleHasAMessageThatPassesAndOneThatIsTold) {
  std::size_t rule_count = 0;
  for (const std::string& block : yaml_blocks(guide())) {
    if (block.find("\ntests:") == block.npos) continue;
    SCOPED_TRACE(block);
    const auto configuration = compose(block);
    ASSERT_TRUE(configuration.has_value()) << config::to_string(configuration.error());
    auto rules = RuleSet::make(*configuration, 1);
    ASSERT_TRUE(rules.has_value()) << config::to_string(rules.error());
    EXPECT_EQ(config::to_string((*rules)->warnings()), "");
    const Inspector inspector(*configuration, *rules);
    std::size_t passed = 0;
    for (const config::RuleTest& test : configuration->tests) {
      const TestReport report = run_test(test, *configuration, inspector);
      for (const std::string& fault : report.faults) ADD_FAILURE() << test.name << ": " << fault;
      const bool is_told =
          !report.inspection.deciding_rule().empty() || !report.inspection.warned().empty();
      passed += is_told ? 0U : 1U;
    }
    EXPECT_EQ(configuration->tests.size(), 2u);
    EXPECT_EQ(passed, 1u);
    ++rule_count;
  }
  EXPECT_GE(rule_count, 30u);
}

TEST(GuideTest, ItsOtherDocumentsCompile) {
  for (const std::string& block : yaml_blocks(guide())) {
    if (block.starts_with("sets:")) continue;
    const auto rules = make_rules(block);
    EXPECT_TRUE(rules.has_value()) << block << config::to_string(rules.error());
  }
}

}  // namespace
}  // namespace intake
