#include "hl7/timestamp.hpp"

#include <gtest/gtest.h>

namespace hl7 {
namespace {

using std::chrono::microseconds;
using std::chrono::minutes;

struct Row {
  std::int64_t unix_us;
  int offset_minutes;
  const char* with_offset;
  const char* plain;
};

const Row kRows[] = {
    {0, 0, "19700101000000+0000", "19700101000000"},
    {1'775'217'600'000'000, 0, "20260403120000+0000", "20260403120000"},
    {1'775'217'600'000'000, 120, "20260403140000+0200", "20260403140000"},
    {1'775'217'600'000'000, -330, "20260403063000-0530", "20260403063000"},
    {1'775'217'600'000'000, 765, "20260404004500+1245", "20260404004500"},
    {1'775'217'600'999'999, 0, "20260403120000+0000", "20260403120000"},
    {1'709'251'199'000'000, 0, "20240229235959+0000", "20240229235959"},
    {1'709'251'199'000'000, 1, "20240301000059+0001", "20240301000059"},
    {-1, 0, "19691231235959+0000", "19691231235959"},
    {253'402'300'799'000'000, 0, "99991231235959+0000", "99991231235959"},
};

TEST(Timestamp, IsLocalTimeToTheSecond) {
  for (const Row& row : kRows) {
    const LocalTime time{base::WallTime(microseconds(row.unix_us)), minutes(row.offset_minutes)};
    std::string with_offset;
    append_timestamp(with_offset, time, TimeForm::kOffset);
    EXPECT_EQ(with_offset, row.with_offset);
    std::string plain;
    append_timestamp(plain, time, TimeForm::kPlain);
    EXPECT_EQ(plain, row.plain);
  }
}

// --- reading

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

struct Readable {
  std::string_view text;
  std::string_view utc;  // with the default zone +0100; to the second
  TimePrecision precision;
};

const Readable kReadable[] = {
    {"2026", "20251231230000", TimePrecision::kYear},
    {"202604", "20260331230000", TimePrecision::kMonth},
    {"20260403", "20260402230000", TimePrecision::kDay},
    {"2026040314", "20260403130000", TimePrecision::kHour},
    {"202604031405", "20260403130500", TimePrecision::kMinute},
    {"20260403140559", "20260403130559", TimePrecision::kSecond},
    {"20260403140559.1", "20260403130559", TimePrecision::kFraction},
    {"20260403140559.1234", "20260403130559", TimePrecision::kFraction},
    {"20260403140559.123456789", "20260403130559", TimePrecision::kFraction},
    {"20260403140559.0", "20260403130559", TimePrecision::kFraction},
    {"20260403140559+0200", "20260403120559", TimePrecision::kSecond},
    {"20260403140559.5-0330", "20260403173559", TimePrecision::kFraction},
    {"20260403140559+0000", "20260403140559", TimePrecision::kSecond},
    {"20260403140559-0000", "20260403140559", TimePrecision::kSecond},
    {"202604031405+1400", "20260403000500", TimePrecision::kMinute},
    {"2026+0000", "20260101000000", TimePrecision::kYear},
    {"20240229", "20240228230000", TimePrecision::kDay},
    {"20000229", "20000228230000", TimePrecision::kDay},
    {"20260403000000", "20260402230000", TimePrecision::kSecond},
    {"16780101", "16771231230000", TimePrecision::kDay},
    {"22611231", "22611230230000", TimePrecision::kDay},
};

TEST(Timestamp, IsReadWithItsPrecisionAndItsZone) {
  for (const auto& [text, utc, precision] : kReadable) {
    SCOPED_TRACE(text);
    const auto read = parse_timestamp(text);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->precision, precision);
    std::string again;
    append_timestamp(again, *read);
    EXPECT_EQ(again, text);

    const auto moment = to_utc(*read, minutes(60));
    ASSERT_TRUE(moment);
    std::string written;
    append_timestamp(written, {std::chrono::floor<base::WallTime::duration>(*moment)},
                     TimeForm::kPlain);
    EXPECT_EQ(written, utc);
  }
}

TEST(Timestamp, KeepsEveryDigitOfItsFraction) {
  const auto read = parse_timestamp("20260403140559.0123-0000");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->time_of_day, hours(14) + minutes(5) + seconds(59) + nanoseconds(12'300'000));
  EXPECT_EQ(read->fraction_digits, 4);
  EXPECT_TRUE(read->offset_is_minus_zero);
  EXPECT_EQ(read->utc_offset, minutes(0));
  EXPECT_EQ(parse_timestamp("2026")->utc_offset, std::nullopt);
  EXPECT_EQ(parse_timestamp("2026-0330")->utc_offset, minutes(-210));
}

TEST(Timestamp, OutsideOfWhatNanosecondsReachIsNoMoment) {
  for (const char* text : {"1677", "2262", "0001", "9999"}) {
    const auto read = parse_timestamp(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(to_utc(*read, minutes(0)), std::nullopt) << text;
  }
}

struct Unreadable {
  std::string_view text;
  std::size_t text_index;
  std::string_view reason;
};

const Unreadable kUnreadable[] = {
    {"", 0, "a digit is expected"},
    {"202", 3, "a digit is expected"},
    {"20261", 5, "a digit is expected"},
    {"2026040", 7, "a digit is expected"},
    {"202604031", 9, "a digit is expected"},
    {"20260403140", 11, "a digit is expected"},
    {"2026040314055", 13, "a digit is expected"},
    {"20260403140559.", 15, "a digit is expected"},
    {"20260403140559.+0100", 15, "a digit is expected"},
    {"20260403140559.1234567890", 24, "that many digits are not read"},
    {"202613", 4, "there is no such month"},
    {"202600", 4, "there is no such month"},
    {"20260431", 6, "there is no such day"},
    {"20260400", 6, "there is no such day"},
    {"20260229", 6, "there is no such day"},
    {"19000229", 6, "there is no such day"},
    {"2026040324", 8, "there is no such hour"},
    {"202604031460", 10, "there is no such minute"},
    {"20260403140060", 12, "there is no such second"},
    {"20260403+2400", 9, "there is no such zone"},
    {"20260403+0060", 11, "there is no such zone"},
    {"20260403+010", 12, "a digit is expected"},
    {"20260403 ", 8, "the end is expected"},
    {" 20260403", 0, "a digit is expected"},
    {"2026-04-03", 7, "a digit is expected"},
    {"20260403T14", 8, "the end is expected"},
    {"2026040314.5", 10, "the end is expected"},
    {"20260403140559Z", 14, "the end is expected"},
    {"20260403+0100x", 13, "the end is expected"},
};

TEST(Timestamp, ThatIsNoneIsRefusedWithPlaceAndReason) {
  for (const auto& [text, index, reason] : kUnreadable) {
    SCOPED_TRACE(text);
    const auto read = parse_timestamp(text);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error(), (TimestampError{index, reason}));
  }
}

TEST(Date, HasNoTime) {
  EXPECT_EQ(parse_date("20260403")->precision, TimePrecision::kDay);
  EXPECT_EQ(parse_date("2026")->precision, TimePrecision::kYear);
  EXPECT_FALSE(parse_date("2026040314"));
  EXPECT_FALSE(parse_date("20260403+0100"));
}

TEST(TimeOfDay, HasNoDate) {
  EXPECT_EQ(parse_time_of_day("14")->precision, TimePrecision::kHour);
  EXPECT_EQ(parse_time_of_day("1405")->time_of_day, hours(14) + minutes(5));
  EXPECT_EQ(parse_time_of_day("140559.25-0500")->utc_offset, minutes(-300));
  EXPECT_EQ(parse_time_of_day("140559.25")->time_of_day,
            hours(14) + minutes(5) + seconds(59) + nanoseconds(250'000'000));
  for (const char* text : {"", "1", "2400", "140", "1405.5"}) {
    EXPECT_FALSE(parse_time_of_day(text)) << text;
  }
}

}  // namespace
}  // namespace hl7
