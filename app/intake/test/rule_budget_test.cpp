// What rules may cost: no allocation in the steady state, and never a stall.
#include <gtest/gtest.h>

#include <ctime>
#include <string>

#include "intake/intake.hpp"
#include "intake/router.hpp"
#include "intake/test_support/hostile.hpp"
#include "intake/validator.hpp"
#include "rule_set_fixture.hpp"
#include "test_support/allocation_count.hpp"
#include "test_support/manual_clock.hpp"

namespace intake {
namespace {

const Peer kPeer{"192.0.2.7:51034", "lab", "", {}};

TEST(RuleBudget, StringRulesAllocateNothing) {
  const auto rules = make_rules(R"(
validation:
  rules:
    - {name: r1, expression: 'msh.msg_type in ["ADT", "ORU"]'}
    - {name: r2, expression: 'msh.sending_app == "LAB" && msh.version.startsWith("2.")'}
    - {name: r3, expression: 'has(pid.id) && pid.id.matches("^[0-9]+$")'}
    - {name: r4, expression: 'pid[?"sex"].orValue("") in ["", "F", "M"]'}
    - {name: r5, expression: 'msg.get("PID-3.4") == "MRN" && msg.has("PID-5")'}
    - {name: r6, expression: 'obx_list.all(o, o.status in ["F", "P"])'}
    - {name: r7, expression: 'msg.all("OBX(*)-3.1").size() == msg.count("OBX")'}
    - {name: r8, expression: 'pid.name == "MÜLLER"'}
)");
  ASSERT_TRUE(rules.has_value()) << config::to_string(rules.error());
  const std::string octets =
      "MSH|^~\\&|LAB|CENTRAL|HIS|WARD|20260403120000||ORU^R01|M1|P|2.5.1\r"
      "PID|1||4711^^^MRN||MÜLLER||19800229|F\rOBX|1|NM|GLU||5.4||||||F\rOBX|2|NM|B||1||||||P\r";
  hl7::Message message;
  MessageContext& context = MessageContext::of_thread();
  std::size_t before = 0;
  for (int round = 0; round < 10; ++round) {
    if (round == 3) before = ::test_support::allocation_count();
    ASSERT_TRUE(message.parse(base::as_bytes(octets)).has_value());
    context.open(message, {.peer = kPeer, .now = {}});
    const Verdict verdict = validate((*rules)->rules(0), context);
    ASSERT_EQ(verdict.outcome, Outcome::kAccepted) << verdict.findings.front().rule;
  }
  EXPECT_EQ(::test_support::allocation_count(), before);
}

// One block for the text of the answer, one for the list that it goes out in.
TEST(RuleBudget, AFrameWithoutRulesTakesTwoBlocks) {
  const ::test_support::ManualClock clock;
  const config::ListenerSettings settings;
  const LiveRules live({nullptr, Router({})});
  const Intake intake(settings, AckPolicy(), {live, 0}, clock);
  const std::string octets =
      "MSH|^~\\&|LAB||HIS||20260403120000||ORU^R01|M1|P|2.5.1\rPID|1||4711\r";
  Decision decision;
  std::size_t before = 0;
  for (int round = 0; round < 10; ++round) {
    if (round == 3) before = ::test_support::allocation_count();
    intake.judge(base::as_bytes(octets), kPeer, decision);
    ASSERT_EQ(intake.conclude(decision, {}).messages.size(), 1u);
  }
  EXPECT_EQ(::test_support::allocation_count(), before + 7 * 2);
}

// Of the processor's time, not the wall's.
double spent_milliseconds() { return static_cast<double>(std::clock()) * 1e3 / CLOCKS_PER_SEC; }

#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr bool kIsTimed = true;
#else
constexpr bool kIsTimed = false;
#endif
// rules_bench takes the time; this is only to see a stall, on any machine.
constexpr double kStallMilliseconds = 30.0;

void expect_no_stall(double began, const std::string& what) {
  if (kIsTimed) {
    EXPECT_LT(spent_milliseconds() - began, kStallMilliseconds) << what;
  }
}

TEST(RuleBudget, AHostileRuleIsNoStall) {
  const ValueSets sets;
  const cel::Environment environment = make_environment(sets);
  for (const std::string_view text : test_support::kHostileTexts) {
    const std::string octets = test_support::hostile_message(text);
    hl7::Message message;
    ASSERT_TRUE(message.parse(base::as_bytes(octets)).has_value());
    MessageContext context;
    for (const std::string_view source : test_support::kHostileRules) {
      const auto program = environment.compile(source);
      ASSERT_TRUE(program.has_value()) << source << cel::render(program.error(), source);
      const double began = spent_milliseconds();
      context.open(message, {.peer = kPeer, .now = {}});
      const cel::Value value = context.evaluate(*program);
      expect_no_stall(began, std::string(source) + " with " + std::string(text));
      EXPECT_TRUE(value.is(cel::Kind::kBool) || value.is_error()) << source;
    }
  }
}

// All hostile rules as warnings, so that each of them runs, and as filters behind them.
std::string hostile_document() {
  std::string rules = "validation:\n  rules:\n";
  std::string filters = "connectors:\n";
  int number = 0;
  for (const std::string_view source : test_support::kHostileRules) {
    const std::string name = "h" + std::to_string(++number);
    rules += "    - {name: " + name + ", severity: warning, expression: \"" + std::string(source) +
             "\"}\n";
    filters += "  - {name: " + name + ", type: file, filter: \"" + std::string(source) + "\"}\n";
  }
  return rules + "    - {name: standard, severity: warning, structure: strict}\n" + filters;
}

TEST(RuleBudget, AllRulesAndFiltersOfAMessageShareOne) {
  const auto rules = make_rules(hostile_document());
  ASSERT_TRUE(rules.has_value()) << config::to_string(rules.error());
  const CostLimits limits = (*rules)->cost_limits();
  for (const std::string_view text : test_support::kHostileTexts) {
    const std::string octets = test_support::hostile_message(text);
    hl7::Message message;
    ASSERT_TRUE(message.parse(base::as_bytes(octets)).has_value());
    MessageContext context;
    const double began = spent_milliseconds();
    context.open(message, {.peer = kPeer, .now = {}, .limits = limits});
    const Verdict verdict = validate((*rules)->rules(0), context);
    std::size_t parked = 0;
    for (const Route& route : (*rules)->routes()) {
      parked += plan_route(route, context).result == RouteResult::kParked ? 1U : 0U;
    }
    expect_no_stall(began, "all together");
    EXPECT_EQ(context.message_cost(), limits.message) << "spent to the last unit, and no further";
    EXPECT_EQ(parked, (*rules)->routes().size());
    EXPECT_EQ(verdict.outcome, Outcome::kEvaluationFailed) << "also of a rule that only warns";
    ASSERT_FALSE(verdict.findings.empty());
    EXPECT_FALSE(verdict.findings.front().is_warning);
    EXPECT_NE(verdict.findings.front().text.find("cannot be evaluated"), std::string::npos);
  }
}

// One that alone is cheap enough is refused by what those before it have taken.
TEST(RuleBudget, WhatIsLeftDecides) {
  const std::string one = "lists.range(2000).all(a, a >= 0)";
  std::string document = "validation:\n  rules:\n";
  for (int number = 1; number <= 40; ++number) {
    document += "    - {name: r" + std::to_string(number) + ", expression: \"" + one + "\"}\n";
  }
  const auto rules = make_rules(document);
  ASSERT_TRUE(rules.has_value()) << config::to_string(rules.error());
  hl7::Message message;
  const std::string octets = "MSH|^~\\&|LAB|C|HIS|W|2026||ORU^R01|M1|P|2.5.1\r";
  ASSERT_TRUE(message.parse(base::as_bytes(octets)).has_value());
  MessageContext context;
  context.open(message, {.peer = kPeer, .now = {}, .limits = (*rules)->cost_limits()});
  const RuleVerdict first = evaluate_rule((*rules)->rules(0).front(), context);
  EXPECT_EQ(first.result, RuleResult::kHolds);
  const std::uint64_t cost = context.cost();
  context.open(message, {.peer = kPeer, .now = {}, .limits = (*rules)->cost_limits()});
  const Verdict verdict = validate((*rules)->rules(0), context);
  EXPECT_EQ(verdict.outcome, Outcome::kEvaluationFailed);
  ASSERT_FALSE(verdict.findings.empty());
  const std::uint64_t passed = (*rules)->cost_limits().message / cost;
  EXPECT_EQ(verdict.findings.front().rule, "r" + std::to_string(passed + 1));
}

TEST(RuleBudget, ACheckOfStructureThatIsTooLongIsStopped) {
  for (const std::string_view severity : {"error", "warning"}) {
    const auto rules =
        make_rules("validation:\n  rules:\n    - {name: s, structure: strict, severity: " +
                   std::string(severity) + "}\n");
    ASSERT_TRUE(rules.has_value()) << config::to_string(rules.error());
    for (const std::string_view line : test_support::kHostileLines) {
      const std::string octets = test_support::hostile_structure(line);
      hl7::Message message;
      ASSERT_TRUE(message.parse(base::as_bytes(octets)).has_value());
      MessageContext context;
      const double began = spent_milliseconds();
      context.open(message, {.peer = kPeer, .now = {}, .limits = (*rules)->cost_limits()});
      const RuleVerdict verdict = evaluate_rule((*rules)->rules(0).front(), context);
      expect_no_stall(began, std::string(line));
      EXPECT_LE(verdict.findings.size(), 20u);
      const bool is_spent = verdict.result == RuleResult::kError && context.is_spent();
      EXPECT_EQ(verdict.refuses(), is_spent || (severity == "error" && !verdict.findings.empty()));
    }
  }
}

// A document of 2 MiB in one OBX is nothing to look at, and passes.
TEST(RuleBudget, AnEmbeddedDocumentFitsIntoTheBudget) {
  const auto rules = make_rules("validation:\n  rules:\n    - {name: s, structure: required}\n");
  ASSERT_TRUE(rules.has_value());
  const std::string octets =
      "MSH|^~\\&|LAB|C|HIS|W|20260403120000||ORU^R01^ORU_R01|M1|P|2.5.1\r"
      "PID|1||4711^^^MRN||DOE^JANE\rOBR|1|||DOC^Letter\r"
      "OBX|1|ED|DOC^Letter||^AP^PDF^Base64^" +
      std::string(std::size_t{2} << 20U, 'A') + "||||||F\r";
  hl7::Message message;
  ASSERT_TRUE(message.parse(base::as_bytes(octets)).has_value());
  MessageContext context;
  context.open(message, {.peer = kPeer, .now = {}, .limits = {100'000, 1'000'000'000}});
  const RuleVerdict verdict = evaluate_rule((*rules)->rules(0).front(), context);
  EXPECT_EQ(verdict.result, RuleResult::kHolds) << verdict.findings.front().text;
  EXPECT_LT(context.cost(), 100'000u);
}

}  // namespace
}  // namespace intake
