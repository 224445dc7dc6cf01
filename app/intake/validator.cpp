#include "intake/validator.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "intake/structure_rule.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace intake {
namespace {

using telemetry::Counter;

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr std::string_view kErrorCode = "207";  // table 0357: application internal error

// A rule that could not be evaluated, on the log and to the sender. `fault` is for the
// log, `text` may hold what the message holds.
RuleVerdict failed(const Rule& rule, const MessageContext& context, std::string_view fault,
                   const std::string& text) {
  rule.counts->errors.fetch_add(1, kRelaxed);
  telemetry::log(telemetry::Level::kWarning, "rule_error",
                 {{"rule", rule.name},
                  {"fault", fault},
                  {"cost", context.cost()},
                  {"message_cost", context.message_cost()}});
  RuleVerdict verdict{RuleResult::kError, {}};
  const bool is_warning = rule.is_warning && !rule.on_error && !context.is_spent();
  verdict.findings.push_back({rule.name, "the rule cannot be evaluated: " + text, rule.location,
                              std::string(kErrorCode), is_warning});
  return verdict;
}

// What is neither true nor false is an error as well.
RuleVerdict failed(const Rule& rule, const MessageContext& context, const cel::Value& value) {
  if (!value.is_error()) return failed(rule, context, "not_a_bool", "neither true nor false");
  return failed(rule, context, to_string(value.fault()), cel::describe(value));
}

std::string message_of(const Rule& rule, MessageContext& context) {
  if (!rule.message_expression) return rule.message;
  const cel::Value text = context.evaluate(rule.message_expression->program);
  if (text.is(cel::Kind::kString)) return std::string(text.as_text());
  return rule.message;
}

RuleVerdict evaluate_expression(const Rule& rule, MessageContext& context) {
  const cel::Value holds = context.evaluate(rule.expression->program);
  if (!holds.is(cel::Kind::kBool)) return failed(rule, context, holds);
  if (holds.as_bool()) return {};
  RuleVerdict verdict{RuleResult::kIsFalse, {}};
  verdict.findings.push_back(
      {rule.name, message_of(rule, context), rule.location, rule.code, rule.is_warning});
  return verdict;
}

RuleVerdict evaluate_structure(const Rule& rule, MessageContext& context) {
  StructureFindings found = check_structure(rule, context);
  if (found.is_unfinished) {
    return failed(rule, context, to_string(cel::Fault::kCostLimit),
                  "the check of the message's structure would take too long");
  }
  const bool has_errors = found.has_errors;
  return {has_errors ? RuleResult::kIsFalse : RuleResult::kHolds, std::move(found.findings)};
}

}  // namespace

bool RuleVerdict::refuses() const noexcept {
  return !findings.empty() && !findings.front().is_warning;
}

RuleVerdict evaluate_rule(const Rule& rule, MessageContext& context) {
  if (rule.when) {
    const cel::Value applies = context.evaluate(rule.when->program);
    if (!applies.is(cel::Kind::kBool)) return failed(rule, context, applies);
    if (!applies.as_bool()) return {RuleResult::kSkipped, {}};
  }
  RuleVerdict verdict =
      rule.structure ? evaluate_structure(rule, context) : evaluate_expression(rule, context);
  if (verdict.result == RuleResult::kIsFalse) rule.counts->failed.fetch_add(1, kRelaxed);
  return verdict;
}

Verdict validate(const std::vector<Rule>& rules, MessageContext& context) {
  Verdict verdict;
  for (const Rule& rule : rules) {
    RuleVerdict one = evaluate_rule(rule, context);
    if (one.findings.empty()) continue;
    if (!one.refuses()) {
      telemetry::count(Counter::kRuleWarnings);
      std::ranges::move(one.findings, std::back_inserter(verdict.findings));
      continue;
    }
    const bool is_error = one.result == RuleResult::kError;
    verdict.outcome = is_error ? Outcome::kEvaluationFailed : Outcome::kRuleFailed;
    if (is_error) verdict.reply = rule.on_error;
    telemetry::count(is_error ? Counter::kRuleErrors : Counter::kRuleRefusals);
    std::ranges::move(verdict.findings, std::back_inserter(one.findings));
    verdict.findings = std::move(one.findings);
    return verdict;
  }
  return verdict;
}

}  // namespace intake
