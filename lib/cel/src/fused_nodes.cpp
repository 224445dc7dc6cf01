#include "fused_nodes.hpp"

#include <algorithm>

#include "cel/compare.hpp"
#include "nodes.hpp"
#include "same_text.hpp"
#include "utf8_text.hpp"

namespace cel {

namespace {

// Null where the general node must decide. What a host made is put into `made`.
inline const Value* read_field(const FieldSource& source, Frame& frame, Value& made) {
  const Value& holder = (source.is_local ? frame.locals : frame.variables)[source.index];
  if (!holder.is(Kind::kMap)) return nullptr;
  if (!holder.is_host()) return StringSearch::find(holder.map_node(), source.key, source.key_hash);
  Arena& arena = frame.context.arena();
  made = source.field != kNoField ? holder.map_view().field(source.field, source.key, arena)
                                  : holder.map_view().find(source.key, arena);
  return made.is_absent() ? nullptr : &made;
}

// A tenth of the smaller size, rounded up, as the general node counts it.
std::uint64_t cost_of_comparison(const Value& text, std::uint64_t constant_size) {
  if (constant_size == 0 || text.as_text().empty()) return 0;
  if (constant_size <= 10) return 1;
  return traversal_cost(count_code_points(text.as_text(), constant_size));
}

}  // namespace

Value run_field(const Node& node, Frame& frame) {
  const auto& field = as<FieldNode>(node);
  Value made;
  const Value* value = read_field(field.source, frame, made);
  if (value == nullptr || frame.remaining < field.source.cost) [[unlikely]] {
    return run(*field.general, frame);
  }
  frame.remaining -= field.source.cost;
  return *value;
}

Value run_field_equal(const Node& node, Frame& frame) {
  const auto& equality = as<FieldEqualNode>(node);
  Value made;
  const Value* value = read_field(equality.source, frame, made);
  if (value == nullptr || !value->is(Kind::kString)) [[unlikely]] {
    return run(*equality.general, frame);
  }
  const std::uint64_t cost =
      equality.source.cost + cost_of_comparison(*value, equality.constant_size);
  if (frame.remaining < cost) [[unlikely]]
    return run(*equality.general, frame);
  frame.remaining -= cost;
  return Value::boolean(same_string(*value, equality.constant) != equality.is_negated);
}

Value run_in_constants(const Node& node, Frame& frame) {
  const auto& membership = as<InConstantsNode>(node);
  const std::uint64_t before = frame.remaining;
  const Value needle = run(*membership.needle, frame);
  if (needle.is_error() || frame.remaining < membership.cost) [[unlikely]] {
    frame.remaining = before;
    return run(*membership.general, frame);
  }
  frame.remaining -= membership.cost;
  const bool may_be_there = needle.is(Kind::kString) || needle.is(Kind::kInt) ||
                            needle.is(Kind::kUint) || needle.is(Kind::kDouble);
  return Value::boolean(may_be_there && membership.constants->find(needle) != nullptr);
}

}  // namespace cel
