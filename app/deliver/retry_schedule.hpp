// deliver/retry_schedule.hpp: how long to wait before the next try, and when to
// try no more.
//
//     wait(n) = min(initial * multiplier^(n-1), max), less a random part of it
//               up to `jitter`                      n counts failures, from 1
//
// Pure functions: no clock, no dice of their own.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "config/configuration.hpp"

namespace deliver {

struct Failures {
  std::uint64_t count = 1;                      // in a row, this one included; at least 1
  std::optional<base::Duration> retry_after{};  // what the target asked for with the last
};

// The wait after these failures. `random` is drawn evenly from [0, 1). What the
// target asked for lengthens the wait, but not beyond `max`.
[[nodiscard]] base::Duration wait_after(const config::RetrySettings& settings,
                                        const Failures& failures, double random) noexcept;

// Whether a message that fails by itself has used up its tries. `attempts` 0: never.
[[nodiscard]] bool attempts_used_up(const config::RetrySettings& settings,
                                    std::uint64_t failure_count) noexcept;

// Whether a message received then is too old to be tried again. `max_age` 0: never.
[[nodiscard]] bool is_expired(const config::RetrySettings& settings, base::WallTime received_at,
                              base::WallTime now) noexcept;

}  // namespace deliver
