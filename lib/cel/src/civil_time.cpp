#include "civil_time.hpp"

#include <chrono>

namespace cel {

CivilTime to_civil_time(std::int64_t unix_seconds) noexcept {
  const std::chrono::sys_seconds moment{std::chrono::seconds(unix_seconds)};
  const auto midnight = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(midnight);
  const auto new_year = std::chrono::sys_days(date.year() / std::chrono::January / 1);
  const auto second = static_cast<int>((moment - midnight).count());
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(std::chrono::weekday(midnight).c_encoding()),
          static_cast<int>((midnight - new_year).count()) + 1,
          second / 3600,
          second / 60 % 60,
          second % 60};
}

std::int64_t days_since_epoch(int year, int month, int day) noexcept {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  return std::chrono::sys_days(date).time_since_epoch().count();
}

bool is_leap_year(int year) noexcept { return std::chrono::year(year).is_leap(); }

}  // namespace cel
