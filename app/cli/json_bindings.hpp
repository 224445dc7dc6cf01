// cli/json_bindings.hpp: a JSON object as the variables of an expression.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cel/arena.hpp"
#include "cel/value.hpp"

namespace cli {

struct Binding {
  std::string name;
  std::string type;  // as CEL writes it: `map(string, string)`; `dyn` where values are mixed
  cel::Value value;  // in the arena
};

// Each member is a variable. Whole numbers are ints, others doubles. The error is for people.
[[nodiscard]] base::Result<std::vector<Binding>, std::string> read_bindings(std::string_view json,
                                                                            cel::Arena& arena);

}  // namespace cli
