// The extension `sets`: lists as sets, by the equality of the language.
#include "cel/collections.hpp"
#include "cel/compare.hpp"
#include "families.hpp"
#include "value_set.hpp"

namespace cel {
namespace {

// How much of `items` is in `set`: stops at the first that is (or is not), as `until` says.
// True if it got to the end; an error if an item is one.
Value runs_through(Context& context, const Value& items, ValueSet& set, bool until) {
  const std::size_t count = list_size(items);
  for (std::size_t index = 0; index < count; ++index) {
    const Value item = list_at(items, index, context.arena());
    if (item.is_error()) return item;
    if (set.contains(item) == until) return Value::boolean(false);
  }
  return Value::boolean(true);
}

// Whether all of `items` are in `list`.
Value contains_all(Context& context, const Value& list, const Value& items) {
  ValueSet set(context.arena());
  if (const auto fault = set.add_all(list)) return *fault;
  return runs_through(context, items, set, false);
}

Value sets_contains(Context& context, Args args) { return contains_all(context, args[0], args[1]); }

Value sets_equivalent(Context& context, Args args) {
  const Value forth = contains_all(context, args[0], args[1]);
  if (forth.is_error() || !forth.as_bool()) return forth;
  return contains_all(context, args[1], args[0]);
}

Value sets_intersects(Context& context, Args args) {
  ValueSet set(context.arena());
  if (const auto fault = set.add_all(args[1])) return *fault;
  const Value is_disjoint = runs_through(context, args[0], set, true);
  return is_disjoint.is_error() ? is_disjoint : Value::boolean(!is_disjoint.as_bool());
}

std::uint64_t pairs_of(Args args) { return cost_size(args[0]) * cost_size(args[1]); }

std::uint64_t cost_of_one_way(Args args) { return 1 + pairs_of(args); }

std::uint64_t cost_of_both_ways(Args args) { return 1 + 2 * pairs_of(args); }

const Overload kFunctions[] = {
    {"list_sets_contains_list", Form::kGlobal, "sets.contains", "(list(T), list(T)) -> bool",
     &sets_contains, &cost_of_one_way},
    {"list_sets_equivalent_list", Form::kGlobal, "sets.equivalent", "(list(T), list(T)) -> bool",
     &sets_equivalent, &cost_of_both_ways},
    {"list_sets_intersects_list", Form::kGlobal, "sets.intersects", "(list(T), list(T)) -> bool",
     &sets_intersects, &cost_of_one_way},
};

}  // namespace

std::span<const Overload> set_functions() { return kFunctions; }

}  // namespace cel
