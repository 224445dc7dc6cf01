// plan.hpp: an expression ready to be evaluated: nodes, constants and what they need, in one place.
//
// A plan never changes after it was made; threads share it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cel/arena.hpp"
#include "cel/diagnostic.hpp"
#include "cel/limits.hpp"
#include "cel/program.hpp"
#include "frame.hpp"

namespace cel {

class Plan {
 public:
  explicit Plan(const ValueLimits& value_limits) : limits(value_limits) {}

  Arena arena;  // nodes and constants
  std::vector<std::shared_ptr<const void>> prepared;
  const Node* root = nullptr;
  std::uint32_t local_count = 0;
  std::size_t variable_count = 0;  // of the environment
  ValueLimits limits;
  std::string result_type;
  CostEstimate estimate;
  Diagnostics warnings;
  KnownRecords known_when_true;
  KnownRecords known_when_false;
};

}  // namespace cel
