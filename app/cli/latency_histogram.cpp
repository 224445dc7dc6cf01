#include "cli/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace cli {

void LatencyHistogram::record(std::chrono::nanoseconds latency) noexcept {
  const std::int64_t exact = std::max<std::int64_t>(latency.count(), 0);
  const std::int64_t held = std::min<std::int64_t>(exact, kLongest.count());
  ++buckets_[to_bucket(static_cast<std::uint64_t>(held))];
  ++count_;
  max_ = std::max(max_, exact);
}

std::chrono::nanoseconds LatencyHistogram::percentile(double share) const noexcept {
  if (count_ == 0) return std::chrono::nanoseconds::zero();
  const double exact_rank = std::ceil(share * static_cast<double>(count_));
  const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(exact_rank), 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBucketCount; ++bucket) {
    seen += buckets_[bucket];
    if (seen < rank) continue;
    const auto end = static_cast<std::int64_t>(upper_end(bucket));
    return std::chrono::nanoseconds(std::min(end, max_));
  }
  return max();
}

// Below 128 one bucket a nanosecond; above, 128 buckets to each doubling.
std::size_t LatencyHistogram::to_bucket(std::uint64_t nanoseconds) noexcept {
  if (nanoseconds < kSubCount) return static_cast<std::size_t>(nanoseconds);
  const auto doublings = static_cast<std::size_t>(std::bit_width(nanoseconds)) - kSubBits - 1;
  return doublings * kSubCount + static_cast<std::size_t>(nanoseconds >> doublings);
}

std::uint64_t LatencyHistogram::upper_end(std::size_t bucket) noexcept {
  if (bucket < 2 * kSubCount) return bucket;
  const std::size_t doublings = bucket / kSubCount - 1;
  const std::uint64_t first = bucket - doublings * kSubCount;
  return ((first + 1) << doublings) - 1;
}

}  // namespace cli
