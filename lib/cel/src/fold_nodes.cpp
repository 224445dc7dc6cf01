#include "cel/collections.hpp"
#include "macro_costs.hpp"
#include "nodes.hpp"

namespace cel {

namespace {

// Of a turn whose body costs nothing.
constexpr std::uint64_t kStepsOfTurn = 16;

Value not_a_bool() noexcept { return Value::error(Fault::kNotABool); }

// The elements of a list or the entries of a map, one after the other in the frame's locals.
class Range {
 public:
  Range(const FoldNode& node, const Value& range, Frame& frame)
      : range_(range),
        frame_(frame),
        locals_(frame.locals + node.slot),
        is_map_(range.is(Kind::kMap)),
        has_two_(node.has_two),
        size_(is_map_ ? map_size(range) : list_size(range)) {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  // False where too much work was done.
  [[nodiscard]] bool select(std::size_t index) {
    Arena& arena = frame_.context.arena();
    if (!arena.spend(kStepsOfTurn)) return false;
    if (!is_map_) {
      const Value element = list_at(range_, index, arena);
      locals_[0] = has_two_ ? Value::integer(static_cast<std::int64_t>(index)) : element;
      if (has_two_) locals_[1] = element;
    } else if (has_two_) {
      const MapEntry entry = map_entry_at(range_, index, arena);
      locals_[0] = entry.key;
      locals_[1] = entry.value;
    } else {
      locals_[0] = map_key_at(range_, index, arena);
    }
    return true;
  }

 private:
  const Value& range_;
  Frame& frame_;
  Value* locals_;
  bool is_map_;
  bool has_two_;
  std::size_t size_;
};

// The range, or what the fold comes to when it has none.
Value evaluate_range(const FoldNode& node, Frame& frame) {
  const Value range = run(*node.range, frame);
  if (range.is(Kind::kList) || range.is(Kind::kMap) || range.is_error()) return range;
  return frame.context.fail(Fault::kNoSuchOverload, "a macro wants a list or map");
}

struct Quantifier {
  bool decisive;
  std::uint64_t step;
  std::uint64_t stop;
};

// Errors wait for a decisive element, as with `&&` and `||`.
Value run_quantifier(const FoldNode& node, const Quantifier& quantifier, Frame& frame) {
  const Value found = evaluate_range(node, frame);
  if (found.is_error()) return found;
  Range range(node, found, frame);
  Value result = Value::boolean(!quantifier.decisive);
  for (std::size_t index = 0; index < range.size(); ++index) {
    if (!range.select(index)) return out_of_work();
    if (!frame.charge(quantifier.step)) return out_of_budget();
    const Value value = run(*node.body, frame);
    if (value.is(Kind::kBool)) {
      if (value.as_bool() != quantifier.decisive) continue;
      if (index + 1 < range.size() && !frame.charge(quantifier.stop)) return out_of_budget();
      result = value;
      break;
    }
    if (value.is_error() && is_final(value)) return value;
    if (!result.is_error()) result = value.is_error() ? value : not_a_bool();
  }
  return frame.charge(kFoldResult) ? result : out_of_budget();
}

// Whether an element passes the filter; an error, also where it says neither.
Value passes(const FoldNode& node, Frame& frame) {
  if (node.filter == nullptr) return Value::boolean(true);
  const Value value = run(*node.filter, frame);
  return value.is(Kind::kBool) || value.is_error() ? value : not_a_bool();
}

// Adds the entries of one map to another being built; an error when a key is there already.
Value merge(MapBuilder& map, const Value& entries, Frame& frame) {
  if (!entries.is(Kind::kMap)) {
    return frame.context.fail(Fault::kNoSuchOverload, "transformMapEntry wants a map");
  }
  const std::size_t size = map_size(entries);
  for (std::size_t index = 0; index < size; ++index) {
    const MapEntry entry = map_entry_at(entries, index, frame.context.arena());
    if (!map.add(entry.key, entry.value))
      return frame.context.fail(Fault::kDuplicateKey, entry.key);
  }
  return {};
}

Value insert(MapBuilder& map, const FoldNode& node, const Value& value, Frame& frame) {
  if (value.is_error()) return value;
  if (map.size() >= frame.context.limits().items_max) return Value::error(Fault::kSizeLimit);
  if (node.kind == FoldKind::kTransformMapEntry) return merge(map, value, frame);
  const Value& key = frame.locals[node.slot];
  if (!map.add(key, value)) return frame.context.fail(Fault::kDuplicateKey, key);
  return {};
}

}  // namespace

Value run_all(const Node& node, Frame& frame) {
  return run_quantifier(as<FoldNode>(node), {false, kAllStep, kAllStop}, frame);
}

Value run_exists(const Node& node, Frame& frame) {
  return run_quantifier(as<FoldNode>(node), {true, kExistsStep, kExistsStop}, frame);
}

Value run_exists_one(const Node& node, Frame& frame) {
  const auto& fold = as<FoldNode>(node);
  const Value found = evaluate_range(fold, frame);
  if (found.is_error()) return found;
  Range range(fold, found, frame);
  Value error;
  std::size_t hits = 0;
  for (std::size_t index = 0; index < range.size(); ++index) {
    if (!range.select(index)) return out_of_work();
    const Value value = run(*fold.body, frame);
    if (value.is(Kind::kBool)) {
      if (!value.as_bool()) continue;
      ++hits;
      if (!frame.charge(kExistsOneHit)) return out_of_budget();
      continue;
    }
    if (value.is_error() && is_final(value)) return value;
    if (error.is_absent()) error = value.is_error() ? value : not_a_bool();
  }
  if (!frame.charge(kFoldResult + kCallCost)) return out_of_budget();
  return error.is_absent() ? Value::boolean(hits == 1) : error;
}

Value run_transform_list(const Node& node, Frame& frame) {
  const auto& fold = as<FoldNode>(node);
  const Value found = evaluate_range(fold, frame);
  if (found.is_error()) return found;
  if (!frame.charge(kListStart)) return out_of_budget();
  Range range(fold, found, frame);
  ListBuilder list(frame.context.arena());
  Value error;
  for (std::size_t index = 0; index < range.size(); ++index) {
    if (!range.select(index)) return out_of_work();
    Value value = passes(fold, frame);
    if (value.is(Kind::kBool)) {
      if (!value.as_bool()) continue;
      value = run(*fold.body, frame);
      if (!frame.charge(kListAppend)) return out_of_budget();
    }
    if (!value.is_error()) {
      list.add(value);
    } else if (is_final(value)) {
      return value;
    } else if (error.is_absent()) {
      error = value;
    }
  }
  if (!frame.charge(kFoldResult)) return out_of_budget();
  return error.is_absent() ? list.finish() : error;
}

Value run_transform_map(const Node& node, Frame& frame) {
  const auto& fold = as<FoldNode>(node);
  const Value found = evaluate_range(fold, frame);
  if (found.is_error()) return found;
  if (!frame.charge(kMapStart)) return out_of_budget();
  const std::uint64_t insert_cost = fold.kind == FoldKind::kTransformMap ? kMapInsert : kMapMerge;
  Range range(fold, found, frame);
  MapBuilder map(frame.context.arena());
  Value error;
  for (std::size_t index = 0; index < range.size(); ++index) {
    if (!range.select(index)) return out_of_work();
    Value value = passes(fold, frame);
    if (value.is(Kind::kBool)) {
      if (!value.as_bool()) continue;
      value = run(*fold.body, frame);
      if (!frame.charge(insert_cost)) return out_of_budget();
      value = insert(map, fold, value, frame);
    }
    if (!value.is_error()) continue;
    if (is_final(value)) return value;
    if (error.is_absent()) error = value;
  }
  if (!frame.charge(kFoldResult)) return out_of_budget();
  return error.is_absent() ? map.finish() : error;
}

// An error of the value is one where it is read, not before.
Value run_bind(const Node& node, Frame& frame) {
  const auto& bind = as<BindNode>(node);
  if (!frame.charge(kBindCost)) return out_of_budget();
  const Value value = run(*bind.value, frame);
  if (value.is_error() && is_final(value)) return value;
  frame.locals[bind.slot] = value;
  return run(*bind.body, frame);
}

// The reference evaluates the optional twice when it has a value: once to ask, once to take. So the
// cost is counted twice.
Value run_optional_map(const Node& node, Frame& frame) {
  const auto& map = as<BindNode>(node);
  const std::uint64_t before = frame.remaining;
  const Value optional = run(*map.value, frame);
  const std::uint64_t cost_of_optional = before - frame.remaining;
  if (!frame.charge(kCallCost)) return out_of_budget();
  if (optional.is_error()) return optional;
  if (!optional.is(Kind::kOptional)) return frame.context.fail(Fault::kNoSuchOverload, "optMap");
  const Value* value = optional.optional_value();
  if (value == nullptr) return frame.charge(kCallCost) ? optional : out_of_budget();
  if (!frame.charge(cost_of_optional) || !frame.charge(kCallCost + kBindCost))
    return out_of_budget();
  frame.locals[map.slot] = *value;
  const Value result = run(*map.body, frame);
  if (map.is_flat) return result;
  if (!frame.charge(kCallCost)) return out_of_budget();
  return result.is_error() ? result : frame.context.some(result);
}

// The reference's meter does not look into blocks. They keep to the budget all the same.
Value run_block(const Node& node, Frame& frame) {
  const auto& block = as<BlockNode>(node);
  const std::uint64_t before = frame.remaining;
  for (std::uint32_t index = 0; index < block.slot_count; ++index) {
    frame.locals[block.slot + index] = Value();
  }
  const Value result = run(*block.body, frame);
  if (frame.refused == 0) frame.remaining = before;
  return result;
}

Value run_slot(const Node& node, Frame& frame) {
  const auto& slot = as<SlotNode>(node);
  Value& value = frame.locals[slot.slot];
  if (value.is_absent()) value = run(*slot.value, frame);
  return value;
}

}  // namespace cel
