#include <algorithm>

#include "cel/compare.hpp"
#include "nodes.hpp"
#include "operators.hpp"
#include "utf8_text.hpp"

namespace cel {

namespace {

// Counts no more of the larger text than the smaller one needs.
std::uint64_t lesser_size(const Value& left, const Value& right) {
  if (!left.is(Kind::kString) || !right.is(Kind::kString)) {
    return std::min(cost_size(left), cost_size(right));
  }
  const bool is_left_shorter = left.as_text().size() < right.as_text().size();
  const std::size_t size = count_code_points((is_left_shorter ? left : right).as_text());
  return count_code_points((is_left_shorter ? right : left).as_text(), size);
}

// An error among the operands counts as one unit of size.
std::uint64_t cost_of(CostMode mode, const Value& left, const Value& right) {
  switch (mode) {
    case CostMode::kLesserSize: return traversal_cost(lesser_size(left, right));
    case CostMode::kSizes: return traversal_cost(cost_size(left) + cost_size(right));
    case CostMode::kContainer: return cost_size(right);
    case CostMode::kUnit: break;
  }
  return 1;
}

// Both operands, evaluated and charged. False: `left` is what the operator comes to.
bool evaluate_operands(const BinaryNode& node, Frame& frame, Value& left, Value& right) {
  left = run(*node.left, frame);
  right = run(*node.right, frame);
  if (!frame.charge(node.mode == CostMode::kUnit ? 1 : cost_of(node.mode, left, right))) {
    left = out_of_budget();
    return false;
  }
  if (left.is_error()) return false;
  if (right.is_error()) {
    left = right;
    return false;
  }
  return true;
}

Value not_a_bool() noexcept { return Value::error(Fault::kNotABool); }

// `decisive` ends it; errors wait for a decisive term and come out when there is none.
Value run_logic(std::span<const Node* const> terms, bool decisive, Frame& frame) {
  Value pending;
  for (const Node* term : terms) {
    const Value value = run(*term, frame);
    if (value.is(Kind::kBool)) [[likely]] {
      if (value.as_bool() == decisive) return value;
      continue;
    }
    if (value.is_error() && is_final(value)) return value;
    if (pending.is_absent()) pending = value.is_error() ? value : not_a_bool();
  }
  return pending.is_absent() ? Value::boolean(!decisive) : pending;
}

}  // namespace

Value run_not(const Node& node, Frame& frame) {
  const Value operand = run(*as<UnaryNode>(node).operand, frame);
  if (!frame.charge(1)) return out_of_budget();
  if (operand.is(Kind::kBool)) return Value::boolean(!operand.as_bool());
  return operand.is_error() ? operand : not_a_bool();
}

Value run_negate(const Node& node, Frame& frame) {
  const Value operand = run(*as<UnaryNode>(node).operand, frame);
  if (!frame.charge(1)) return out_of_budget();
  return operand.is_error() ? operand : negate(frame.context, operand);
}

Value run_arithmetic(const Node& node, Frame& frame) {
  const auto& binary = as<BinaryNode>(node);
  Value left;
  Value right;
  if (!evaluate_operands(binary, frame, left, right)) return left;
  switch (binary.op) {
    case Operator::kAdd: return add(frame.context, left, right);
    case Operator::kSubtract: return subtract(frame.context, left, right);
    case Operator::kMultiply: return multiply(frame.context, left, right);
    case Operator::kDivide: return divide(frame.context, left, right);
    default: return modulo(frame.context, left, right);
  }
}

Value run_equal(const Node& node, Frame& frame) {
  const auto& binary = as<BinaryNode>(node);
  Value left;
  Value right;
  if (!evaluate_operands(binary, frame, left, right)) return left;
  const bool is_equal = equal(left, right, frame.context.arena());
  if (frame.context.arena().is_spent()) return out_of_work();
  return Value::boolean(is_equal == (binary.op == Operator::kEqual));
}

Value run_relation(const Node& node, Frame& frame) {
  const auto& binary = as<BinaryNode>(node);
  Value left;
  Value right;
  if (!evaluate_operands(binary, frame, left, right)) return left;
  const Value result = relate(frame.context, binary.op, left, right);
  return frame.context.arena().is_spent() ? out_of_work() : result;
}

Value run_in(const Node& node, Frame& frame) {
  Value left;
  Value right;
  if (!evaluate_operands(as<BinaryNode>(node), frame, left, right)) return left;
  const Value result = contains(frame.context, left, right);
  return frame.context.arena().is_spent() ? out_of_work() : result;
}

Value run_and(const Node& node, Frame& frame) {
  return run_logic(as<LogicNode>(node).terms, false, frame);
}

Value run_or(const Node& node, Frame& frame) {
  return run_logic(as<LogicNode>(node).terms, true, frame);
}

Value run_conditional(const Node& node, Frame& frame) {
  const auto& conditional = as<ConditionalNode>(node);
  const Value condition = run(*conditional.condition, frame);
  if (condition.is(Kind::kBool)) {
    return run(condition.as_bool() ? *conditional.chosen : *conditional.other, frame);
  }
  return condition.is_error() ? condition : not_a_bool();
}

}  // namespace cel
