// intake/validator.hpp: runs the rules of a listener over a message.
//
// In order; the first that is false or cannot be evaluated decides. A rule of severity
// warning never refuses: what it says is told and recorded, and the next rule runs.
// One that cannot be evaluated is such a warning too, unless it has `on_error`.
#pragma once

#include <optional>
#include <vector>

#include "intake/ack_policy.hpp"
#include "intake/finding.hpp"
#include "intake/hl7_in_cel.hpp"
#include "intake/rule_set.hpp"

namespace intake {

struct Verdict {
  Outcome outcome = Outcome::kAccepted;  // else kRuleFailed or kEvaluationFailed
  std::optional<Reply> reply;            // a rule's `on_error`: before the listener's answers
  std::vector<Finding> findings;         // the one that decided comes last
};

// How one rule went, for explanations.
enum class RuleResult : std::uint8_t { kHolds, kSkipped, kIsFalse, kError };

// REQUIRES: the context has the message open. An error's text is added to `fault`.
[[nodiscard]] RuleResult evaluate_rule(const Rule& rule, std::uint64_t cost_limit,
                                       MessageContext& context, std::string& fault);

[[nodiscard]] Verdict validate(const std::vector<Rule>& rules, std::uint64_t cost_limit,
                               MessageContext& context);

}  // namespace intake
