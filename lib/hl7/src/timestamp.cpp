#include "hl7/timestamp.hpp"

#include <array>
#include <cstddef>

namespace hl7 {
namespace {

// Writes `value` right-aligned with zeros; returns what follows.
char* write_digits(char* to, unsigned value, std::size_t count) noexcept {
  for (std::size_t index = count; index > 0; --index) {
    to[index - 1] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return to + count;
}

char* write_offset(char* to, std::chrono::minutes offset) noexcept {
  const bool west = offset < std::chrono::minutes(0);
  const auto minutes = static_cast<unsigned>(west ? -offset.count() : offset.count());
  *to++ = west ? '-' : '+';
  to = write_digits(to, minutes / 60, 2);
  return write_digits(to, minutes % 60, 2);
}

constexpr std::string_view kDigitExpected = "a digit is expected";
constexpr std::string_view kEndExpected = "the end is expected";

// Reads from left to right; after the first fault nothing more.
class TimestampReader {
 public:
  explicit TimestampReader(std::string_view text) noexcept : text_(text) {}

  TimestampResult read_timestamp() noexcept {
    if (read_date() && at_digit()) {
      static_cast<void>(read_time());
    }
    static_cast<void>(read_zone());
    return finish();
  }

  TimestampResult read_date_alone() noexcept {
    static_cast<void>(read_date());
    return finish();
  }

  TimestampResult read_time_alone() noexcept {
    stamp_.date = std::chrono::year{1970} / 1 / 1;
    if (read_time()) static_cast<void>(read_zone());
    return finish();
  }

 private:
  [[nodiscard]] bool at_end() const noexcept { return index_ == text_.size(); }

  [[nodiscard]] bool at_digit() const noexcept {
    return !at_end() && text_[index_] >= '0' && text_[index_] <= '9';
  }

  bool fail(std::size_t index, std::string_view reason) noexcept {
    if (!error_) error_ = TimestampError{index, reason};
    return false;
  }

  // That many digits, and a number of at most `most`.
  bool read_number(std::size_t digit_count, unsigned most, std::string_view reason,
                   unsigned& value) noexcept {
    const std::size_t begin = index_;
    value = 0;
    for (std::size_t count = 0; count < digit_count; ++count, ++index_) {
      if (!at_digit()) return fail(index_, kDigitExpected);
      value = value * 10 + static_cast<unsigned>(text_[index_] - '0');
    }
    return value <= most || fail(begin, reason);
  }

  // True if the day is there, so that a time may follow.
  bool read_date() noexcept {
    unsigned year = 0;
    unsigned month = 1;
    unsigned day = 1;
    if (!read_number(4, 9999, {}, year)) return false;
    stamp_.precision = TimePrecision::kYear;
    std::size_t begin = index_;
    if (at_digit()) {
      if (!read_number(2, 12, "there is no such month", month)) return false;
      if (month == 0) return fail(begin, "there is no such month");
      stamp_.precision = TimePrecision::kMonth;
    }
    begin = index_;
    if (at_digit()) {
      if (!read_number(2, 31, "there is no such day", day)) return false;
      stamp_.precision = TimePrecision::kDay;
    }
    stamp_.date =
        std::chrono::year{static_cast<int>(year)} / static_cast<int>(month) / static_cast<int>(day);
    if (!stamp_.date.ok()) return fail(begin, "there is no such day");
    return stamp_.precision == TimePrecision::kDay;
  }

  bool read_time() noexcept {
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    if (!read_number(2, 23, "there is no such hour", hour)) return false;
    stamp_.precision = TimePrecision::kHour;
    if (at_digit()) {
      if (!read_number(2, 59, "there is no such minute", minute)) return false;
      stamp_.precision = TimePrecision::kMinute;
    }
    if (at_digit()) {
      if (!read_number(2, 59, "there is no such second", second)) return false;
      stamp_.precision = TimePrecision::kSecond;
    }
    stamp_.time_of_day =
        std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
    return stamp_.precision < TimePrecision::kSecond || read_fraction();
  }

  bool read_fraction() noexcept {
    if (at_end() || text_[index_] != '.') return true;
    ++index_;
    if (!at_digit()) return fail(index_, kDigitExpected);
    std::uint64_t fraction = 0;
    std::uint8_t count = 0;
    for (; at_digit(); ++count, ++index_) {
      if (count == kFractionDigitsMax) return fail(index_, "that many digits are not read");
      fraction = fraction * 10 + static_cast<std::uint64_t>(text_[index_] - '0');
    }
    for (std::size_t missing = kFractionDigitsMax - count; missing > 0; --missing) fraction *= 10;
    stamp_.time_of_day += std::chrono::nanoseconds(fraction);
    stamp_.precision = TimePrecision::kFraction;
    stamp_.fraction_digits = count;
    return true;
  }

  bool read_zone() noexcept {
    if (error_ || at_end() || (text_[index_] != '+' && text_[index_] != '-')) return true;
    const bool west = text_[index_++] == '-';
    unsigned hours = 0;
    unsigned minutes = 0;
    if (!read_number(2, 23, "there is no such zone", hours)) return false;
    if (!read_number(2, 59, "there is no such zone", minutes)) return false;
    const std::chrono::minutes offset(hours * 60 + minutes);
    stamp_.utc_offset = west ? -offset : offset;
    stamp_.offset_is_minus_zero = west && offset == std::chrono::minutes(0);
    return true;
  }

  TimestampResult finish() noexcept {
    if (!at_end()) fail(index_, kEndExpected);
    if (error_) return base::fail(*error_);
    return stamp_;
  }

  std::string_view text_;
  std::size_t index_ = 0;  // what is read next
  Timestamp stamp_;
  std::optional<TimestampError> error_;
};

}  // namespace

void append_timestamp(std::string& out, const LocalTime& time, TimeForm form) {
  const auto local = std::chrono::floor<std::chrono::seconds>(time.at + time.utc_offset);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(day);
  const auto second = static_cast<unsigned>((local - day).count());

  std::array<char, 19> text{};
  char* to = text.data();
  to = write_digits(to, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  to = write_digits(to, static_cast<unsigned>(date.month()), 2);
  to = write_digits(to, static_cast<unsigned>(date.day()), 2);
  to = write_digits(to, second / 3600, 2);
  to = write_digits(to, second / 60 % 60, 2);
  to = write_digits(to, second % 60, 2);
  if (form == TimeForm::kOffset) to = write_offset(to, time.utc_offset);
  out.append(text.data(), static_cast<std::size_t>(to - text.data()));
}

TimestampResult parse_timestamp(std::string_view text) noexcept {
  return TimestampReader(text).read_timestamp();
}

TimestampResult parse_date(std::string_view text) noexcept {
  return TimestampReader(text).read_date_alone();
}

TimestampResult parse_time_of_day(std::string_view text) noexcept {
  return TimestampReader(text).read_time_alone();
}

void append_timestamp(std::string& out, const Timestamp& timestamp) {
  const TimePrecision precision = timestamp.precision;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(timestamp.time_of_day);
  const auto second = static_cast<unsigned>(seconds.count());

  std::array<char, 32> text{};
  char* to = text.data();
  to = write_digits(to, static_cast<unsigned>(static_cast<int>(timestamp.date.year())), 4);
  if (precision >= TimePrecision::kMonth) {
    to = write_digits(to, static_cast<unsigned>(timestamp.date.month()), 2);
  }
  if (precision >= TimePrecision::kDay) {
    to = write_digits(to, static_cast<unsigned>(timestamp.date.day()), 2);
  }
  if (precision >= TimePrecision::kHour) to = write_digits(to, second / 3600, 2);
  if (precision >= TimePrecision::kMinute) to = write_digits(to, second / 60 % 60, 2);
  if (precision >= TimePrecision::kSecond) to = write_digits(to, second % 60, 2);
  if (precision == TimePrecision::kFraction) {
    auto fraction = static_cast<unsigned>((timestamp.time_of_day - seconds).count());
    for (std::size_t cut = kFractionDigitsMax - timestamp.fraction_digits; cut > 0; --cut) {
      fraction /= 10;
    }
    *to++ = '.';
    to = write_digits(to, fraction, timestamp.fraction_digits);
  }
  if (timestamp.utc_offset) {
    to = write_offset(to, *timestamp.utc_offset);
    if (timestamp.offset_is_minus_zero) to[-5] = '-';
  }
  out.append(text.data(), static_cast<std::size_t>(to - text.data()));
}

std::optional<UtcTime> to_utc(const Timestamp& timestamp,
                              std::chrono::minutes default_offset) noexcept {
  const int year = static_cast<int>(timestamp.date.year());
  constexpr int kYearMin = 1678;
  constexpr int kYearMax = 2261;
  if (year < kYearMin || year > kYearMax) return std::nullopt;
  return UtcTime(std::chrono::sys_days(timestamp.date)) + timestamp.time_of_day -
         timestamp.utc_offset.value_or(default_offset);
}

}  // namespace hl7
