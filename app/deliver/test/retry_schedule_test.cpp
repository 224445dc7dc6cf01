#include "deliver/retry_schedule.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>

namespace deliver {
namespace {

using namespace std::chrono_literals;

// initial 1s, multiplier 2, max 5m, jitter 0.2, attempts 5: the defaults.
const config::RetrySettings kDefaults{};

config::RetrySettings without_jitter() {
  config::RetrySettings settings;
  settings.jitter = 0;
  return settings;
}

struct WaitCase {
  const char* name;
  std::uint64_t failure_count;
  double random;
  base::Duration want;
};

const WaitCase kWaits[] = {
    {"first", 1, 0.0, 1s},
    {"second_is_twice_as_long", 2, 0.0, 2s},
    {"third_again", 3, 0.0, 4s},
    {"ninth_is_the_last_below_max", 9, 0.0, 256s},
    {"tenth_is_cut_to_max", 10, 0.0, 300s},
    {"never_more_than_max", 1'000'000, 0.0, 300s},
    {"no_count_overflows", std::numeric_limits<std::uint64_t>::max(), 0.0, 300s},
    {"jitter_shortens_by_its_share_at_most", 1, 0.999999, 800ms},
    {"jitter_shortens_max_as_well", 20, 0.5, 270s},
};

TEST(RetrySchedule, WaitsGrowUpToMaxAndJitterShortensThem) {
  for (const WaitCase& each : kWaits) {
    SCOPED_TRACE(each.name);
    const auto wait = wait_after(kDefaults, {.count = each.failure_count}, each.random);
    EXPECT_NEAR(std::chrono::duration<double>(wait).count(),
                std::chrono::duration<double>(each.want).count(), 1e-3);
  }
}

struct RetryAfterCase {
  const char* name;
  base::Duration asked;
  base::Duration want;
};

const RetryAfterCase kRetryAfters[] = {
    {"longer_than_ours_is_obeyed", 30s, 30s},
    {"shorter_than_ours_is_not", 100ms, 1s},
    {"longer_than_max_is_cut_to_max", 24h, 300s},
};

TEST(RetrySchedule, HeedsWhatTheTargetAsksForUpToMax) {
  for (const RetryAfterCase& each : kRetryAfters) {
    SCOPED_TRACE(each.name);
    EXPECT_EQ(wait_after(without_jitter(), {.count = 1, .retry_after = each.asked}, 0.5),
              each.want);
  }
}

TEST(RetrySchedule, MultiplierOfOneWaitsEvenly) {
  config::RetrySettings settings = without_jitter();
  settings.multiplier = 1.0;
  EXPECT_EQ(wait_after(settings, {.count = 50}, 0.9), 1s);
}

TEST(RetrySchedule, AttemptsAreUsedUpWithTheLastOfThem) {
  EXPECT_FALSE(attempts_used_up(kDefaults, 4));
  EXPECT_TRUE(attempts_used_up(kDefaults, 5));
  EXPECT_TRUE(attempts_used_up(kDefaults, 6));
}

TEST(RetrySchedule, NoAttemptsMeansForEver) {
  config::RetrySettings settings;
  settings.attempts = 0;
  EXPECT_FALSE(attempts_used_up(settings, 1'000'000));
}

TEST(RetrySchedule, ExpiresOnlyPastMaxAgeAndOnlyIfThereIsOne) {
  const base::WallTime received(std::chrono::hours(1000));
  config::RetrySettings settings;
  EXPECT_FALSE(is_expired(settings, received, received + 24h * 365));
  settings.max_age = 10min;
  EXPECT_FALSE(is_expired(settings, received, received + 10min));
  EXPECT_TRUE(is_expired(settings, received, received + 10min + 1us));
  EXPECT_FALSE(is_expired(settings, received, received - 1h)) << "the clock was set back";
}

}  // namespace
}  // namespace deliver
