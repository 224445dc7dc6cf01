// cli/latency_histogram.hpp: how long answers took, as counts in buckets.
//
// Buckets are as wide as 1/128 of what they hold, so a percentile is right to
// 0.8 % over the whole range, and memory does not grow with the messages.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cli {

// Not thread-safe. 40 KiB, all of it inside the object.
class LatencyHistogram {
 public:
  // The longest wait told apart: about 18 minutes. Longer ones count as that,
  // but for max(), which is exact.
  static constexpr std::chrono::nanoseconds kLongest{(std::int64_t{1} << 40) - 1};

  // A negative duration counts as none.
  void record(std::chrono::nanoseconds latency) noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

  [[nodiscard]] std::chrono::nanoseconds max() const noexcept {
    return std::chrono::nanoseconds(max_);
  }

  // The latency that `share` of the answers did not exceed, 0.5 for the median:
  // the upper end of its bucket, never over max(). Zero where nothing was recorded.
  // REQUIRES: 0 < share <= 1.
  [[nodiscard]] std::chrono::nanoseconds percentile(double share) const noexcept;

 private:
  static constexpr std::size_t kSubBits = 7;
  static constexpr std::size_t kSubCount = std::size_t{1} << kSubBits;
  static constexpr std::size_t kBucketCount = (40 - kSubBits + 1) * kSubCount;

  static std::size_t to_bucket(std::uint64_t nanoseconds) noexcept;
  static std::uint64_t upper_end(std::size_t bucket) noexcept;

  std::array<std::uint64_t, kBucketCount> buckets_{};
  std::uint64_t count_ = 0;
  std::int64_t max_ = 0;  // nanoseconds
};

}  // namespace cli
