// What a unit of the cost limit takes at worst: expressions that are long for what they cost, each
// with a limit of 100,000 units. `us_per_unit` is the time divided by the limit, `ns_per_step` by
// the steps of work that were counted; both are printed as if they were seconds.
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "../test_support/hostile_cases.hpp"

namespace {

using cel::test_support::HostileBindings;
using cel::test_support::kHostileCases;

constexpr std::uint64_t kCostLimit = 100'000;

HostileBindings& bindings() {
  static HostileBindings made;
  return made;
}

void evaluate_hostile(benchmark::State& state) {
  const auto& hostile = kHostileCases[state.range(0)];
  const auto program = bindings().environment().compile(hostile.expression);
  if (!program) std::abort();
  const cel::Activation activation = bindings().activation();
  cel::Evaluation evaluation(kCostLimit);
  cel::Value result;
  for (auto _ : state) result = program->evaluate(activation, evaluation);
  const char* fault = result.is_error() ? to_string(result.fault()).data() : "value";
  state.SetLabel(std::string(hostile.what) + ": " + fault);
  using benchmark::Counter;
  const auto per_iteration = Counter::kIsIterationInvariantRate | Counter::kInvert;
  state.counters["us_per_unit"] = Counter(kCostLimit / 1e6, per_iteration);
  state.counters["ns_per_step"] =
      Counter(static_cast<double>(evaluation.steps()) / 1e9, per_iteration);
  state.counters["steps"] = static_cast<double>(evaluation.steps());
  state.counters["cost"] = static_cast<double>(evaluation.cost());
}

BENCHMARK(evaluate_hostile)
    ->DenseRange(0, std::size(kHostileCases) - 1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
