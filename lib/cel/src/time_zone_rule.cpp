#include "time_zone_rule.hpp"

#include "civil_time.hpp"
#include "time_values.hpp"

namespace cel {
namespace {

bool is_digit(char octet) noexcept { return octet >= '0' && octet <= '9'; }

bool is_letter(char octet) noexcept {
  const char lower = static_cast<char>(octet | 0x20);
  return lower >= 'a' && lower <= 'z';
}

// Takes parts off the front; a part that is not there fails the reader.
class RuleReader {
 public:
  explicit RuleReader(std::string_view text) noexcept : text_(text) {}

  [[nodiscard]] bool has_failed() const noexcept { return failed_; }

  [[nodiscard]] bool at_end() const noexcept { return text_.empty(); }

  [[nodiscard]] bool at(char octet) const noexcept { return text_.starts_with(octet); }

  bool accept(char octet) noexcept {
    if (!at(octet)) return false;
    text_.remove_prefix(1);
    return true;
  }

  void expect(char octet) noexcept {
    if (!accept(octet)) failed_ = true;
  }

  // Three letters or more, or signs, digits and letters in angle brackets.
  void name() noexcept {
    std::size_t size = 0;
    if (accept('<')) {
      size = text_.find('>');
      if (size == std::string_view::npos) return fail();
      text_.remove_prefix(size + 1);
      return;
    }
    while (size < text_.size() && is_letter(text_[size])) ++size;
    if (size < 3) return fail();
    text_.remove_prefix(size);
  }

  int number(int least, int most) noexcept {
    int value = 0;
    std::size_t size = 0;
    for (; size < text_.size() && size < 4 && is_digit(text_[size]); ++size) {
      value = value * 10 + (text_[size] - '0');
    }
    text_.remove_prefix(size);
    if (size == 0 || value < least || value > most) failed_ = true;
    return value;
  }

  // [+-]hh[:mm[:ss]], as seconds.
  std::int32_t time(int hours_most) noexcept {
    const bool is_negative = accept('-');
    if (!is_negative) accept('+');
    std::int32_t seconds = number(0, hours_most) * 3600;
    if (accept(':')) {
      seconds += number(0, 59) * 60;
      if (accept(':')) seconds += number(0, 59);
    }
    return is_negative ? -seconds : seconds;
  }

  YearlyChange change() noexcept {
    YearlyChange result;
    if (accept('M')) {
      result.month = number(1, 12);
      expect('.');
      result.week = number(1, 5);
      expect('.');
      result.day = number(0, 6);
    } else if (accept('J')) {
      result.form = YearlyChange::Form::kNonLeapDay;
      result.day = number(1, 365);
    } else {
      result.form = YearlyChange::Form::kDayOfYear;
      result.day = number(0, 365);
    }
    if (accept('/')) result.second_of_day = time(167);
    return result;
  }

 private:
  void fail() noexcept { failed_ = true; }

  std::string_view text_;
  bool failed_ = false;
};

std::int64_t day_of_weekday(int year, const YearlyChange& change) noexcept {
  const std::int64_t first = days_since_epoch(year, change.month, 1);
  const auto first_weekday = static_cast<int>(((first + 4) % 7 + 7) % 7);  // 1970-01-01: Thursday
  std::int64_t day =
      first + (change.day - first_weekday + 7) % 7 + std::int64_t{7} * (change.week - 1);
  const std::int64_t next_month = change.month == 12 ? days_since_epoch(year + 1, 1, 1)
                                                     : days_since_epoch(year, change.month + 1, 1);
  while (day >= next_month) day -= 7;
  return day;
}

// In seconds since 1970 by the clock before the change.
std::int64_t moment_of(int year, const YearlyChange& change) noexcept {
  std::int64_t day = 0;
  switch (change.form) {
    case YearlyChange::Form::kWeekday: day = day_of_weekday(year, change); break;
    case YearlyChange::Form::kDayOfYear: day = days_since_epoch(year, 1, 1) + change.day; break;
    case YearlyChange::Form::kNonLeapDay: {
      const bool is_behind_leap_day = is_leap_year(year) && change.day >= 60;
      day = days_since_epoch(year, 1, 1) + change.day - (is_behind_leap_day ? 0 : 1);
      break;
    }
  }
  return day * kSecondsPerDay + change.second_of_day;
}

}  // namespace

std::optional<TimeZoneRule> TimeZoneRule::parse(std::string_view text) noexcept {
  RuleReader reader(text);
  TimeZoneRule rule;
  reader.name();
  rule.standard_offset_ = -reader.time(24);  // the text counts to the west
  if (!reader.has_failed() && !reader.at_end()) {
    rule.has_summer_time_ = true;
    reader.name();
    rule.summer_offset_ = rule.standard_offset_ + 3600;
    if (!reader.at(',')) rule.summer_offset_ = -reader.time(24);
    reader.expect(',');
    rule.summer_begins_ = reader.change();
    reader.expect(',');
    rule.summer_ends_ = reader.change();
  }
  if (reader.has_failed() || !reader.at_end()) return std::nullopt;
  return rule;
}

std::int32_t TimeZoneRule::offset_at(std::int64_t unix_seconds) const noexcept {
  if (!has_summer_time_) return standard_offset_;
  const int year = to_civil_time(unix_seconds + standard_offset_).year;
  const std::int64_t begin = moment_of(year, summer_begins_) - standard_offset_;
  const std::int64_t end = moment_of(year, summer_ends_) - summer_offset_;
  const bool is_summer = begin < end ? unix_seconds >= begin && unix_seconds < end
                                     : unix_seconds >= begin || unix_seconds < end;
  return is_summer ? summer_offset_ : standard_offset_;
}

}  // namespace cel
