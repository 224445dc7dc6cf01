// civil_time.hpp: what a clock and a calendar on a wall show.
#pragma once

#include <cstdint>

namespace cel {

// In the proleptic Gregorian calendar.
struct CivilTime {
  int year;
  int month;        // 1 to 12
  int day;          // 1 to 31
  int day_of_week;  // 0 is Sunday
  int day_of_year;  // 1 to 366
  int hour;
  int minute;
  int second;
};

// REQUIRES: a second of the years -9999 to 19999.
[[nodiscard]] CivilTime to_civil_time(std::int64_t unix_seconds) noexcept;

// Midnight at the beginning of that day, as a number of days since 1970-01-01.
[[nodiscard]] std::int64_t days_since_epoch(int year, int month, int day) noexcept;

[[nodiscard]] bool is_leap_year(int year) noexcept;

}  // namespace cel
