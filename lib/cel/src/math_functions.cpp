// The extension `math`: extremes, rounding, signs, bits.
#include <cmath>

#include "cel/collections.hpp"
#include "cel/compare.hpp"
#include "families.hpp"

namespace cel {
namespace {

Value identity(Context& /*context*/, Args args) { return args[0]; }

bool is_number(const Value& value) noexcept {
  return value.is(Kind::kInt) || value.is(Kind::kUint) || value.is(Kind::kDouble);
}

constexpr std::string_view name_of(Order further) noexcept {
  return further == Order::kLess ? "math.least" : "math.greatest";
}

// Whichever of the two is further in the direction; the first of equals.
template <Order further>
Value extreme_of(Context& context, const Value& first, const Value& second) {
  const Order order = compare(second, first);
  if (order == Order::kUnordered) {
    return context.fail(Fault::kInvalidArgument, "NaN has no place in an order");
  }
  return order == further ? second : first;
}

template <Order further>
Value extreme_of_two(Context& context, Args args) {
  return extreme_of<further>(context, args[0], args[1]);
}

template <Order further>
Value extreme_of_list(Context& context, Args args) {
  const std::size_t count = list_size(args[0]);
  if (count == 0) return context.fail(Fault::kInvalidArgument, "the list must not be empty");
  Value extreme;
  for (std::size_t index = 0; index < count; ++index) {
    const Value item = list_at(args[0], index, context.arena());
    if (item.is_error()) return item;
    if (!is_number(item)) return context.fail(Fault::kNoSuchOverload, name_of(further));
    extreme = index == 0 ? item : extreme_of<further>(context, extreme, item);
    if (extreme.is_error()) return extreme;
  }
  return extreme;
}

template <double (*function)(double)>
Value rounded(Context& /*context*/, Args args) {
  return Value::real(function(args[0].as_double()));
}

double ceiling(double value) { return std::ceil(value); }

double floor_of(double value) { return std::floor(value); }

double nearest(double value) { return std::round(value); }

double whole_part(double value) { return std::trunc(value); }

double magnitude(double value) { return std::abs(value); }

double square_root(double value) { return std::sqrt(value); }

double sign_of(double value) {
  if (std::isnan(value)) return value;
  return value > 0 ? 1.0 : value < 0 ? -1.0 : 0.0;
}

Value is_infinite(Context& /*context*/, Args args) {
  return Value::boolean(std::isinf(args[0].as_double()));
}

Value is_not_a_number(Context& /*context*/, Args args) {
  return Value::boolean(std::isnan(args[0].as_double()));
}

Value is_finite(Context& /*context*/, Args args) {
  return Value::boolean(std::isfinite(args[0].as_double()));
}

Value magnitude_of_int(Context& context, Args args) {
  const std::int64_t value = args[0].as_int();
  if (value == INT64_MIN) return context.fail(Fault::kOverflow);
  return Value::integer(value < 0 ? -value : value);
}

Value sign_of_int(Context& /*context*/, Args args) {
  const std::int64_t value = args[0].as_int();
  return Value::integer((value > 0 ? 1 : 0) - (value < 0 ? 1 : 0));
}

Value sign_of_uint(Context& /*context*/, Args args) {
  return Value::unsigned_integer(args[0].as_uint() == 0 ? 0 : 1);
}

Value square_root_of_int(Context& /*context*/, Args args) {
  return Value::real(std::sqrt(static_cast<double>(args[0].as_int())));
}

Value square_root_of_uint(Context& /*context*/, Args args) {
  return Value::real(std::sqrt(static_cast<double>(args[0].as_uint())));
}

// Bits are the same in both integer types; only the type of the result differs.
Value with_bits(const Value& like, std::uint64_t bits) {
  return like.is(Kind::kInt) ? Value::integer(static_cast<std::int64_t>(bits))
                             : Value::unsigned_integer(bits);
}

Value bit_and(Context& /*context*/, Args args) {
  return with_bits(args[0], args[0].as_uint() & args[1].as_uint());
}

Value bit_or(Context& /*context*/, Args args) {
  return with_bits(args[0], args[0].as_uint() | args[1].as_uint());
}

Value bit_xor(Context& /*context*/, Args args) {
  return with_bits(args[0], args[0].as_uint() ^ args[1].as_uint());
}

Value bit_not(Context& /*context*/, Args args) { return with_bits(args[0], ~args[0].as_uint()); }

Value shift_left(Context& context, Args args) {
  const std::int64_t count = args[1].as_int();
  if (count < 0) return context.fail(Fault::kInvalidArgument, "negative offset");
  return with_bits(args[0], count >= 64 ? 0 : args[0].as_uint() << static_cast<unsigned>(count));
}

// Zeros come in from the left, also for negative numbers.
Value shift_right(Context& context, Args args) {
  const std::int64_t count = args[1].as_int();
  if (count < 0) return context.fail(Fault::kInvalidArgument, "negative offset");
  return with_bits(args[0], count >= 64 ? 0 : args[0].as_uint() >> static_cast<unsigned>(count));
}

constexpr Form kGlobal = Form::kGlobal;
constexpr Order kLess = Order::kLess;
constexpr Order kGreater = Order::kGreater;

const Overload kFunctions[] = {
    // The macros math.least and math.greatest become calls of these.
    {"math_@min_double", kGlobal, "math.@min", "(double) -> double", &identity},
    {"math_@min_int", kGlobal, "math.@min", "(int) -> int", &identity},
    {"math_@min_uint", kGlobal, "math.@min", "(uint) -> uint", &identity},
    {"math_@min_double_double", kGlobal, "math.@min", "(double, double) -> double",
     &extreme_of_two<kLess>},
    {"math_@min_int_int", kGlobal, "math.@min", "(int, int) -> int", &extreme_of_two<kLess>},
    {"math_@min_uint_uint", kGlobal, "math.@min", "(uint, uint) -> uint", &extreme_of_two<kLess>},
    {"math_@min_int_uint", kGlobal, "math.@min", "(int, uint) -> dyn", &extreme_of_two<kLess>},
    {"math_@min_int_double", kGlobal, "math.@min", "(int, double) -> dyn", &extreme_of_two<kLess>},
    {"math_@min_double_int", kGlobal, "math.@min", "(double, int) -> dyn", &extreme_of_two<kLess>},
    {"math_@min_double_uint", kGlobal, "math.@min", "(double, uint) -> dyn",
     &extreme_of_two<kLess>},
    {"math_@min_uint_int", kGlobal, "math.@min", "(uint, int) -> dyn", &extreme_of_two<kLess>},
    {"math_@min_uint_double", kGlobal, "math.@min", "(uint, double) -> dyn",
     &extreme_of_two<kLess>},
    {"math_@min_list_double", kGlobal, "math.@min", "(list(double)) -> double",
     &extreme_of_list<kLess>},
    {"math_@min_list_int", kGlobal, "math.@min", "(list(int)) -> int", &extreme_of_list<kLess>},
    {"math_@min_list_uint", kGlobal, "math.@min", "(list(uint)) -> uint", &extreme_of_list<kLess>},

    {"math_@max_double", kGlobal, "math.@max", "(double) -> double", &identity},
    {"math_@max_int", kGlobal, "math.@max", "(int) -> int", &identity},
    {"math_@max_uint", kGlobal, "math.@max", "(uint) -> uint", &identity},
    {"math_@max_double_double", kGlobal, "math.@max", "(double, double) -> double",
     &extreme_of_two<kGreater>},
    {"math_@max_int_int", kGlobal, "math.@max", "(int, int) -> int", &extreme_of_two<kGreater>},
    {"math_@max_uint_uint", kGlobal, "math.@max", "(uint, uint) -> uint",
     &extreme_of_two<kGreater>},
    {"math_@max_int_uint", kGlobal, "math.@max", "(int, uint) -> dyn", &extreme_of_two<kGreater>},
    {"math_@max_int_double", kGlobal, "math.@max", "(int, double) -> dyn",
     &extreme_of_two<kGreater>},
    {"math_@max_double_int", kGlobal, "math.@max", "(double, int) -> dyn",
     &extreme_of_two<kGreater>},
    {"math_@max_double_uint", kGlobal, "math.@max", "(double, uint) -> dyn",
     &extreme_of_two<kGreater>},
    {"math_@max_uint_int", kGlobal, "math.@max", "(uint, int) -> dyn", &extreme_of_two<kGreater>},
    {"math_@max_uint_double", kGlobal, "math.@max", "(uint, double) -> dyn",
     &extreme_of_two<kGreater>},
    {"math_@max_list_double", kGlobal, "math.@max", "(list(double)) -> double",
     &extreme_of_list<kGreater>},
    {"math_@max_list_int", kGlobal, "math.@max", "(list(int)) -> int", &extreme_of_list<kGreater>},
    {"math_@max_list_uint", kGlobal, "math.@max", "(list(uint)) -> uint",
     &extreme_of_list<kGreater>},

    {"math_ceil_double", kGlobal, "math.ceil", "(double) -> double", &rounded<ceiling>},
    {"math_floor_double", kGlobal, "math.floor", "(double) -> double", &rounded<floor_of>},
    {"math_round_double", kGlobal, "math.round", "(double) -> double", &rounded<nearest>},
    {"math_trunc_double", kGlobal, "math.trunc", "(double) -> double", &rounded<whole_part>},

    {"math_isInf_double", kGlobal, "math.isInf", "(double) -> bool", &is_infinite},
    {"math_isNaN_double", kGlobal, "math.isNaN", "(double) -> bool", &is_not_a_number},
    {"math_isFinite_double", kGlobal, "math.isFinite", "(double) -> bool", &is_finite},

    {"math_abs_double", kGlobal, "math.abs", "(double) -> double", &rounded<magnitude>},
    {"math_abs_int", kGlobal, "math.abs", "(int) -> int", &magnitude_of_int},
    {"math_abs_uint", kGlobal, "math.abs", "(uint) -> uint", &identity},
    {"math_sign_double", kGlobal, "math.sign", "(double) -> double", &rounded<sign_of>},
    {"math_sign_int", kGlobal, "math.sign", "(int) -> int", &sign_of_int},
    {"math_sign_uint", kGlobal, "math.sign", "(uint) -> uint", &sign_of_uint},
    {"math_sqrt_double", kGlobal, "math.sqrt", "(double) -> double", &rounded<square_root>},
    {"math_sqrt_int", kGlobal, "math.sqrt", "(int) -> double", &square_root_of_int},
    {"math_sqrt_uint", kGlobal, "math.sqrt", "(uint) -> double", &square_root_of_uint},

    {"math_bitAnd_int_int", kGlobal, "math.bitAnd", "(int, int) -> int", &bit_and},
    {"math_bitAnd_uint_uint", kGlobal, "math.bitAnd", "(uint, uint) -> uint", &bit_and},
    {"math_bitOr_int_int", kGlobal, "math.bitOr", "(int, int) -> int", &bit_or},
    {"math_bitOr_uint_uint", kGlobal, "math.bitOr", "(uint, uint) -> uint", &bit_or},
    {"math_bitXor_int_int", kGlobal, "math.bitXor", "(int, int) -> int", &bit_xor},
    {"math_bitXor_uint_uint", kGlobal, "math.bitXor", "(uint, uint) -> uint", &bit_xor},
    {"math_bitNot_int_int", kGlobal, "math.bitNot", "(int) -> int", &bit_not},
    {"math_bitNot_uint_uint", kGlobal, "math.bitNot", "(uint) -> uint", &bit_not},
    {"math_bitShiftLeft_int_int", kGlobal, "math.bitShiftLeft", "(int, int) -> int", &shift_left},
    {"math_bitShiftLeft_uint_int", kGlobal, "math.bitShiftLeft", "(uint, int) -> uint",
     &shift_left},
    {"math_bitShiftRight_int_int", kGlobal, "math.bitShiftRight", "(int, int) -> int",
     &shift_right},
    {"math_bitShiftRight_uint_int", kGlobal, "math.bitShiftRight", "(uint, int) -> uint",
     &shift_right},
};

}  // namespace

std::span<const Overload> math_functions() { return kFunctions; }

}  // namespace cel
