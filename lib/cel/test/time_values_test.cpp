#include "time_values.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cel {
namespace {

std::string text_of(const Instant& at) {
  StringSink out;
  append_timestamp(out, at);
  return std::string(out.text());
}

std::string text_of(std::int64_t nanos) {
  StringSink out;
  append_duration(out, nanos);
  return std::string(out.text());
}

TEST(TimeValues, ReadsTimestamps) {
  struct Row {
    std::string_view text;
    std::int64_t unix_seconds;
    std::int32_t nanos;
    std::string_view printed;
  };

  const Row rows[] = {
      {"1970-01-01T00:00:00Z", 0, 0, "1970-01-01T00:00:00Z"},
      {"2009-02-13T23:31:30Z", 1'234'567'890, 0, "2009-02-13T23:31:30Z"},
      {"2009-02-13T23:31:30.5Z", 1'234'567'890, 500'000'000, "2009-02-13T23:31:30.5Z"},
      {"2009-02-13T23:31:30.120Z", 1'234'567'890, 120'000'000, "2009-02-13T23:31:30.12Z"},
      {"2009-02-13T23:31:30.000000001Z", 1'234'567'890, 1, "2009-02-13T23:31:30.000000001Z"},
      {"2009-02-13T23:31:30.1234567899Z", 1'234'567'890, 123'456'789,
       "2009-02-13T23:31:30.123456789Z"},
      {"2009-02-14T01:31:30+02:00", 1'234'567'890, 0, "2009-02-13T23:31:30Z"},
      {"2009-02-13T14:01:30-09:30", 1'234'567'890, 0, "2009-02-13T23:31:30Z"},
      {"1969-12-31T23:59:59.999Z", -1, 999'000'000, "1969-12-31T23:59:59.999Z"},
      {"2000-02-29T00:00:00Z", 951'782'400, 0, "2000-02-29T00:00:00Z"},
      {"0001-01-01T00:00:00Z", kFirstUnixSecond, 0, "0001-01-01T00:00:00Z"},
      {"9999-12-31T23:59:59.999999999Z", kLastUnixSecond, 999'999'999,
       "9999-12-31T23:59:59.999999999Z"},
      {"0001-01-01T00:00:00-01:00", kFirstUnixSecond + 3600, 0, "0001-01-01T01:00:00Z"},
      {"0000-12-31T23:30:00-01:00", kFirstUnixSecond + 1800, 0, "0001-01-01T00:30:00Z"},
  };
  for (const Row& row : rows) {
    const ParsedInstant parsed = parse_timestamp(row.text);
    ASSERT_FALSE(parsed.fault) << row.text;
    EXPECT_EQ(parsed.at, (Instant{row.unix_seconds, row.nanos})) << row.text;
    EXPECT_EQ(text_of(parsed.at), row.printed);
  }
}

TEST(TimeValues, RefusesWhatIsNoTimestamp) {
  struct Row {
    std::string_view text;
    TimeFault fault;
  };

  const Row rows[] = {
      {"", TimeFault::kMalformed},
      {"2009-02-13", TimeFault::kMalformed},
      {"2009-02-13T23:31:30", TimeFault::kMalformed},
      {"2009-02-13T23:31:30z", TimeFault::kMalformed},
      {"2009-02-13t23:31:30Z", TimeFault::kMalformed},
      {"2009-02-13 23:31:30Z", TimeFault::kMalformed},
      {"2009-02-13T23:31:30Z ", TimeFault::kMalformed},
      {" 2009-02-13T23:31:30Z", TimeFault::kMalformed},
      {"2009-2-13T23:31:30Z", TimeFault::kMalformed},
      {"2009-02-13T3:31:30Z", TimeFault::kMalformed},
      {"2009-02-30T23:31:30Z", TimeFault::kMalformed},
      {"2009-02-29T23:31:30Z", TimeFault::kMalformed},
      {"1900-02-29T00:00:00Z", TimeFault::kMalformed},
      {"2009-13-13T23:31:30Z", TimeFault::kMalformed},
      {"2009-00-13T23:31:30Z", TimeFault::kMalformed},
      {"2009-02-00T23:31:30Z", TimeFault::kMalformed},
      {"2009-02-13T24:00:00Z", TimeFault::kMalformed},
      {"2009-02-13T23:60:30Z", TimeFault::kMalformed},
      {"2009-02-13T23:31:60Z", TimeFault::kMalformed},
      {"2009-02-13T23:31:30.Z", TimeFault::kMalformed},
      {"2009-02-13T23:31:30,5Z", TimeFault::kMalformed},
      {"2009-02-13T23:31:30+0200", TimeFault::kMalformed},
      {"2009-02-13T23:31:30+24:00", TimeFault::kMalformed},
      {"2009-02-13T23:31:30+02:60", TimeFault::kMalformed},
      {"10000-01-01T00:00:00Z", TimeFault::kMalformed},
      {"-001-01-01T00:00:00Z", TimeFault::kMalformed},
      {"0000-01-01T00:00:00Z", TimeFault::kOutOfRange},
      {"0001-01-01T00:00:00+01:00", TimeFault::kOutOfRange},
      {"9999-12-31T23:30:00-01:00", TimeFault::kOutOfRange},
  };
  for (const Row& row : rows) EXPECT_EQ(parse_timestamp(row.text).fault, row.fault) << row.text;
}

TEST(TimeValues, ReadsDurations) {
  struct Row {
    std::string_view text;
    std::int64_t nanos;
    std::string_view printed;
  };

  const Row rows[] = {
      {"0", 0, "0s"},
      {"-0", 0, "0s"},
      {"0s", 0, "0s"},
      {"1ns", 1, "0.000000001s"},
      {"-1ns", -1, "-0.000000001s"},
      {"1.5ns", 1, "0.000000001s"},
      {"350us", 350'000, "0.00035s"},
      {"350µs", 350'000, "0.00035s"},
      {"350μs", 350'000, "0.00035s"},
      {"1ms", 1'000'000, "0.001s"},
      {"1000000s", 1'000'000'000'000'000, "1000000s"},
      {"1h45m47s", 6'347'000'000'000, "6347s"},
      {"-1.5h", -5'400'000'000'000, "-5400s"},
      {"+1.5h", 5'400'000'000'000, "5400s"},
      {".5s", 500'000'000, "0.5s"},
      {"5.s", 5'000'000'000, "5s"},
      {"1s1s", 2'000'000'000, "2s"},
      {"0.100000000000000000000000001s", 100'000'000, "0.1s"},
      {"0.000000000000000000000000001h", 0, "0s"},
      {"9223372036.854775807s", INT64_MAX, "9223372036.854775807s"},
      {"-9223372036.854775808s", INT64_MIN, "-9223372036.854775808s"},
      {"1234567890.123456789s", 1'234'567'890'123'456'789, "1234567890.123456789s"},
      {"2562047h47m16.854775807s", INT64_MAX, "9223372036.854775807s"},
  };
  for (const Row& row : rows) {
    const ParsedDuration parsed = parse_duration(row.text);
    ASSERT_FALSE(parsed.fault) << row.text;
    EXPECT_EQ(parsed.nanos, row.nanos) << row.text;
    EXPECT_EQ(text_of(parsed.nanos), row.printed);
  }
}

TEST(TimeValues, RefusesWhatIsNoDuration) {
  for (const std::string_view text : {"", "-", "+", "1", "s", ".s", "1x", "1 s", " 1s", "1s ", "1d",
                                      "1e3s", "--1s", "1s-1s", "0x1s", "00", "1S", "1h2"}) {
    EXPECT_EQ(parse_duration(text).fault, TimeFault::kMalformed) << text;
  }
  for (const std::string_view text :
       {"9223372036.854775808s", "-9223372036.854775809s", "320000000000s", "-320000000000s",
        "2562048h", "99999999999999999999ns", "9223372036s9223372036s", "9223372036s1s"}) {
    EXPECT_EQ(parse_duration(text).fault, TimeFault::kOutOfRange) << text;
  }
}

TEST(TimeValues, AddsWithinTheRange) {
  const Instant first{kFirstUnixSecond, 0};
  const Instant last{kLastUnixSecond, 999'999'999};
  EXPECT_EQ(add_duration({0, 500'000'000}, 500'000'000), (Instant{1, 0}));
  EXPECT_EQ(add_duration({0, 500'000'000}, -500'000'001), (Instant{-1, 999'999'999}));
  EXPECT_EQ(add_duration({0, 0}, -1), (Instant{-1, 999'999'999}));
  EXPECT_EQ(add_duration(first, -1), std::nullopt);
  EXPECT_EQ(add_duration(last, 1), std::nullopt);
  EXPECT_EQ(add_duration(last, 0), last);
  EXPECT_EQ(subtract_duration({0, 0}, 1), (Instant{-1, 999'999'999}));
  EXPECT_EQ(subtract_duration(first, 1), std::nullopt);
  EXPECT_EQ(subtract_duration(last, -1), std::nullopt);
  EXPECT_EQ(subtract_duration({0, 0}, INT64_MIN), (Instant{9'223'372'036, 854'775'808}));
  EXPECT_EQ(subtract_duration({kLastUnixSecond - 9'223'372'036, 200'000'000}, INT64_MIN),
            std::nullopt);
  EXPECT_EQ(add_durations(INT64_MAX, 1), std::nullopt);
  EXPECT_EQ(add_durations(INT64_MAX, -1), INT64_MAX - 1);
  EXPECT_EQ(subtract_durations(INT64_MIN, 1), std::nullopt);
  EXPECT_EQ(subtract_durations(-1, INT64_MIN), INT64_MAX);
}

TEST(TimeValues, MeasuresBetweenTimestamps) {
  EXPECT_EQ(duration_between({0, 0}, {120, 0}), 120 * kNanosPerSecond);
  EXPECT_EQ(duration_between({0, 1}, {0, 0}), -1);
  EXPECT_EQ(duration_between({0, 0}, {9'223'372'036, 854'775'807}), INT64_MAX);
  EXPECT_EQ(duration_between({0, 0}, {9'223'372'036, 854'775'808}), std::nullopt);
  EXPECT_EQ(duration_between({0, 0}, {-9'223'372'037, 145'224'192}), INT64_MIN);
  EXPECT_EQ(duration_between({0, 0}, {-9'223'372'037, 145'224'191}), std::nullopt);
  EXPECT_EQ(duration_between({kFirstUnixSecond, 0}, {kLastUnixSecond, 0}), std::nullopt);
}

}  // namespace
}  // namespace cel
