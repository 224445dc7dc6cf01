#include "deliver/retry_schedule.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace deliver {

base::Duration wait_after(const config::RetrySettings& settings, const Failures& failures,
                          double random) noexcept {
  using Seconds = std::chrono::duration<double>;
  const double longest = Seconds(settings.max).count();
  // Grows to infinity and no further: min() then takes the other one.
  const double grown = Seconds(settings.initial).count() *
                       std::pow(settings.multiplier, static_cast<double>(failures.count - 1));
  const double jittered = std::min(grown, longest) * (1.0 - settings.jitter * random);
  const auto wait = std::chrono::duration_cast<base::Duration>(Seconds(jittered));
  return std::max(wait, std::min(failures.retry_after.value_or(wait), settings.max));
}

bool attempts_used_up(const config::RetrySettings& settings, std::uint64_t failure_count) noexcept {
  return settings.attempts != 0 && failure_count >= settings.attempts;
}

bool is_expired(const config::RetrySettings& settings, base::WallTime received_at,
                base::WallTime now) noexcept {
  return settings.max_age > base::Duration::zero() && now - received_at > settings.max_age;
}

}  // namespace deliver
