#include "net/rate_bucket.hpp"

#include <algorithm>
#include <chrono>

namespace net {
namespace {

constexpr base::Duration kBurst = std::chrono::seconds(1);

}  // namespace

RateBucket::RateBucket(std::uint64_t per_second)
    : interval_(std::chrono::duration_cast<base::Duration>(std::chrono::seconds(1)) /
                static_cast<std::int64_t>(std::max<std::uint64_t>(per_second, 1))) {}

std::optional<base::SteadyTime> RateBucket::reserve(base::SteadyTime now, base::Duration patience) {
  const base::Lock lock(mutex_);
  const base::SteadyTime paced = std::max(next_due_, now);
  const base::SteadyTime due = std::max(now, paced + interval_ - kBurst);
  if (due - now > patience) return std::nullopt;
  next_due_ = paced + interval_;
  return due;
}

bool RateBucket::is_busy(base::SteadyTime now) const {
  const base::Lock lock(mutex_);
  return next_due_ > now;
}

std::shared_ptr<RateBucket> RateLimiter::bucket(const boost::asio::ip::address& address,
                                                base::SteadyTime now) {
  if (per_second_ == 0) return nullptr;
  const base::Lock lock(mutex_);
  if (buckets_.size() > kSweepAbove) {
    std::erase_if(buckets_, [now](const auto& entry) {
      return entry.second.use_count() == 1 && !entry.second->is_busy(now);
    });
  }
  std::shared_ptr<RateBucket>& place = buckets_[address];
  if (!place) place = std::make_shared<RateBucket>(per_second_);
  return place;
}

}  // namespace net
