// intake/explanation.hpp: why an expression is false: which part, with its operands.
//
//     pid.sex == "F" && pid.id.matches("^[0-9]+$")
//       pid.id.matches("^[0-9]+$")  is false
//       pid.id                      is "A17"
//
// For people at a terminal: values are shown as they are, patients' too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "intake/hl7_in_cel.hpp"

namespace intake {

struct SeenValue {
  std::string expression;
  std::string value;  // as a literal of the language
};

// The parts that made a condition what it is, the decisive one first. Parts are
// compiled and evaluated anew; REQUIRES: the source compiles in the environment, and
// the context has the message open.
[[nodiscard]] std::vector<SeenValue> explain(std::string_view source,
                                             const cel::Environment& environment,
                                             MessageContext& context);

}  // namespace intake
