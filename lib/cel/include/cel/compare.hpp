// cel/compare.hpp: equality and order as the language has them.
//
// Numbers compare across int, uint and double; with a double, after rounding to one. Equality never
// fails: values of different types are unequal, NaN is unequal to all. Order exists between
// numbers, strings, bytes, bools, timestamps and durations.
#pragma once

#include <cstdint>

#include "cel/value.hpp"

namespace cel {

enum class Order : std::uint8_t { kLess, kEqual, kGreater, kUnordered, kIncomparable };

// Counts its work in the arena, and says false once that is spent.
[[nodiscard]] bool equal(const Value& left, const Value& right, Arena& arena);

// kUnordered when one is NaN; kIncomparable when the types have no order between them.
[[nodiscard]] Order compare(const Value& left, const Value& right) noexcept;

// Equal scalars have equal hashes, also numbers of different types. Lists and maps hash to their
// kind only. Each process has hashes of its own: no result may depend on them.
[[nodiscard]] std::uint64_t hash(const Value& value) noexcept;

}  // namespace cel
