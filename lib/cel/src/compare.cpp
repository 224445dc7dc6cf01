#include "cel/compare.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <exception>
#include <random>

#include "cel/collections.hpp"

namespace cel {

namespace {

// Deeper values only a host can make; they are unequal.
constexpr int kDepthMax = 1000;

template <class T>
Order order_of(T left, T right) noexcept {
  if (left < right) return Order::kLess;
  return right < left ? Order::kGreater : Order::kEqual;
}

Order reversed(Order order) noexcept {
  if (order == Order::kLess) return Order::kGreater;
  return order == Order::kGreater ? Order::kLess : order;
}

Order compare_doubles(double left, double right) noexcept {
  if (std::isnan(left) || std::isnan(right)) return Order::kUnordered;
  return order_of(left, right);
}

// As the reference has it: within the range of the integers a number is rounded to a double, so
// that the largest int and 2^63 are equal.
Order compare_int_double(std::int64_t left, double right) noexcept {
  if (right > 0x1p63) return Order::kLess;
  if (right < -0x1p63) return Order::kGreater;
  return compare_doubles(static_cast<double>(left), right);
}

Order compare_uint_double(std::uint64_t left, double right) noexcept {
  if (right > 0x1p64) return Order::kLess;
  if (right < 0) return Order::kGreater;
  return compare_doubles(static_cast<double>(left), right);
}

Order compare_int_uint(std::int64_t left, std::uint64_t right) noexcept {
  return left < 0 ? Order::kLess : order_of(static_cast<std::uint64_t>(left), right);
}

Order compare_texts(std::string_view left, std::string_view right) noexcept {
  const int order = left.compare(right);
  if (order == 0) return Order::kEqual;
  return order < 0 ? Order::kLess : Order::kGreater;
}

Order compare_same(const Value& left, const Value& right) noexcept {
  switch (left.kind()) {
    case Kind::kBool: return order_of(left.as_bool(), right.as_bool());
    case Kind::kInt:
    case Kind::kDuration: return order_of(left.as_int(), right.as_int());
    case Kind::kUint: return order_of(left.as_uint(), right.as_uint());
    case Kind::kDouble: return compare_doubles(left.as_double(), right.as_double());
    case Kind::kString:
    case Kind::kBytes: return compare_texts(left.as_text(), right.as_text());
    case Kind::kTimestamp: {
      const Order order = order_of(left.seconds(), right.seconds());
      return order != Order::kEqual ? order : order_of(left.nanos(), right.nanos());
    }
    default: return Order::kIncomparable;
  }
}

constexpr std::uint64_t kStepsOfItem = 8;
constexpr std::uint64_t kStepsOfEntry = 64;
constexpr std::size_t kOctetsComparedPerStep = 8;

bool equal_texts(std::string_view left, std::string_view right, Arena& arena) {
  if (left.size() != right.size()) return false;
  arena.spend(left.size() / kOctetsComparedPerStep);
  return left == right;
}

bool equal_at(const Value& left, const Value& right, Arena& arena, int depth);

bool equal_lists(const Value& left, const Value& right, Arena& arena, int depth) {
  const std::size_t size = list_size(left);
  if (size != list_size(right)) return false;
  for (std::size_t index = 0; index < size; ++index) {
    if (!arena.spend(kStepsOfItem)) return false;
    const Value item = list_at(left, index, arena);
    if (!equal_at(item, list_at(right, index, arena), arena, depth)) return false;
  }
  return true;
}

bool equal_maps(const Value& left, const Value& right, Arena& arena, int depth) {
  const std::size_t size = map_size(left);
  if (size != map_size(right)) return false;
  for (std::size_t index = 0; index < size; ++index) {
    if (!arena.spend(kStepsOfEntry)) return false;
    const MapEntry entry = map_entry_at(left, index, arena);
    const Value other = map_find(right, entry.key, arena);
    if (other.is_absent() || !equal_at(entry.value, other, arena, depth)) return false;
  }
  return true;
}

bool equal_optionals(const Value& left, const Value& right, Arena& arena, int depth) {
  const Value* one = left.optional_value();
  const Value* other = right.optional_value();
  if (one == nullptr || other == nullptr) return one == other;
  return equal_at(*one, *other, arena, depth);
}

bool equal_at(const Value& left, const Value& right, Arena& arena, int depth) {
  if (depth == 0) return false;
  if (left.kind() != right.kind()) return compare(left, right) == Order::kEqual;
  switch (left.kind()) {
    case Kind::kNull: return true;
    case Kind::kType: return left.as_text() == right.as_text();
    case Kind::kString:
    case Kind::kBytes: return equal_texts(left.as_text(), right.as_text(), arena);
    case Kind::kList: return equal_lists(left, right, arena, depth - 1);
    case Kind::kMap: return equal_maps(left, right, arena, depth - 1);
    case Kind::kOptional: return equal_optionals(left, right, arena, depth - 1);
    case Kind::kOpaque: {
      const Opaque& one = left.as_opaque();
      const Opaque& other = right.as_opaque();
      return one.type_name() == other.type_name() && one.equals(other);
    }
    default: return compare_same(left, right) == Order::kEqual;
  }
}

// A secret of the process: whoever writes a message cannot choose keys that all hash alike, which
// would make a map as slow as a list.
std::uint64_t make_secret() noexcept {
  try {
    std::random_device device;
    return std::uint64_t{device()} << 32U | device();
  } catch (const std::exception&) {
    return 0x2545F4914F6CDD1DU;  // a machine without randomness: known, and still well mixed
  }
}

std::uint64_t mix(std::uint64_t word) noexcept {
  __extension__ using Wide = unsigned __int128;
  static const std::uint64_t secret = make_secret();
  const Wide product = static_cast<Wide>(word ^ secret) * 0x9E3779B97F4A7C15U;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

std::uint64_t hash_text(std::string_view text) noexcept {
  std::uint64_t state = text.size();
  while (text.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    state = mix(state ^ word);
    text.remove_prefix(8);
  }
  std::uint64_t word = 0;
  if (!text.empty()) std::memcpy(&word, text.data(), text.size());
  return mix(state ^ word);
}

// Numbers that compare equal round to the same double.
std::uint64_t hash_double(double value) noexcept {
  return mix(std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value));
}

}  // namespace

bool equal(const Value& left, const Value& right, Arena& arena) {
  return equal_at(left, right, arena, kDepthMax);
}

Order compare(const Value& left, const Value& right) noexcept {
  if (left.kind() == right.kind()) return compare_same(left, right);
  switch (left.kind()) {
    case Kind::kInt:
      if (right.is(Kind::kUint)) return compare_int_uint(left.as_int(), right.as_uint());
      if (right.is(Kind::kDouble)) return compare_int_double(left.as_int(), right.as_double());
      break;
    case Kind::kUint:
      if (right.is(Kind::kInt)) return reversed(compare_int_uint(right.as_int(), left.as_uint()));
      if (right.is(Kind::kDouble)) return compare_uint_double(left.as_uint(), right.as_double());
      break;
    case Kind::kDouble:
      if (right.is(Kind::kInt))
        return reversed(compare_int_double(right.as_int(), left.as_double()));
      if (right.is(Kind::kUint)) {
        return reversed(compare_uint_double(right.as_uint(), left.as_double()));
      }
      break;
    default: break;
  }
  return Order::kIncomparable;
}

std::uint64_t hash(const Value& value) noexcept {
  switch (value.kind()) {
    case Kind::kBool:
    case Kind::kDuration: return mix(value.as_uint());
    case Kind::kInt: return hash_double(static_cast<double>(value.as_int()));
    case Kind::kUint: return hash_double(static_cast<double>(value.as_uint()));
    case Kind::kDouble: return hash_double(value.as_double());
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kType: return hash_text(value.as_text());
    case Kind::kTimestamp: return mix(value.as_uint() ^ (std::uint64_t{value.nanos()} << 32U));
    default: return static_cast<std::uint64_t>(value.kind());
  }
}

}  // namespace cel
