// cel/program.hpp: a compiled expression, and what evaluating it needs.
//
//   cel::Evaluation evaluation;  // one a thread, used again and again
//   cel::Activation activation(program.variable_count());
//   activation.bind(0, cel::Value::map(patient));
//   const cel::Value verdict = program.evaluate(activation, evaluation);
//
// A program never changes: threads share it. The result and all it points at live in the
// evaluation, the program and what was bound, until the next `evaluate` or `reset` of that
// evaluation.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cel/arena.hpp"
#include "cel/diagnostic.hpp"
#include "cel/value.hpp"

namespace cel {

class PatternCache;
class Plan;

// The values of an environment's variables, by index. One that is not bound is an error when read.
class Activation {
 public:
  explicit Activation(std::size_t variable_count) : values_(variable_count) {}

  // REQUIRES: index < variable_count.
  void bind(std::size_t index, const Value& value) noexcept { values_[index] = value; }

  [[nodiscard]] const Value* values() const noexcept { return values_.data(); }

  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }

 private:
  std::vector<Value> values_;
};

// The memory and the meter of evaluations, used for one at a time.
class Evaluation {
 public:
  static constexpr std::uint64_t kNoLimit = UINT64_MAX;

  // What a unit of the cost limit grants in steps of work (arena.hpp), and what is granted anyway.
  // Whatever the expression and the values, an evaluation takes about a microsecond for each unit
  // of its limit at most, and some milliseconds.
  static constexpr std::uint64_t kStepsPerUnit = 1000;
  static constexpr std::uint64_t kStepsAtLeast = 1'000'000;

  explicit Evaluation(std::uint64_t cost_limit = kNoLimit) noexcept : cost_limit_(cost_limit) {}

  void set_cost_limit(std::uint64_t cost_limit) noexcept { cost_limit_ = cost_limit; }

  // A narrower limit of steps, for a host that counts nanoseconds.
  void set_steps_limit(std::uint64_t steps_limit) noexcept { steps_limit_ = steps_limit; }

  // Units of the newest evaluation; above the limit when that is why it failed.
  [[nodiscard]] std::uint64_t cost() const noexcept { return cost_; }

  // Steps of the newest evaluation, as the arena counts them.
  [[nodiscard]] std::uint64_t steps() const noexcept { return arena_.steps(); }

  [[nodiscard]] Arena& arena() noexcept { return arena_; }

 private:
  friend class Program;

  Arena arena_;
  std::vector<Value> locals_;
  std::shared_ptr<PatternCache> patterns_;  // that were no constants
  std::uint64_t cost_limit_;
  std::uint64_t steps_limit_ = kNoLimit;
  std::uint64_t cost_ = 0;
};

// What a call of the program may cost, whatever is bound.
struct CostEstimate {
  std::uint64_t min = 0;
  std::uint64_t max = 0;  // UINT64_MAX: no bound is known
};

// Which variables are known to hold a record that has its keys, where it might be empty
// (RecordForm::kMayBeEmpty). Of one environment.
class KnownRecords {
 public:
  KnownRecords& operator|=(const KnownRecords& other) noexcept {
    variables_ |= other.variables_;
    return *this;
  }

 private:
  friend class GuardFinder;

  std::bitset<256> variables_;  // by index; those beyond are not watched
};

class Program {
 public:
  explicit Program(std::shared_ptr<const Plan> plan) noexcept : plan_(std::move(plan)) {}

  // A value of the language: also when it is an error. An activation without a place for every
  // variable is one.
  [[nodiscard]] Value evaluate(const Activation& activation, Evaluation& evaluation) const;

  // How many the environment had when it compiled this.
  [[nodiscard]] std::size_t variable_count() const noexcept;
  // `bool`, `list(int)`; `dyn` when types were not checked.
  [[nodiscard]] const std::string& result_type() const noexcept;
  [[nodiscard]] CostEstimate cost_estimate() const noexcept;
  [[nodiscard]] const Diagnostics& warnings() const noexcept;
  // Of a condition: what is known once it has come to `outcome`.
  [[nodiscard]] const KnownRecords& known_records(bool outcome) const noexcept;

 private:
  std::shared_ptr<const Plan> plan_;
};

}  // namespace cel
