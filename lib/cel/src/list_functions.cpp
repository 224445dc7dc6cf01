// The extension `lists`.
#include <algorithm>
#include <bit>
#include <cmath>
#include <new>

#include "arena_sink.hpp"
#include "cel/collections.hpp"
#include "cel/compare.hpp"
#include "families.hpp"
#include "value_set.hpp"

namespace cel {
namespace {

bool is_full(Context& context, const ListBuilder& list) noexcept {
  return list.size() >= context.limits().items_max;
}

Value slice(Context& context, Args args) {
  const std::int64_t from = args[1].as_int();
  const std::int64_t to = args[2].as_int();
  const auto count = static_cast<std::int64_t>(list_size(args[0]));
  if (from < 0) return context.fail(Fault::kIndexOutOfRange, args[1]);
  if (to > count) return context.fail(Fault::kIndexOutOfRange, args[2]);
  if (from > to) return context.fail(Fault::kInvalidArgument, "the range ends before it begins");
  const auto begin = static_cast<std::size_t>(from);
  const auto size = static_cast<std::size_t>(to - from);
  if (!args[0].is_host()) return Value::list(args[0].list_items() + begin, size);
  ListBuilder items(context.arena(), size);
  for (std::size_t index = begin; index < begin + size; ++index) {
    const Value item = list_at(args[0], index, context.arena());
    if (item.is_error()) return item;
    items.add(item);
  }
  return items.finish();
}

Value reverse(Context& context, Args args) {
  const std::size_t count = list_size(args[0]);
  ListBuilder items(context.arena(), count);
  for (std::size_t index = count; index > 0; --index) {
    const Value item = list_at(args[0], index - 1, context.arena());
    if (item.is_error()) return item;
    items.add(item);
  }
  return items.finish();
}

Value range(Context& context, Args args) {
  const std::int64_t count = args[0].as_int();
  if (count < 0) return context.fail(Fault::kInvalidArgument, "a range has no negative size");
  if (static_cast<std::uint64_t>(count) > context.limits().items_max) {
    return context.fail(Fault::kSizeLimit);
  }
  ListBuilder items(context.arena(), static_cast<std::size_t>(count));
  for (std::int64_t number = 0; number < count; ++number) items.add(Value::integer(number));
  return items.finish();
}

Value end_of(Context& context, const Value& list, bool is_first) {
  const std::size_t count = list_size(list);
  if (count == 0) return Context::none();
  const Value item = list_at(list, is_first ? 0 : count - 1, context.arena());
  return item.is_error() ? item : context.some(item);
}

Value first(Context& context, Args args) { return end_of(context, args[0], true); }

Value last(Context& context, Args args) { return end_of(context, args[0], false); }

constexpr std::uint64_t kStepsOfItem = 8;
constexpr std::size_t kOctetsComparedPerStep = 8;

// A list that is being flattened, and how far it is.
struct OpenList {
  Value list;
  std::size_t count;
  std::size_t next;
};

// Lists within the list give way to their items, down to `depth` levels. The stack is as
// deep as the lists are nested, not as the caller says.
Value flattened(Context& context, const Value& list, std::int64_t depth) {
  ListBuilder items(context.arena(), list_size(list));
  ArenaStack<OpenList> open(context.arena());
  if (!open.push({list, list_size(list), 0})) return context.fail(Fault::kMemoryLimit);
  while (!open.is_empty()) {
    if (!context.arena().spend(kStepsOfItem)) return Value::error(Fault::kWorkLimit);
    OpenList& inner = open.top();
    if (inner.next == inner.count) {
      open.pop();
      continue;
    }
    const Value item = list_at(inner.list, inner.next++, context.arena());
    if (item.is_error()) return item;
    const bool is_opened = item.is(Kind::kList) && static_cast<std::int64_t>(open.size()) <= depth;
    if (is_opened) {
      if (!open.push({item, list_size(item), 0})) return context.fail(Fault::kMemoryLimit);
      continue;
    }
    if (is_full(context, items)) return context.fail(Fault::kSizeLimit);
    items.add(item);
  }
  return items.finish();
}

Value flatten(Context& context, Args args) { return flattened(context, args[0], 1); }

Value flatten_to_depth(Context& context, Args args) {
  if (args[1].as_int() < 0) {
    return context.fail(Fault::kInvalidArgument, "a list has no negative depth");
  }
  return flattened(context, args[0], args[1].as_int());
}

Value distinct(Context& context, Args args) {
  const std::size_t count = list_size(args[0]);
  ListBuilder items(context.arena());
  ValueSet known(context.arena());
  for (std::size_t index = 0; index < count; ++index) {
    const Value item = list_at(args[0], index, context.arena());
    if (item.is_error()) return item;
    const ValueSet::Added added = known.add(item);
    if (added == ValueSet::Added::kNoMemory) return context.fail(Fault::kMemoryLimit);
    if (added == ValueSet::Added::kNew) items.add(item);
  }
  return items.finish();
}

// An item and what it is sorted by; items of equal keys stay in their order.
struct KeyedItem {
  Value key;
  Value item;
  std::size_t index;
};

bool is_nan(const Value& value) noexcept {
  return value.is(Kind::kDouble) && std::isnan(value.as_double());
}

// NaN comes after all numbers, so that there is an order at all.
bool is_before(const KeyedItem& left, const KeyedItem& right) noexcept {
  if (is_nan(left.key) || is_nan(right.key)) {
    if (is_nan(left.key) != is_nan(right.key)) return is_nan(right.key);
    return left.index < right.index;
  }
  switch (compare(left.key, right.key)) {
    case Order::kLess: return true;
    case Order::kGreater: return false;
    default: return left.index < right.index;
  }
}

bool has_order(const Value& key) noexcept {
  switch (key.kind()) {
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kUint:
    case Kind::kDouble:
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kTimestamp:
    case Kind::kDuration: return true;
    default: return false;
  }
}

// An item is compared with about as many others as there are digits in their number, twice.
std::uint64_t steps_to_sort(const KeyedItem* items, std::size_t count) noexcept {
  std::uint64_t steps = count * kStepsOfItem;
  for (const KeyedItem* item = items; item != items + count; ++item) {
    const bool is_text = item->key.is(Kind::kString) || item->key.is(Kind::kBytes);
    if (is_text) steps += item->key.as_text().size() / kOctetsComparedPerStep;
  }
  return steps * 2 * static_cast<std::uint64_t>(std::bit_width(count));
}

Value sorted_by(Context& context, const Value& list, const Value& keys) {
  const std::size_t count = list_size(list);
  if (list_size(keys) != count) {
    return context.fail(Fault::kInvalidArgument, "sort: as many keys as items are needed");
  }
  auto* const items = context.arena().allocate_array<KeyedItem>(count);
  if (items == nullptr && count != 0) return context.fail(Fault::kMemoryLimit);
  for (std::size_t index = 0; index < count; ++index) {
    const Value key = list_at(keys, index, context.arena());
    if (key.is_error()) return key;
    if (!has_order(key)) {
      return context.fail(Fault::kInvalidArgument, "sort: values of this type have no order");
    }
    if (key.kind() != (index == 0 ? key.kind() : items[0].key.kind())) {
      return context.fail(Fault::kInvalidArgument, "sort: all items must have the same type");
    }
    const Value item = list_at(list, index, context.arena());
    if (item.is_error()) return item;
    new (&items[index]) KeyedItem{key, item, index};
  }
  if (!context.arena().spend(steps_to_sort(items, count))) return Value::error(Fault::kWorkLimit);
  std::sort(items, items + count, &is_before);
  ListBuilder sorted(context.arena(), count);
  for (std::size_t index = 0; index < count; ++index) sorted.add(items[index].item);
  return sorted.finish();
}

Value sort(Context& context, Args args) { return sorted_by(context, args[0], args[0]); }

Value sort_by_keys(Context& context, Args args) { return sorted_by(context, args[0], args[1]); }

// A call and a new list.
constexpr std::uint64_t kListCallCost = 11;

std::uint64_t cost_of_new_list(Args /*args*/) { return kListCallCost; }

std::uint64_t size_of_result(Args /*args*/, const Value& result) { return cost_size(result); }

// Each item is compared with each; texts cost a little more. Only the first item tells
// what they are, as the reference has it.
std::uint64_t cost_of_pairs(const Value& list) {
  const auto count = static_cast<double>(list_size(list));
  if (count == 0) return kListCallCost;
  Arena arena(4096);
  const Value item = list_at(list, 0, arena);
  const bool is_text = item.is(Kind::kString) || item.is(Kind::kBytes);
  return kListCallCost + static_cast<std::uint64_t>(count * count * (is_text ? 2.1 : 2.0));
}

std::uint64_t cost_of_list_pairs(Args args) { return cost_of_pairs(args[0]); }

std::uint64_t cost_of_key_pairs(Args args) { return cost_of_pairs(args[1]); }

constexpr Form kMember = Form::kMember;

constexpr Overload sort_of(std::string_view id, std::string_view signature) {
  return {id, kMember, "sort", signature, &sort, &cost_of_list_pairs};
}

constexpr Overload sort_by_keys_of(std::string_view id, std::string_view signature) {
  return {id, kMember, "@sortByAssociatedKeys", signature, &sort_by_keys, &cost_of_key_pairs};
}

const Overload kFunctions[] = {
    {"list_slice", kMember, "slice", "(list(T), int, int) -> list(T)", &slice, &cost_of_new_list,
     &size_of_result},
    {"list_flatten", kMember, "flatten", "(list(list(T))) -> list(T)", &flatten, &cost_of_new_list,
     &size_of_result},
    {"list_flatten_int", kMember, "flatten", "(list(dyn), int) -> list(dyn)", &flatten_to_depth,
     &cost_of_new_list, &size_of_result},
    {"list_distinct", kMember, "distinct", "(list(T)) -> list(T)", &distinct, &cost_of_list_pairs},
    {"list_reverse", kMember, "reverse", "(list(T)) -> list(T)", &reverse, &cost_of_new_list,
     &size_of_result},
    {"lists_range", Form::kGlobal, "lists.range", "(int) -> list(int)", &range, &cost_of_new_list,
     &size_of_result},
    {"list_first", kMember, "first", "(list(T)) -> optional_type(T)", &first, &unit_cost},
    {"list_last", kMember, "last", "(list(T)) -> optional_type(T)", &last, &unit_cost},

    sort_of("list_int_sort", "(list(int)) -> list(int)"),
    sort_of("list_uint_sort", "(list(uint)) -> list(uint)"),
    sort_of("list_double_sort", "(list(double)) -> list(double)"),
    sort_of("list_bool_sort", "(list(bool)) -> list(bool)"),
    sort_of("list_google.protobuf.Duration_sort",
            "(list(google.protobuf.Duration)) -> list(google.protobuf.Duration)"),
    sort_of("list_google.protobuf.Timestamp_sort",
            "(list(google.protobuf.Timestamp)) -> list(google.protobuf.Timestamp)"),
    sort_of("list_string_sort", "(list(string)) -> list(string)"),
    sort_of("list_bytes_sort", "(list(bytes)) -> list(bytes)"),

    // The macro sortBy becomes a call of this.
    sort_by_keys_of("list_int_sortByAssociatedKeys", "(list(T), list(int)) -> list(T)"),
    sort_by_keys_of("list_uint_sortByAssociatedKeys", "(list(T), list(uint)) -> list(T)"),
    sort_by_keys_of("list_double_sortByAssociatedKeys", "(list(T), list(double)) -> list(T)"),
    sort_by_keys_of("list_bool_sortByAssociatedKeys", "(list(T), list(bool)) -> list(T)"),
    sort_by_keys_of("list_google.protobuf.Duration_sortByAssociatedKeys",
                    "(list(T), list(google.protobuf.Duration)) -> list(T)"),
    sort_by_keys_of("list_google.protobuf.Timestamp_sortByAssociatedKeys",
                    "(list(T), list(google.protobuf.Timestamp)) -> list(T)"),
    sort_by_keys_of("list_string_sortByAssociatedKeys", "(list(T), list(string)) -> list(T)"),
    sort_by_keys_of("list_bytes_sortByAssociatedKeys", "(list(T), list(bytes)) -> list(T)"),
};

}  // namespace

std::span<const Overload> list_functions() { return kFunctions; }

}  // namespace cel
