// hl7/timestamp.hpp: points in time as HL7 writes them.
//
//     YYYY[MM[DD[HH[MM[SS[.S[S…]]]]]]][+ZZZZ or -ZZZZ]     date and time: TS, DTM
//     YYYY[MM[DD]]                                         date: DT
//     HH[MM[SS[.S[S…]]]][+ZZZZ or -ZZZZ]                   time of day: TM
//
// How many digits are written is how precise the sender is, and a zone that is
// not written is the sender's own: both are kept. Only a moment in UTC needs a
// default zone, and takes the begin of what is not said.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace hl7 {

enum class TimeForm : std::uint8_t {
  kOffset = 1,  // 20260403140000+0200
  kPlain = 2,   // 20260403140000
};

// A point in time as a clock on a wall in some zone shows it.
struct LocalTime {
  base::WallTime at{};                 // UTC; REQUIRES: in the years 0 to 9999
  std::chrono::minutes utc_offset{0};  // east is positive; REQUIRES: less than a day
};

// Appends local time to the second (cut, not rounded).
void append_timestamp(std::string& out, const LocalTime& time, TimeForm form);

// --- reading

// What the last digits say. Grows with it: compare with <.
enum class TimePrecision : std::uint8_t {
  kYear = 1,
  kMonth = 2,
  kDay = 3,
  kHour = 4,
  kMinute = 5,
  kSecond = 6,
  kFraction = 7,
};

inline constexpr std::size_t kFractionDigitsMax = 9;  // the standard knows 4

// What stands in a message, digit for digit.
struct Timestamp {
  std::chrono::year_month_day date{};       // a day that exists; begins of what is not said
  std::chrono::nanoseconds time_of_day{0};  // likewise; less than a day
  TimePrecision precision = TimePrecision::kYear;
  std::uint8_t fraction_digits = 0;  // more than 0 at kFraction alone

  // None where it is not written. East is positive.
  std::optional<std::chrono::minutes> utc_offset{};

  // "-0000": from 2.9 on the time is UTC, and what clocks showed is not known.
  bool offset_is_minus_zero = false;

  friend bool operator==(const Timestamp&, const Timestamp&) = default;
};

struct TimestampError {
  std::size_t text_index;   // 0-based, into the text given
  std::string_view reason;  // a constant, e.g. "there is no such day"

  friend bool operator==(const TimestampError&, const TimestampError&) = default;
};

using TimestampResult = base::Result<Timestamp, TimestampError>;

// The text is a component, e.g. MSH-7.1. Nothing may stand around it.
[[nodiscard]] TimestampResult parse_timestamp(std::string_view text) noexcept;
[[nodiscard]] TimestampResult parse_date(std::string_view text) noexcept;

// Of the day 1970-01-01.
[[nodiscard]] TimestampResult parse_time_of_day(std::string_view text) noexcept;

// Appends a timestamp as it was read.
void append_timestamp(std::string& out, const Timestamp& timestamp);

using UtcTime = std::chrono::sys_time<std::chrono::nanoseconds>;

// The moment at which it begins. `default_offset` is the zone where none is
// written, e.g. that of MSH-7. None where 64 bits of nanoseconds do not reach:
// before 1678 and after 2261.
[[nodiscard]] std::optional<UtcTime> to_utc(const Timestamp& timestamp,
                                            std::chrono::minutes default_offset) noexcept;

}  // namespace hl7
