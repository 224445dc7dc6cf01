// operators.hpp: what operators and the core functions do, and what they take.
#pragma once

#include <cstddef>
#include <span>

#include "ast.hpp"
#include "cel/function.hpp"

namespace cel {

inline constexpr std::size_t kParamsMax = 8;

// The signatures of operators, for the checker: `run` is null, the planner has nodes of their own.
std::span<const Overload> operator_functions();
// size, type, dyn.
std::span<const Overload> core_functions();
// optional.of … orValue; `or` and `orValue` have nodes of their own.
std::span<const Overload> optional_functions();

// Arithmetic, by the kinds of the operands. kNoSuchOverload when these kinds have none.
// REQUIRES: no operand is an error, in all of these.
[[nodiscard]] Value add(Context& context, const Value& left, const Value& right);
[[nodiscard]] Value subtract(Context& context, const Value& left, const Value& right);
[[nodiscard]] Value multiply(Context& context, const Value& left, const Value& right);
[[nodiscard]] Value divide(Context& context, const Value& left, const Value& right);
[[nodiscard]] Value modulo(Context& context, const Value& left, const Value& right);
[[nodiscard]] Value negate(Context& context, const Value& operand);

// A bool, or kNoSuchOverload between types that have no order.
[[nodiscard]] Value relate(Context& context, Operator op, const Value& left, const Value& right);
// Membership in a list, or among the keys of a map.
[[nodiscard]] Value contains(Context& context, const Value& needle, const Value& haystack);

// An element of a list, a value of a map; an error when there is none.
[[nodiscard]] Value index(Context& context, const Value& operand, const Value& key);
// The same, but absent when there is none.
[[nodiscard]] Value find(Context& context, const Value& operand, const Value& key);

// Whether a value is zero, empty, false, null or an optional without value.
[[nodiscard]] bool is_zero_value(const Value& value);

}  // namespace cel
