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
  EXPECT_GE(rule_count, 34u);
}

// A report as laboratories send it, with 264 results.
std::string long_report() {
  std::string octets =
      "MSH|^~\\&|HIS|CITY|LAB|PATH|20260403120000+0000||ORU^R01^ORU_R01|1|P|2.5.1\r"
      "PID|1||4711^^^CITY^MR||DOE^JANE||19800229|F|||STREET 1^^TOWN^^1000^FI\r"
      "OBR|1|||GLU^Glucose^LN\r";
  for (int index = 1; index <= 264; ++index) {
    const std::string number = std::to_string(index);
    octets += "OBX|" + number + "|NM|GLU^Glucose^LN|" + number +
              "|5.4|mmol/L^mmol per litre^UCUM|3.5-5.5|N|||F|||20260403120000+0200\r";
  }
  return octets;
}

// Those of expressions all together, a check of structure alone.
TEST(GuideTest, AReportOf264ResultsFitsTheBudgetOfAMessage) {
  const std::string octets = long_report();
  hl7::Message message;
  ASSERT_TRUE(message.parse(base::as_bytes(octets)).has_value());
  const Peer peer{"192.0.2.7:51034", "lab", "", {}};
  std::size_t rule_count = 0;
  std::uint64_t cost = 0;
  for (const std::string& block : yaml_blocks(guide())) {
    if (block.find("\ntests:") == block.npos) continue;
    const auto rules = make_rules(block);
    ASSERT_TRUE(rules.has_value());
    const Rule& rule = (*rules)->rules(0).front();
    MessageContext context;
    context.open(message, {.peer = peer, .now = {}});
    const RuleVerdict verdict = evaluate_rule(rule, context);
    EXPECT_NE(verdict.result, RuleResult::kError) << rule.name << verdict.findings[0].text;
    if (rule.expression) cost += context.message_cost();
    ++rule_count;
  }
  EXPECT_GE(rule_count, 34u);
  EXPECT_LT(cost, CostLimits{}.message);
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
