// telemetry/distribution.hpp: how many values were how large: a histogram's numbers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace telemetry {

inline constexpr std::size_t kBucketsMax = 22;

// Plain numbers of one thread; what threads share is in metrics.hpp.
struct Distribution {
  std::array<std::uint64_t, kBucketsMax + 1> counts{};  // by bound, then what is above all
  std::uint64_t sum = 0;

  // `bounds` are inclusive and rising, at most kBucketsMax, the same for each call.
  void add(std::span<const std::uint64_t> bounds, std::uint64_t value) noexcept;
  void add(const Distribution& other) noexcept;
};

// Of a value among the bounds: the place of the first that is not below it.
[[nodiscard]] std::size_t bucket_of(std::span<const std::uint64_t> bounds,
                                    std::uint64_t value) noexcept;

// From a message's last octet to its arrival at a target, milliseconds: a millisecond to
// a day, for a target that was away all night is no exception.
inline constexpr std::array<std::uint64_t, 20> kDeliveryBounds = {
    1,     2,     5,      10,     25,     50,      100,       250,       500,        1'000,
    2'500, 5'000, 10'000, 30'000, 60'000, 300'000, 1'200'000, 3'600'000, 21'600'000, 86'400'000};

}  // namespace telemetry
