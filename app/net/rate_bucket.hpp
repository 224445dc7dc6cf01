// net/rate_bucket.hpp: RATE_LIMIT: how many messages a second one peer may send.
//
// All connections from one address draw from one bucket. What comes in a second may
// come at once; beyond that, each message gets a time at which it is due, and its
// connection is not read before. One whose time would be too far off gets none: it is
// refused, and its sender told to try again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include <boost/asio/ip/address.hpp>

#include "base/clock.hpp"
#include "base/mutex.hpp"

namespace net {

// Thread-safe.
class RateBucket {
 public:
  // REQUIRES: per_second at least 1.
  explicit RateBucket(std::uint64_t per_second);

  // When this message is due, `now` at the earliest and `patience` from now at the
  // latest; none if there is no such time.
  [[nodiscard]] std::optional<base::SteadyTime> reserve(base::SteadyTime now,
                                                        base::Duration patience);

  // Whether it has anything to remember.
  [[nodiscard]] bool is_busy(base::SteadyTime now) const;

 private:
  const base::Duration interval_;
  mutable base::Mutex mutex_;
  base::SteadyTime next_due_ GUARDED_BY(mutex_){};  // if it came at an even pace
};

// The buckets of a listener. Thread-safe.
class RateLimiter {
 public:
  explicit RateLimiter(std::uint64_t per_second) : per_second_(per_second) {}

  // The address' bucket, the same for one that has been away for a moment. Null
  // without a limit.
  [[nodiscard]] std::shared_ptr<RateBucket> bucket(const boost::asio::ip::address& address,
                                                   base::SteadyTime now);

 private:
  static constexpr std::size_t kSweepAbove = 1024;

  const std::uint64_t per_second_;  // 0: no limit
  base::Mutex mutex_;
  std::map<boost::asio::ip::address, std::shared_ptr<RateBucket>> buckets_ GUARDED_BY(mutex_);
};

}  // namespace net
