// The five expressions of the project's table of speed, and their compilation. Each checks its own
// result before it is timed.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "cel/collections.hpp"
#include "cel/environment.hpp"

namespace {

using cel::Value;
using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

constexpr std::string_view kExpressions[] = {
    R"(pid.id != "")",
    R"(msh.msg_type in ["ADT","ORU","ORM"])",
    R"(obx_list.all(o, o.value_type != "NM" || o.value.matches("^-?[0-9.]+$")))",
    R"(pid[?"country"].orValue("") == "FI")",
    R"(msh.msg_type == "ORU" && msh.version.startsWith("2.") && pid.id != "" && )"
    R"(obx_list.exists(o, o.value_type == "NM" && o.status == "C"))",
};

Value make_map(cel::Arena& arena, const Fields& fields) {
  cel::MapBuilder map(arena);
  for (const auto& [key, value] : fields) map.add(Value::string(key), Value::string(value));
  return map.finish();
}

// The message of the benchmarks: the last observation is the corrected one.
class Bindings {
 public:
  Bindings() : activation_(3) {
    activation_.bind(0, make_map(arena_, {{"msg_type", "ORU"},
                                          {"trigger", "R01"},
                                          {"structure", "ORU_R01"},
                                          {"sending_app", "LAB"},
                                          {"sending_fac", "CENTRAL"},
                                          {"receiving_app", "HIS"},
                                          {"receiving_fac", "WARD"},
                                          {"datetime", "20260403120000"},
                                          {"control_id", "MSG00001"},
                                          {"processing_id", "P"},
                                          {"version", "2.5.1"}}));
    activation_.bind(1, make_map(arena_, {{"id", "4711"},
                                          {"name", "DOE^JANE"},
                                          {"dob", "19800101"},
                                          {"sex", "F"},
                                          {"country", "FI"},
                                          {"ssn", ""}}));
    cel::ListBuilder list(arena_);
    for (std::size_t index = 0; index < 5; ++index) {
      constexpr std::array<std::string_view, 5> kValues = {"5.1", "140", "-3.25", "0.007", "98.6"};
      list.add(make_map(arena_, {{"value_type", "NM"},
                                 {"identifier", "GLU"},
                                 {"value", kValues[index]},
                                 {"unit", "mmol/L"},
                                 {"status", index == 4 ? "C" : "F"}}));
    }
    activation_.bind(2, list.finish());
  }

  [[nodiscard]] const cel::Activation& activation() const { return activation_; }

 private:
  cel::Arena arena_;
  cel::Activation activation_;
};

cel::Environment make_environment() {
  cel::Environment environment;
  static_cast<void>(environment.add_variable("msh", "map(string, string)"));
  static_cast<void>(environment.add_variable("pid", "map(string, string)"));
  static_cast<void>(environment.add_variable("obx_list", "list(map(string, string))"));
  return environment;
}

void evaluate(benchmark::State& state) {
  const cel::Environment environment = make_environment();
  const auto program = environment.compile(kExpressions[state.range(0)]);
  if (!program) std::abort();
  const Bindings bindings;
  cel::Evaluation evaluation(100'000);
  const Value verdict = program->evaluate(bindings.activation(), evaluation);
  if (!verdict.is(cel::Kind::kBool) || !verdict.as_bool()) std::abort();
  for (auto _ : state) {
    benchmark::DoNotOptimize(program->evaluate(bindings.activation(), evaluation));
  }
}

void compile(benchmark::State& state) {
  const cel::Environment environment = make_environment();
  for (auto _ : state) {
    auto program = environment.compile(kExpressions[state.range(0)]);
    if (!program) std::abort();
    benchmark::DoNotOptimize(program);
  }
}

// A hundred rules of the fifth kind's parts over one message, as an intake evaluates them.
void evaluate_rule_set(benchmark::State& state) {
  constexpr std::string_view kRules[] = {
      R"(pid.id != "")",
      R"(msh.msg_type in ["ADT","ORU","ORM"])",
      R"(msh.version.startsWith("2."))",
      R"(pid[?"country"].orValue("") == "FI")",
      R"(msh.msg_type != "ADT" || pid.name != "")",
      R"(pid.dob.matches("^[0-9]{8}$"))",
      R"(msh.processing_id == "P" && msh.sending_app != "")",
      R"(has(pid.ssn))",
      R"(size(msh.control_id) <= 20)",
      R"(!(pid.sex in ["A", "N"]))",
  };
  const cel::Environment environment = make_environment();
  std::vector<cel::Program> programs;
  for (std::size_t index = 0; index < 100; ++index) {
    auto program = environment.compile(kRules[index % std::size(kRules)]);
    if (!program) std::abort();
    programs.push_back(*std::move(program));
  }
  const Bindings bindings;
  cel::Evaluation evaluation(100'000);
  for (auto _ : state) {
    std::size_t passed = 0;
    for (const cel::Program& program : programs) {
      passed += program.evaluate(bindings.activation(), evaluation).as_bool() ? 1U : 0U;
    }
    if (passed != programs.size()) std::abort();
  }
}

BENCHMARK(evaluate_rule_set);
BENCHMARK(evaluate)->DenseRange(0, 4);
BENCHMARK(compile)->DenseRange(0, 4);

}  // namespace
