// frame.hpp: one evaluation under way, and what a part of a plan is.
//
// A plan is a tree of nodes, each with the function that evaluates it. A node charges what it costs
// before it works. When the budget is spent the charge fails and the evaluation ends with
// kCostLimit, which nothing absorbs: see `is_final`. Work that the charge does not show is counted
// in the arena; a node that did some looks whether there was too much of it.
#pragma once

#include <cstdint>

#include "cel/function.hpp"
#include "cel/value.hpp"

namespace cel {

struct Frame {
  Context context;
  const Value* variables;
  Value* locals;
  std::uint64_t remaining;    // units of the budget
  std::uint64_t refused = 0;  // the charge that the budget had no room for

  [[nodiscard]] bool charge(std::uint64_t units) noexcept {
    if (units > remaining) [[unlikely]] {
      refused = units;
      return false;
    }
    remaining -= units;
    return true;
  }
};

struct Node {
  using Run = Value (*)(const Node& node, Frame& frame);
  Run run = nullptr;
};

[[nodiscard]] inline Value run(const Node& node, Frame& frame) { return node.run(node, frame); }

template <class T>
[[nodiscard]] const T& as(const Node& node) noexcept {
  return static_cast<const T&>(node);
}

[[nodiscard]] inline Value out_of_budget() noexcept { return Value::error(Fault::kCostLimit); }

[[nodiscard]] inline Value out_of_work() noexcept { return Value::error(Fault::kWorkLimit); }

// Errors that end the evaluation: no operator absorbs them. REQUIRES: an error.
[[nodiscard]] inline bool is_final(const Value& error) noexcept {
  return error.fault() == Fault::kCostLimit || error.fault() == Fault::kMemoryLimit ||
         error.fault() == Fault::kWorkLimit;
}

}  // namespace cel
