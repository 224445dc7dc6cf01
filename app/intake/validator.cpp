#include "intake/validator.hpp"

#include <string>
#include <utility>

#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace intake {
namespace {

using telemetry::Counter;

constexpr auto kRelaxed = std::memory_order_relaxed;

// An error as a text; what is neither true nor false is one as well.
RuleResult failed(const Rule& rule, const cel::Value& value, const MessageContext& context,
                  std::string& fault) {
  const bool is_error = value.is_error();
  fault += is_error ? cel::describe(value) : "neither true nor false";
  rule.counts->errors.fetch_add(1, kRelaxed);
  telemetry::log(telemetry::Level::kWarning, "rule_error",
                 {{"rule", rule.name},
                  {"fault", is_error ? to_string(value.fault()) : std::string_view("not_a_bool")},
                  {"cost", context.cost()}});
  return RuleResult::kError;
}

std::string message_of(const Rule& rule, std::uint64_t cost_limit, MessageContext& context) {
  if (!rule.message_expression) return rule.message;
  const cel::Value text = context.evaluate(rule.message_expression->program, cost_limit);
  if (text.is(cel::Kind::kString)) return std::string(text.as_text());
  return rule.message;
}

}  // namespace

RuleResult evaluate_rule(const Rule& rule, std::uint64_t cost_limit, MessageContext& context,
                         std::string& fault) {
  if (rule.when) {
    const cel::Value applies = context.evaluate(rule.when->program, cost_limit);
    if (!applies.is(cel::Kind::kBool)) return failed(rule, applies, context, fault);
    if (!applies.as_bool()) return RuleResult::kSkipped;
  }
  const cel::Value holds = context.evaluate(rule.expression.program, cost_limit);
  if (!holds.is(cel::Kind::kBool)) return failed(rule, holds, context, fault);
  if (holds.as_bool()) return RuleResult::kHolds;
  rule.counts->failed.fetch_add(1, kRelaxed);
  return RuleResult::kIsFalse;
}

Verdict validate(const std::vector<Rule>& rules, std::uint64_t cost_limit,
                 MessageContext& context) {
  Verdict verdict;
  for (const Rule& rule : rules) {
    std::string fault;
    const RuleResult result = evaluate_rule(rule, cost_limit, context, fault);
    if (result == RuleResult::kHolds || result == RuleResult::kSkipped) continue;
    const bool is_error = result == RuleResult::kError;
    const bool is_warning = rule.is_warning && !(is_error && rule.on_error);
    std::string text =
        is_error ? "the rule cannot be evaluated: " + fault : message_of(rule, cost_limit, context);
    verdict.findings.push_back({rule.name, std::move(text), rule.location,
                                is_error ? std::string("207") : rule.code, is_warning});
    if (is_warning) {
      telemetry::count(Counter::kRuleWarnings);
      continue;
    }
    verdict.outcome = is_error ? Outcome::kEvaluationFailed : Outcome::kRuleFailed;
    if (is_error) verdict.reply = rule.on_error;
    telemetry::count(is_error ? Counter::kRuleErrors : Counter::kRuleRefusals);
    return verdict;
  }
  return verdict;
}

}  // namespace intake
