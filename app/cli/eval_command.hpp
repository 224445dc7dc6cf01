// cli/eval_command.hpp: `mllp-server eval`, what an expression comes to.
#pragma once

#include <string>

namespace cli {

struct EvalCommandOptions {
  std::string expression;       // "-": read from stdin
  std::string bindings = "{}";  // a JSON object, or @FILE
  bool type = false;            // print the type that was deduced
  bool cost = false;            // print the cost, and what was estimated
};

// Prints the value as a CEL literal. Returns the exit code: 0, 1 if the evaluation failed, 2 if the
// expression or the bindings are wrong.
[[nodiscard]] int run_eval_command(const EvalCommandOptions& options);

}  // namespace cli
