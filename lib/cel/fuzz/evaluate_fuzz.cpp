// Any octets as an expression, evaluated on a budget: optimized or not, the value and the cost are
// the same, unless one did too much work. Without types it ends as well, within its bounds.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cel/collections.hpp"
#include "cel/environment.hpp"
#include "cel/render.hpp"

namespace {

constexpr std::uint64_t kBudget = 20'000;
constexpr std::uint64_t kStepsMax =
    cel::Evaluation::kStepsAtLeast + kBudget * cel::Evaluation::kStepsPerUnit;

cel::Environment make_environment(bool check_types, bool optimize) {
  cel::EnvironmentOptions options;
  options.check_types = check_types;
  options.optimize = optimize;
  options.values.arena_bytes_max = std::size_t{4} * 1024 * 1024;
  options.values.text_bytes_max = std::size_t{64} * 1024;
  options.values.items_max = 10'000;
  cel::Environment environment(options);
  static_cast<void>(environment.add_variable("pid", "map(string, string)"));
  static_cast<void>(environment.add_variable("list", "list(map(string, string))"));
  static_cast<void>(environment.add_variable("n", "int"));
  static_cast<void>(environment.add_variable("x", "dyn"));
  return environment;
}

struct Bindings {
  Bindings() : activation(4) {
    cel::MapBuilder map(arena);
    map.add(cel::Value::string("id"), cel::Value::string("4711"));
    map.add(cel::Value::string("name"), cel::Value::string("J\xC3\xB6rg"));
    const cel::Value pid = map.finish();
    cel::ListBuilder list(arena);
    for (int count = 0; count < 3; ++count) list.add(pid);
    activation.bind(0, pid);
    activation.bind(1, list.finish());
    activation.bind(2, cel::Value::integer(3));
    activation.bind(3, cel::Value::real(2.5));
  }

  cel::Arena arena;
  cel::Activation activation;
};

// The result in words with its cost; empty where it does not compile.
std::string outcome(const cel::Environment& environment, std::string_view source, bool with_cost) {
  static const Bindings kBindings;
  const auto program = environment.compile(source);
  if (!program) return {};
  cel::Evaluation evaluation(kBudget);
  const cel::Value result = program->evaluate(kBindings.activation, evaluation);
  if (result.is_absent() || evaluation.cost() > program->cost_estimate().max) std::abort();
  if (evaluation.steps() > kStepsMax) std::abort();
  std::string text;
  cel::append_literal(text, result, 1000);
  if (result.is_error()) text += cel::describe(result).substr(0, 1000);
  if (with_cost) text += " at " + std::to_string(evaluation.cost());
  return text;
}

bool ends_by_work(std::string_view outcome) { return outcome.starts_with("error(work_limit)"); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const cel::Environment kChecked = make_environment(true, true);
  static const cel::Environment kPlain = make_environment(true, false);
  static const cel::Environment kUnchecked = make_environment(false, true);
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const std::string optimized = outcome(kChecked, source, true);
  const std::string plain = outcome(kPlain, source, true);
  const bool is_spent = ends_by_work(optimized) || ends_by_work(plain);
  if (!is_spent && optimized != plain) std::abort();
  static_cast<void>(outcome(kUnchecked, source, false));
  return 0;
}
