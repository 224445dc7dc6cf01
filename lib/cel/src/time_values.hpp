// time_values.hpp: instants and spans of time, with the ranges of the language.
//
// A timestamp lies in the years 1 to 9999, in UTC, without leap seconds. A duration
// is a signed 64-bit number of nanoseconds, about 292 years to either side, as the
// reference has it: the difference of two timestamps further apart is an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "text_sink.hpp"

namespace cel {

inline constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr std::int64_t kSecondsPerDay = 86'400;

struct Instant {
  std::int64_t unix_seconds = 0;  // rounded down
  std::int32_t nanos = 0;         // 0 to 999,999,999, always forward

  friend bool operator==(const Instant&, const Instant&) = default;
  friend auto operator<=>(const Instant&, const Instant&) = default;
};

inline constexpr std::int64_t kFirstUnixSecond = -62'135'596'800;  // 0001-01-01T00:00:00Z
inline constexpr std::int64_t kLastUnixSecond = 253'402'300'799;   // 9999-12-31T23:59:59Z

[[nodiscard]] constexpr bool is_in_range(const Instant& at) noexcept {
  return at.unix_seconds >= kFirstUnixSecond && at.unix_seconds <= kLastUnixSecond;
}

// RFC 3339, strictly: upper-case T and Z, two digits in each field, a point before
// the fraction. Digits behind the ninth of a fraction are dropped.
enum class TimeFault : std::uint8_t {
  kMalformed = 1,
  kOutOfRange = 2,
};

struct ParsedInstant {
  Instant at;
  std::optional<TimeFault> fault;  // if set, `at` means nothing
};

[[nodiscard]] ParsedInstant parse_timestamp(std::string_view text) noexcept;

// In UTC, with as many digits of a fraction as it has: "2009-02-13T23:31:30.5Z".
// REQUIRES: is_in_range(at).
void append_timestamp(TextSink& out, const Instant& at) noexcept;

// One or more decimal numbers with units, after an optional sign: "1h45m", "-1.5s",
// "350us"; or "0". Units: h, m, s, ms, us (also µs), ns.
struct ParsedDuration {
  std::int64_t nanos;
  std::optional<TimeFault> fault;  // if set, `nanos` means nothing
};

[[nodiscard]] ParsedDuration parse_duration(std::string_view text) noexcept;

// In seconds, exactly, with as many digits of a fraction as it has: "-1.5s".
void append_duration(TextSink& out, std::int64_t nanos) noexcept;

// None where the result does not fit.
[[nodiscard]] std::optional<std::int64_t> add_durations(std::int64_t left,
                                                        std::int64_t right) noexcept;
[[nodiscard]] std::optional<std::int64_t> subtract_durations(std::int64_t left,
                                                             std::int64_t right) noexcept;
[[nodiscard]] std::optional<Instant> add_duration(const Instant& at, std::int64_t nanos) noexcept;
[[nodiscard]] std::optional<Instant> subtract_duration(const Instant& at,
                                                       std::int64_t nanos) noexcept;
[[nodiscard]] std::optional<std::int64_t> duration_between(const Instant& from,
                                                           const Instant& to) noexcept;

}  // namespace cel
