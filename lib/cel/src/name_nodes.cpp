#include "cel/collections.hpp"
#include "nodes.hpp"
#include "operators.hpp"

namespace cel {

namespace {

// What lies under the key: absent when there is nothing, an error when it may not be looked up.
Value look_up(const SelectNode& node, const Value& operand, const Value& key, Frame& frame) {
  if (operand.is(Kind::kMap) && key.is(Kind::kString)) [[likely]] {
    Arena& arena = frame.context.arena();
    if (node.field != kNoField && operand.is_host()) {
      return operand.map_view().field(node.field, key, arena);
    }
    return map_find(operand, key, arena);
  }
  return find(frame.context, operand, key);
}

Value missing(const Value& operand, const Value& key, Frame& frame) {
  const Fault fault = operand.is(Kind::kList) ? Fault::kIndexOutOfRange : Fault::kNoSuchKey;
  return frame.context.fail(fault, key);
}

Value missing(const Value& operand, const SelectNode& node, const Value& key, Frame& frame) {
  // The constant key of a program needs no copy.
  if (node.key_node == nullptr && operand.is(Kind::kMap)) {
    return Value::error(Fault::kNoSuchKey, &node.key);
  }
  return missing(operand, key, frame);
}

// The operand and the key, evaluated and charged for the beginning of a chain. False: `operand` is
// what the whole comes to.
bool evaluate_parts(const SelectNode& node, Frame& frame, Value& operand, Value& key) {
  operand = run(*node.operand, frame);
  if (node.base_cost != 0 && !frame.charge(node.base_cost)) {
    operand = out_of_budget();
    return false;
  }
  if (operand.is_error()) return false;
  key = node.key_node == nullptr ? node.key : run(*node.key_node, frame);
  if (key.is_error()) {
    operand = key;
    return false;
  }
  return true;
}

// A key of a value that an optional may hold; absent when the optional or the value has none.
Value look_up_through(const SelectNode& node, const Value& operand, const Value& key,
                      Frame& frame) {
  if (!operand.is(Kind::kOptional)) return look_up(node, operand, key, frame);
  const Value* inner = operand.optional_value();
  return inner == nullptr ? Value() : look_up(node, *inner, key, frame);
}

// The end of a step that yields an optional: the key is charged only where it was found.
Value finish_optional(const Value& found, Frame& frame) {
  if (found.is_error()) return found;
  if (found.is_absent()) return Context::none();
  if (!frame.charge(1)) return out_of_budget();
  return frame.context.some(found);
}

}  // namespace

Value run_constant(const Node& node, Frame& /*frame*/) { return as<ConstantNode>(node).value; }

Value run_folded(const Node& node, Frame& frame) {
  const auto& folded = as<FoldedNode>(node);
  return frame.charge(folded.cost) ? folded.value : out_of_budget();
}

Value run_variable(const Node& node, Frame& frame) {
  const auto& name = as<NameNode>(node);
  if (!frame.charge(name.cost)) return out_of_budget();
  const Value& value = frame.variables[name.index];
  return value.is_absent() ? Value::error(Fault::kNoSuchAttribute, &name.name) : value;
}

Value run_local(const Node& node, Frame& frame) {
  const auto& name = as<NameNode>(node);
  return frame.charge(name.cost) ? frame.locals[name.index] : out_of_budget();
}

Value run_unknown_name(const Node& node, Frame& frame) {
  const auto& name = as<NameNode>(node);
  if (!frame.charge(name.cost)) return out_of_budget();
  return Value::error(Fault::kNoSuchAttribute, &name.name);
}

Value run_select(const Node& node, Frame& frame) {
  const auto& select = as<SelectNode>(node);
  Value operand;
  Value key;
  if (!evaluate_parts(select, frame, operand, key)) return operand;
  if (operand.is(Kind::kOptional)) {
    return finish_optional(look_up_through(select, operand, key, frame), frame);
  }
  if (!frame.charge(1)) return out_of_budget();
  const Value found = look_up(select, operand, key, frame);
  return found.is_absent() ? missing(operand, select, key, frame) : found;
}

Value run_select_optional(const Node& node, Frame& frame) {
  const auto& select = as<SelectNode>(node);
  Value operand;
  Value key;
  if (!evaluate_parts(select, frame, operand, key)) return operand;
  return finish_optional(look_up_through(select, operand, key, frame), frame);
}

Value run_test(const Node& node, Frame& frame) {
  const auto& select = as<SelectNode>(node);
  Value operand;
  Value key;
  if (!evaluate_parts(select, frame, operand, key)) return operand;
  const Value found = look_up_through(select, operand, key, frame);
  const bool is_free = operand.is(Kind::kOptional) && found.is_absent();
  if (!is_free && !frame.charge(1)) return out_of_budget();
  return found.is_error() ? found : Value::boolean(!found.is_absent());
}

}  // namespace cel
