// The second half of an intake: what the sender is told.
#include <algorithm>
#include <utility>

#include "intake/intake.hpp"
#include "intake/repeat.hpp"
#include "intake/tally.hpp"
#include "telemetry/metrics.hpp"

namespace intake {

using telemetry::Counter;

Answer Intake::conclude(Decision& decision, const CommitOutcome& outcome,
                        std::span<const store::Draft> drafts) const {
  std::optional<Outcome> refused;
  if (outcome) {
    refused = outcome_of(*outcome);
    if (!refused) return {.messages = {}, .close = true, .retry_later = true};
  } else if (knows_again()) {
    take_recognitions(decision, drafts, settings_);
  }
  // Also what only asks: whether it was taken before is not known.
  const auto final_outcome = [refused](const Ruling& ruling) {
    return refused && ruling.has_draft ? *refused : ruling.outcome;
  };
  if (decision.rulings.size() == 1) {  // nearly always: without a list
    const Outcome only = final_outcome(decision.rulings.front());
    return write(decision, {&only, 1});
  }
  std::vector<Outcome> outcomes(decision.rulings.size());
  std::ranges::transform(decision.rulings, outcomes.begin(), final_outcome);
  return write(decision, outcomes);
}

Answer Intake::conclude_asked(Decision& decision, std::optional<std::string> answer) const {
  telemetry::count(answer ? Counter::kQuestionsAnswered : Counter::kQuestionsUnanswered);
  constexpr Outcome kNone = Outcome::kNoAnswer;
  if (!answer) return write(decision, {&kNone, 1});
  Answer passed_on;
  passed_on.messages.push_back(*std::move(answer));
  constexpr Outcome kPassedOn = Outcome::kAccepted;
  count_told(decision, {&kPassedOn, 1}, answers_, passed_on);
  return passed_on;
}

Answer Intake::write(Decision& decision, std::span<const Outcome> outcomes) const {
  Answer answer = answers_.write_all(decision, outcomes);
  count_told(decision, outcomes, answers_, answer);
  return answer;
}

}  // namespace intake
