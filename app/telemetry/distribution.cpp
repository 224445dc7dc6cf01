#include "telemetry/distribution.hpp"

#include <algorithm>

namespace telemetry {

void Distribution::add(std::span<const std::uint64_t> bounds, std::uint64_t value) noexcept {
  ++counts[bucket_of(bounds, value)];
  sum += value;
}

void Distribution::add(const Distribution& other) noexcept {
  for (std::size_t bucket = 0; bucket < counts.size(); ++bucket) {
    counts[bucket] += other.counts[bucket];
  }
  sum += other.sum;
}

std::size_t bucket_of(std::span<const std::uint64_t> bounds, std::uint64_t value) noexcept {
  return static_cast<std::size_t>(std::ranges::lower_bound(bounds, value) - bounds.begin());
}

}  // namespace telemetry
