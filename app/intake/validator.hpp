// intake/validator.hpp: runs the rules of a listener over a message.
//
// In order; the first that finds an error or cannot be evaluated decides. A rule of
// severity warning never refuses: what it says is told and recorded, and the next rule
// runs. One that cannot be evaluated is such a warning too, unless it has `on_error`, or has
// spent what all rules of a message may cost: then those behind it cannot be asked.
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
  std::vector<Finding> findings;         // of the rule that decided first, then the warnings
};

// How one rule went.
enum class RuleResult : std::uint8_t { kHolds, kSkipped, kIsFalse, kError };

struct RuleVerdict {
  RuleResult result = RuleResult::kHolds;
  std::vector<Finding> findings;  // errors first; warnings also of a rule that holds

  // True if the message is refused for it.
  [[nodiscard]] bool refuses() const noexcept;
};

// REQUIRES: the context has the message open.
[[nodiscard]] RuleVerdict evaluate_rule(const Rule& rule, MessageContext& context);

[[nodiscard]] Verdict validate(const std::vector<Rule>& rules, MessageContext& context);

}  // namespace intake
