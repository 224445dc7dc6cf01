#include "operators.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "cel/collections.hpp"
#include "cel/compare.hpp"

namespace cel {

namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr std::int64_t kFirstSecond = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t kLastSecond = 253'402'300'799;   // 9999-12-31T23:59:59Z

constexpr std::uint64_t kStepsOfItem = 8;
constexpr std::size_t kOctetsComparedPerStep = 8;

__extension__ using Wide = __int128;

Value no_overload(Context& context, std::string_view spelling) {
  return context.fail(Fault::kNoSuchOverload, spelling);
}

Wide total_nanos(const Value& timestamp) {
  return Wide{timestamp.seconds()} * kNanosPerSecond + timestamp.nanos();
}

Value to_duration(Context& context, Wide nanos) {
  using Limits = std::numeric_limits<std::int64_t>;
  if (nanos < Limits::min() || nanos > Limits::max()) return context.fail(Fault::kOverflow);
  return Value::duration(static_cast<std::int64_t>(nanos));
}

Value to_timestamp(Context& context, Wide nanos) {
  Wide seconds = nanos / kNanosPerSecond;
  Wide rest = nanos % kNanosPerSecond;
  if (rest < 0) {
    rest += kNanosPerSecond;
    --seconds;
  }
  if (seconds < kFirstSecond || seconds > kLastSecond) return context.fail(Fault::kOverflow);
  return Value::timestamp(static_cast<std::int64_t>(seconds), static_cast<std::uint32_t>(rest));
}

Value concatenate_texts(Context& context, const Value& left, const Value& right) {
  const std::string_view first = left.as_text();
  const std::string_view second = right.as_text();
  if (first.size() + second.size() > context.limits().text_bytes_max) {
    return context.fail(Fault::kSizeLimit);
  }
  if (second.empty()) return left;
  if (first.empty()) return right;
  TextBuilder text(context.arena(), first.size() + second.size());
  text.add(first);
  text.add(second);
  return left.is(Kind::kString) ? text.finish_string() : text.finish_bytes();
}

Value concatenate_lists(Context& context, const Value& left, const Value& right) {
  const std::size_t first = list_size(left);
  const std::size_t second = list_size(right);
  if (first + second > context.limits().items_max) return context.fail(Fault::kSizeLimit);
  ListBuilder list(context.arena(), first + second);
  for (std::size_t index = 0; index < first; ++index) {
    list.add(list_at(left, index, context.arena()));
  }
  for (std::size_t index = 0; index < second; ++index) {
    list.add(list_at(right, index, context.arena()));
  }
  return list.finish();
}

Value add_ints(Context& context, std::int64_t left, std::int64_t right) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(left, right, &sum)) return context.fail(Fault::kOverflow);
  return Value::integer(sum);
}

// A list's index out of a number: whole, not negative; or past the end.
bool to_list_index(const Value& key, std::size_t& index) {
  switch (key.kind()) {
    case Kind::kInt: index = static_cast<std::size_t>(key.as_int()); return key.as_int() >= 0;
    case Kind::kUint: index = key.as_uint(); return true;
    case Kind::kDouble: {
      const double value = key.as_double();
      if (!(value >= 0 && value < 0x1p53) || std::trunc(value) != value) return false;
      index = static_cast<std::size_t>(value);
      return true;
    }
    default: return false;
  }
}

bool is_number(const Value& value) noexcept {
  return value.is(Kind::kInt) || value.is(Kind::kUint) || value.is(Kind::kDouble);
}

bool may_look_up(const Value& key) noexcept { return is_map_key(key) || key.is(Kind::kDouble); }

}  // namespace

Value add(Context& context, const Value& left, const Value& right) {
  if (left.kind() == right.kind()) {
    switch (left.kind()) {
      case Kind::kInt: return add_ints(context, left.as_int(), right.as_int());
      case Kind::kUint: {
        std::uint64_t sum = 0;
        if (__builtin_add_overflow(left.as_uint(), right.as_uint(), &sum)) {
          return context.fail(Fault::kOverflow);
        }
        return Value::unsigned_integer(sum);
      }
      case Kind::kDouble: return Value::real(left.as_double() + right.as_double());
      case Kind::kString:
      case Kind::kBytes: return concatenate_texts(context, left, right);
      case Kind::kList: return concatenate_lists(context, left, right);
      case Kind::kDuration:
        return to_duration(context, Wide{left.duration_nanos()} + right.duration_nanos());
      default: break;
    }
  }
  if (left.is(Kind::kTimestamp) && right.is(Kind::kDuration)) {
    return to_timestamp(context, total_nanos(left) + right.duration_nanos());
  }
  if (left.is(Kind::kDuration) && right.is(Kind::kTimestamp)) {
    return to_timestamp(context, total_nanos(right) + left.duration_nanos());
  }
  return no_overload(context, "+");
}

Value subtract(Context& context, const Value& left, const Value& right) {
  if (left.is(Kind::kTimestamp) && right.is(Kind::kDuration)) {
    return to_timestamp(context, total_nanos(left) - right.duration_nanos());
  }
  if (left.kind() != right.kind()) return no_overload(context, "-");
  switch (left.kind()) {
    case Kind::kInt: {
      std::int64_t difference = 0;
      if (__builtin_sub_overflow(left.as_int(), right.as_int(), &difference)) break;
      return Value::integer(difference);
    }
    case Kind::kUint:
      if (left.as_uint() < right.as_uint()) break;
      return Value::unsigned_integer(left.as_uint() - right.as_uint());
    case Kind::kDouble: return Value::real(left.as_double() - right.as_double());
    case Kind::kTimestamp: return to_duration(context, total_nanos(left) - total_nanos(right));
    case Kind::kDuration:
      return to_duration(context, Wide{left.duration_nanos()} - right.duration_nanos());
    default: return no_overload(context, "-");
  }
  return context.fail(Fault::kOverflow);
}

Value multiply(Context& context, const Value& left, const Value& right) {
  if (left.kind() != right.kind()) return no_overload(context, "*");
  switch (left.kind()) {
    case Kind::kInt: {
      std::int64_t product = 0;
      if (__builtin_mul_overflow(left.as_int(), right.as_int(), &product)) break;
      return Value::integer(product);
    }
    case Kind::kUint: {
      std::uint64_t product = 0;
      if (__builtin_mul_overflow(left.as_uint(), right.as_uint(), &product)) break;
      return Value::unsigned_integer(product);
    }
    case Kind::kDouble: return Value::real(left.as_double() * right.as_double());
    default: return no_overload(context, "*");
  }
  return context.fail(Fault::kOverflow);
}

Value divide(Context& context, const Value& left, const Value& right) {
  if (left.kind() != right.kind()) return no_overload(context, "/");
  switch (left.kind()) {
    case Kind::kInt:
      if (right.as_int() == 0) return context.fail(Fault::kDivisionByZero);
      if (right.as_int() == -1) return negate(context, left);
      return Value::integer(left.as_int() / right.as_int());
    case Kind::kUint:
      if (right.as_uint() == 0) return context.fail(Fault::kDivisionByZero);
      return Value::unsigned_integer(left.as_uint() / right.as_uint());
    case Kind::kDouble: return Value::real(left.as_double() / right.as_double());
    default: return no_overload(context, "/");
  }
}

Value modulo(Context& context, const Value& left, const Value& right) {
  if (left.kind() != right.kind()) return no_overload(context, "%");
  switch (left.kind()) {
    case Kind::kInt:
      if (right.as_int() == 0) return context.fail(Fault::kModulusByZero);
      // The quotient of this pair overflows, whatever the rest is.
      if (right.as_int() == -1 && left.as_int() == std::numeric_limits<std::int64_t>::min()) {
        return context.fail(Fault::kOverflow);
      }
      return Value::integer(left.as_int() % right.as_int());
    case Kind::kUint:
      if (right.as_uint() == 0) return context.fail(Fault::kModulusByZero);
      return Value::unsigned_integer(left.as_uint() % right.as_uint());
    default: return no_overload(context, "%");
  }
}

Value negate(Context& context, const Value& operand) {
  switch (operand.kind()) {
    case Kind::kInt:
      if (operand.as_int() == std::numeric_limits<std::int64_t>::min()) {
        return context.fail(Fault::kOverflow);
      }
      return Value::integer(-operand.as_int());
    case Kind::kDouble: return Value::real(-operand.as_double());
    default: return no_overload(context, "-");
  }
}

Value relate(Context& context, Operator op, const Value& left, const Value& right) {
  if (left.is(Kind::kString) || left.is(Kind::kBytes)) {
    context.arena().spend(left.as_text().size() / kOctetsComparedPerStep);
  }
  const Order order = compare(left, right);
  if (order == Order::kIncomparable) return no_overload(context, spelling(op));
  switch (op) {
    case Operator::kLess: return Value::boolean(order == Order::kLess);
    case Operator::kLessEqual:
      return Value::boolean(order == Order::kLess || order == Order::kEqual);
    case Operator::kGreater: return Value::boolean(order == Order::kGreater);
    default: return Value::boolean(order == Order::kGreater || order == Order::kEqual);
  }
}

Value contains(Context& context, const Value& needle, const Value& haystack) {
  Arena& arena = context.arena();
  if (haystack.is(Kind::kMap)) {
    return Value::boolean(may_look_up(needle) && !map_find(haystack, needle, arena).is_absent());
  }
  if (!haystack.is(Kind::kList)) return no_overload(context, "in");
  const std::size_t size = list_size(haystack);
  for (std::size_t at = 0; at < size; ++at) {
    if (!arena.spend(kStepsOfItem)) break;
    if (equal(needle, list_at(haystack, at, arena), arena)) return Value::boolean(true);
  }
  return Value::boolean(false);
}

Value index(Context& context, const Value& operand, const Value& key) {
  const Value found = find(context, operand, key);
  if (!found.is_absent()) return found;
  return context.fail(operand.is(Kind::kMap) ? Fault::kNoSuchKey : Fault::kIndexOutOfRange, key);
}

Value find(Context& context, const Value& operand, const Value& key) {
  if (operand.is(Kind::kMap)) {
    if (!may_look_up(key)) return context.fail(Fault::kUnsupportedKey, key);
    return map_find(operand, key, context.arena());
  }
  if (!operand.is(Kind::kList)) return no_overload(context, "[]");
  if (!is_number(key)) return no_overload(context, "[]");
  std::size_t at = 0;
  if (!to_list_index(key, at)) {
    // A fraction names no element; a negative number names one that is not there.
    if (key.is(Kind::kInt)) return {};
    return context.fail(Fault::kInvalidArgument, "an index is a whole number");
  }
  return at < list_size(operand) ? list_at(operand, at, context.arena()) : Value();
}

bool is_zero_value(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull: return true;
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kUint:
    case Kind::kDuration: return value.as_uint() == 0;
    case Kind::kDouble: return value.as_double() == 0;
    case Kind::kString:
    case Kind::kBytes: return value.as_text().empty();
    case Kind::kList: return list_size(value) == 0;
    case Kind::kMap: return map_size(value) == 0;
    case Kind::kTimestamp: return value.seconds() == 0 && value.nanos() == 0;
    case Kind::kOptional: return value.optional_value() == nullptr;
    default: return false;
  }
}

}  // namespace cel
