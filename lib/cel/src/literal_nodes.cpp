#include "cel/collections.hpp"
#include "macro_costs.hpp"
#include "nodes.hpp"

namespace cel {

namespace {

// What `?x` adds: the value of an optional, absent when it has none, or an error.
Value unwrapped(const Value& value, Frame& frame) {
  if (value.is_error()) return value;
  if (!value.is(Kind::kOptional)) {
    return frame.context.fail(Fault::kInvalidArgument, "an optional is wanted behind '?'");
  }
  return value.optional_value() == nullptr ? Value() : *value.optional_value();
}

Value too_large() noexcept { return Value::error(Fault::kSizeLimit); }

}  // namespace

Value run_list(const Node& node, Frame& frame) {
  const auto& literal = as<ListLiteralNode>(node);
  if (literal.elements.size() > frame.context.limits().items_max) return too_large();
  ListBuilder list(frame.context.arena(), literal.elements.size());
  Value error;
  for (const ListElement& element : literal.elements) {
    Value value = run(*element.node, frame);
    if (element.is_optional) value = unwrapped(value, frame);
    if (value.is_error()) {
      error = value;
      break;
    }
    if (!value.is_absent()) list.add(value);
  }
  if (!frame.charge(kListCost)) return out_of_budget();
  return error.is_absent() ? list.finish() : error;
}

Value run_map(const Node& node, Frame& frame) {
  const auto& literal = as<MapLiteralNode>(node);
  if (literal.entries.size() > frame.context.limits().items_max) return too_large();
  MapBuilder map(frame.context.arena(), literal.entries.size());
  Value error;
  for (const MapLiteralEntry& entry : literal.entries) {
    const Value key = run(*entry.key, frame);
    Value value = key.is_error() ? key : run(*entry.value, frame);
    if (entry.is_optional) value = unwrapped(value, frame);
    if (value.is_error()) {
      error = value;
    } else if (!is_map_key(key)) {
      error = frame.context.fail(Fault::kUnsupportedKey, key);
    } else if (!value.is_absent() && !map.add(key, value)) {
      error = frame.context.fail(Fault::kDuplicateKey, key);
    }
    if (error.is_error()) break;
  }
  if (!frame.charge(kMapCost)) return out_of_budget();
  return error.is_absent() ? map.finish() : error;
}

Value run_message(const Node& node, Frame& frame) {
  const auto& literal = as<MessageNode>(node);
  Value result;
  for (const MessageField& field : literal.fields) {
    Value value = run(*field.value, frame);
    if (field.is_optional) value = unwrapped(value, frame);
    if (value.is_error()) {
      result = value;
      break;
    }
    if (value.is_absent() || literal.message == WellKnown::kNone) continue;
    result = make_well_known(literal.message, field.name, value, frame.context);
    if (result.is_error()) break;
  }
  if (!frame.charge(kMessageCost)) return out_of_budget();
  if (literal.message == WellKnown::kNone) {
    return frame.context.fail(Fault::kUnsupported, literal.name);
  }
  return result.is_absent() ? default_value(literal.message, frame.context) : result;
}

}  // namespace cel
