#include "estimate.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "macro_costs.hpp"
#include "operators.hpp"

namespace cel {

namespace {

std::uint64_t sum(std::uint64_t left, std::uint64_t right) noexcept {
  return left > kUnbounded - right ? kUnbounded : left + right;
}

std::uint64_t product(std::uint64_t left, std::uint64_t right) noexcept {
  std::uint64_t result = 0;
  return __builtin_mul_overflow(left, right, &result) ? kUnbounded : result;
}

std::uint64_t tenth(std::uint64_t size) noexcept {
  return size == kUnbounded ? kUnbounded : traversal_cost(size);
}

// Larger arguments never cost less: so the bounds are what a cost rule says of the smallest and of
// the largest. Larger than this is not tried.
constexpr std::size_t kTriedMax = 4096;

Value sized_value(Kind kind, std::uint64_t size) {
  static const std::array<char, kTriedMax> kText = [] {
    std::array<char, kTriedMax> text{};
    text.fill('a');
    return text;
  }();
  static const std::array<Value, kTriedMax> kItems = [] {
    std::array<Value, kTriedMax> items{};
    items.fill(Value::null());
    return items;
  }();
  switch (kind) {
    case Kind::kString: return Value::string({kText.data(), size});
    case Kind::kBytes: return Value::bytes({kText.data(), size});
    case Kind::kList: return Value::list(kItems.data(), size);
    default: return Value::null();
  }
}

bool is_sized(Kind kind) noexcept {
  return kind == Kind::kString || kind == Kind::kBytes || kind == Kind::kList;
}

bool is_number(Kind kind) noexcept {
  return kind == Kind::kInt || kind == Kind::kUint || kind == Kind::kDouble;
}

// A number that is as small or as large as may be.
Value extreme(Kind kind, bool is_largest) noexcept {
  if (!is_largest) return kind == Kind::kDouble ? Value::real(0) : Value::integer(0);
  switch (kind) {
    case Kind::kInt: return Value::integer(std::numeric_limits<std::int64_t>::max());
    case Kind::kUint: return Value::unsigned_integer(std::numeric_limits<std::uint64_t>::max());
    default: return Value::real(std::numeric_limits<double>::max());
  }
}

// What the rule says of the smallest or the largest arguments; numbers, which a rule may look at,
// are tried at both ends, each with each.
std::uint64_t rule_at(const Candidate& candidate, std::span<const Estimate> arguments,
                      bool is_largest) {
  std::array<Value, kParamsMax> values;
  std::array<std::size_t, kParamsMax> numbers{};
  std::size_t number_count = 0;
  for (std::size_t index = 0; index < arguments.size(); ++index) {
    const Bounds& size = arguments[index].size;
    const std::uint64_t tried =
        is_largest ? size.max : std::min<std::uint64_t>(size.min, kTriedMax);
    const Kind kind = candidate.kinds[index];
    if (is_number(kind)) {
      numbers[number_count++] = index;
    } else if (is_sized(kind) && tried <= kTriedMax) {
      values[index] = sized_value(kind, tried);
    } else if (kind == Kind::kBool || kind == Kind::kTimestamp || kind == Kind::kDuration) {
      values[index] = Value::null();
    } else {
      return is_largest ? kUnbounded : 0;
    }
  }
  std::uint64_t result = is_largest ? 0 : kUnbounded;
  for (std::size_t ends = 0; ends < std::size_t{1} << number_count; ++ends) {
    for (std::size_t each = 0; each < number_count; ++each) {
      const std::size_t index = numbers[each];
      values[index] = extreme(candidate.kinds[index], ((ends >> each) & 1U) != 0);
    }
    const std::uint64_t cost = candidate.overload.cost({values.data(), arguments.size()});
    result = is_largest ? std::max(result, cost) : std::min(result, cost);
  }
  return result;
}

Bounds step_cost(FoldKind kind) {
  switch (kind) {
    case FoldKind::kAll: return Bounds::exactly(kAllStep);
    case FoldKind::kExists: return Bounds::exactly(kExistsStep);
    case FoldKind::kExistsOne: return Bounds::at_most(kExistsOneHit);
    case FoldKind::kMap: return Bounds::exactly(kListAppend);
    case FoldKind::kTransformMap: return Bounds::exactly(kMapInsert);
    case FoldKind::kTransformMapEntry: break;
  }
  return Bounds::exactly(kMapMerge);
}

Bounds frame_cost(FoldKind kind) {
  switch (kind) {
    case FoldKind::kAll: return {kFoldResult, kFoldResult + kAllStop};
    case FoldKind::kExists: return {kFoldResult, kFoldResult + kExistsStop};
    case FoldKind::kExistsOne: return Bounds::exactly(kFoldResult + kCallCost);
    case FoldKind::kMap: return Bounds::exactly(kListStart + kFoldResult);
    default: return Bounds::exactly(kMapStart + kFoldResult);
  }
}

}  // namespace

Bounds operator+(const Bounds& left, const Bounds& right) noexcept {
  return {sum(left.min, right.min), sum(left.max, right.max)};
}

Bounds operator*(const Bounds& left, const Bounds& right) noexcept {
  return {product(left.min, right.min), product(left.max, right.max)};
}

Bounds either(const Bounds& left, const Bounds& right) noexcept {
  return {std::min(left.min, right.min), std::max(left.max, right.max)};
}

Bounds size_of_type(const Type* type) noexcept {
  if (type == nullptr) return Bounds::at_most(kUnbounded);
  switch (type->kind) {
    case TypeKind::kNull:
    case TypeKind::kBool:
    case TypeKind::kInt:
    case TypeKind::kUint:
    case TypeKind::kDouble:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
    case TypeKind::kType:
    case TypeKind::kOpaque: return Bounds::exactly(1);
    default: return Bounds::at_most(kUnbounded);
  }
}

Bounds operator_cost(CostMode mode, const Bounds& left, const Bounds& right) noexcept {
  switch (mode) {
    case CostMode::kLesserSize:
      return {tenth(std::min(left.min, right.min)), tenth(std::min(left.max, right.max))};
    case CostMode::kSizes: {
      const Bounds both = left + right;
      return {tenth(both.min), tenth(both.max)};
    }
    case CostMode::kContainer: return right;
    case CostMode::kUnit: break;
  }
  return Bounds::exactly(1);
}

Bounds call_cost(const Candidate& candidate, std::span<const Estimate> arguments) {
  const Overload& overload = candidate.overload;
  Bounds cost = Bounds::exactly(overload.result_cost == nullptr ? 1 : 0);
  if (overload.cost != nullptr) {
    cost = {rule_at(candidate, arguments, false), rule_at(candidate, arguments, true)};
  }
  if (overload.result_cost != nullptr) cost = cost + Bounds::at_most(kUnbounded);
  return cost;
}

Estimate fold_estimate(FoldKind kind, const Estimate& range, const Estimate* filter,
                       const Estimate& body) {
  Bounds count = range.size;
  const bool may_stop = kind == FoldKind::kAll || kind == FoldKind::kExists;
  if (may_stop) count.min = std::min<std::uint64_t>(count.min, 1);
  Bounds step = body.cost + step_cost(kind);
  Bounds size = Bounds::exactly(1);
  if (kind == FoldKind::kMap) size = range.size;
  if (kind == FoldKind::kTransformMap || kind == FoldKind::kTransformMapEntry) {
    size = Bounds::at_most(kUnbounded);
  }
  if (filter != nullptr) {
    step.min = 0;
    step = step + filter->cost;
    size.min = 0;
  }
  return {range.cost + frame_cost(kind) + count * step, size};
}

}  // namespace cel
