#include "cli/moment.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace cli {
namespace {

using namespace std::chrono_literals;

constexpr base::WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 4 / 3) + 14h + 5s;

TEST(Moment, IsATimeInUtcOrSoLongAgo) {
  const struct {
    const char* text;
    const char* want;
  } kRows[] = {
      {"2026-04-03", "2026-04-03T00:00:00Z"},
      {"2026-04-03T14:00", "2026-04-03T14:00:00Z"},
      {"2026-04-03T14:00:05Z", "2026-04-03T14:00:05Z"},
      {"2026-04-03 23:59:59", "2026-04-03T23:59:59Z"},
      {"2h", "2026-04-03T12:00:05Z"},
      {"1d", "2026-04-02T14:00:05Z"},
  };

  for (const auto& [text, want] : kRows) {
    const auto at = parse_moment(text, kNow);
    ASSERT_TRUE(at) << text;
    EXPECT_EQ(render_moment(*at), want);
    EXPECT_EQ(check_moment(text), "");
  }
}

TEST(Moment, NothingElseIsOne) {
  for (const char* const text :
       {"", "yesterday", "2026-02-30", "2026-13-01", "2026-4-3", "2026-04-03T25:00",
        "2026-04-03T14", "2026-04-03T14:60", "2026-04-03T14:00+02:00", "2026-04-03x"}) {
    EXPECT_FALSE(parse_moment(text, kNow)) << text;
    EXPECT_NE(check_moment(text), "") << text;
  }
}

TEST(Moment, AnAgeIsToTheSecondAndNeverBelowZero) {
  EXPECT_EQ(render_age(kNow - 90min - 1ms, kNow), "1h30m");
  EXPECT_EQ(render_age(kNow + 1h, kNow), "0s");
}

}  // namespace
}  // namespace cli
