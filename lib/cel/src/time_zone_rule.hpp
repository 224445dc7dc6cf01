// time_zone_rule.hpp: a zone's offsets by a rule that holds for ever.
//
// The rule stands as text at the end of a time zone file (RFC 8536, section 3.3), in
// the form of the POSIX variable TZ: "CET-1CEST,M3.5.0,M10.5.0/3".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cel {

// The second of each year, by the clock before the change, at which an offset changes.
struct YearlyChange {
  enum class Form : std::uint8_t {
    kWeekday,     // the `week`th `day` (0 is Sunday) of `month`; week 5 is the last
    kDayOfYear,   // day 0 to 365, February 29 counted
    kNonLeapDay,  // day 1 to 365, February 29 never counted
  };

  Form form = Form::kWeekday;
  int month = 1;
  int week = 1;
  int day = 0;
  std::int32_t second_of_day = 7200;  // may lie before or after the day
};

class TimeZoneRule {
 public:
  // None for what is not such a text, or has anything behind it.
  [[nodiscard]] static std::optional<TimeZoneRule> parse(std::string_view text) noexcept;

  // Seconds east of UTC.
  [[nodiscard]] std::int32_t offset_at(std::int64_t unix_seconds) const noexcept;

 private:
  std::int32_t standard_offset_ = 0;
  std::int32_t summer_offset_ = 0;
  bool has_summer_time_ = false;
  YearlyChange summer_begins_;
  YearlyChange summer_ends_;
};

}  // namespace cel
