#include "cel/program.hpp"

#include <algorithm>

#include "pattern_cache.hpp"
#include "plan.hpp"

namespace cel {

namespace {

std::uint64_t steps_for(std::uint64_t cost_limit) noexcept {
  constexpr std::uint64_t kMost =
      (Arena::kNoStepsLimit - Evaluation::kStepsAtLeast) / Evaluation::kStepsPerUnit;
  return cost_limit > kMost ? Arena::kNoStepsLimit
                            : Evaluation::kStepsAtLeast + cost_limit * Evaluation::kStepsPerUnit;
}

}  // namespace

Value Program::evaluate(const Activation& activation, Evaluation& evaluation) const {
  evaluation.cost_ = 0;
  if (activation.size() < plan_->variable_count) return Value::error(Fault::kNoSuchAttribute);
  evaluation.arena_.reset();
  evaluation.arena_.set_limit(plan_->limits.arena_bytes_max);
  evaluation.arena_.set_steps_limit(
      std::min(steps_for(evaluation.cost_limit_), evaluation.steps_limit_));
  if (evaluation.locals_.size() < plan_->local_count) {
    evaluation.locals_.resize(plan_->local_count);
  }
  if (evaluation.patterns_ != nullptr) evaluation.patterns_->begin_evaluation();
  Frame frame{Context(evaluation.arena_, plan_->limits, evaluation.patterns_), activation.values(),
              evaluation.locals_.data(), evaluation.cost_limit_};
  const Value result = run(*plan_->root, frame);
  const std::uint64_t spent = evaluation.cost_limit_ - frame.remaining;
  evaluation.cost_ = spent + frame.refused < spent ? UINT64_MAX : spent + frame.refused;
  return result;
}

std::size_t Program::variable_count() const noexcept { return plan_->variable_count; }

const std::string& Program::result_type() const noexcept { return plan_->result_type; }

CostEstimate Program::cost_estimate() const noexcept { return plan_->estimate; }

const Diagnostics& Program::warnings() const noexcept { return plan_->warnings; }

const KnownRecords& Program::known_records(bool outcome) const noexcept {
  return outcome ? plan_->known_when_true : plan_->known_when_false;
}

}  // namespace cel
