#include "cli/eval_command.hpp"

#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>

#include "cel/environment.hpp"
#include "cel/render.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_bindings.hpp"

namespace cli {
namespace {

std::string read_all(std::istream& stream) {
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

// The text of the bindings; none when their file cannot be read.
std::optional<std::string> bindings_text(const std::string& given) {
  if (!given.starts_with('@')) return given;
  std::ifstream file(given.substr(1), std::ios::binary);
  if (!file) return std::nullopt;
  return read_all(file);
}

int refuse(const std::string& reason) {
  std::cerr << "mllp-server eval: " << reason << '\n';
  return kExitUsage;
}

void print_estimate(const cel::CostEstimate& estimate) {
  std::cout << estimate.min << " to ";
  if (estimate.max == UINT64_MAX) {
    std::cout << "unbounded";
  } else {
    std::cout << estimate.max;
  }
}

int print(const EvalCommandOptions& options, const cel::Program& program, const cel::Value& result,
          const cel::Evaluation& evaluation) {
  if (!result.is_error()) std::cout << cel::to_literal(result) << '\n';
  if (options.type) std::cout << "type: " << program.result_type() << '\n';
  if (options.cost) {
    std::cout << "cost: " << evaluation.cost() << " (estimated ";
    print_estimate(program.cost_estimate());
    std::cout << ")\n";
  }
  if (!std::cout.flush()) return kExitFailed;
  if (!result.is_error()) return kExitDone;
  std::cerr << "error: " << cel::describe(result) << '\n';
  return kExitFailed;
}

}  // namespace

int run_eval_command(const EvalCommandOptions& options) {
  const std::string source = options.expression == "-" ? read_all(std::cin) : options.expression;
  const auto text = bindings_text(options.bindings);
  if (!text) return refuse("--json: cannot read " + options.bindings.substr(1));
  cel::Arena arena;
  const auto bindings = read_bindings(*text, arena);
  if (!bindings) return refuse("--json: " + bindings.error());

  cel::Environment environment;
  cel::Activation activation(bindings->size());
  for (std::size_t index = 0; index < bindings->size(); ++index) {
    const Binding& binding = (*bindings)[index];
    const auto added = environment.add_variable(binding.name, binding.type);
    if (!added) return refuse("--json: " + added.error());
    activation.bind(index, binding.value);
  }
  const auto program = environment.compile(source);
  if (!program) {
    std::cerr << cel::render(program.error(), source);
    return kExitUsage;
  }
  cel::Evaluation evaluation;
  const cel::Value result = program->evaluate(activation, evaluation);
  return print(options, *program, result, evaluation);
}

}  // namespace cli
