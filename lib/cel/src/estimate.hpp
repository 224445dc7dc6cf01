// estimate.hpp: what a part of an expression may cost, and how large its value may be.
//
// Bounds hold for every evaluation that yields no error; one that fails may stop early and cost
// less. Sums and products that do not fit are kUnbounded, which is also what an unknown size is.
#pragma once

#include <cstdint>
#include <span>

#include "cel/function.hpp"
#include "nodes.hpp"
#include "types.hpp"

namespace cel {

inline constexpr std::uint64_t kUnbounded = UINT64_MAX;

struct Bounds {
  std::uint64_t min = 0;
  std::uint64_t max = 0;

  [[nodiscard]] static constexpr Bounds exactly(std::uint64_t value) noexcept {
    return {value, value};
  }

  [[nodiscard]] static constexpr Bounds at_most(std::uint64_t value) noexcept { return {0, value}; }
};

[[nodiscard]] Bounds operator+(const Bounds& left, const Bounds& right) noexcept;
[[nodiscard]] Bounds operator*(const Bounds& left, const Bounds& right) noexcept;
// Of one or the other.
[[nodiscard]] Bounds either(const Bounds& left, const Bounds& right) noexcept;

struct Estimate {
  Bounds cost;
  Bounds size = Bounds::exactly(1);  // as the cost model counts it
};

// The size of values of a type: one, or nothing is known. Null: nothing is known.
[[nodiscard]] Bounds size_of_type(const Type* type) noexcept;

// The cost of an operator itself, with operands of such sizes.
[[nodiscard]] Bounds operator_cost(CostMode mode, const Bounds& left, const Bounds& right) noexcept;

// The cost of a call itself, where the checker knew that it is this overload. Any other
// costs one unit.
[[nodiscard]] Bounds call_cost(const Candidate& candidate, std::span<const Estimate> arguments);

// A macro over a range; `filter` may be null.
[[nodiscard]] Estimate fold_estimate(FoldKind kind, const Estimate& range, const Estimate* filter,
                                     const Estimate& body);

}  // namespace cel
