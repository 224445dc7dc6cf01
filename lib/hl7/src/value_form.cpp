#include "value_form.hpp"

#include <cstddef>

namespace hl7 {
namespace {

constexpr std::size_t kDateDigits = 8;
constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};  // of each month

constexpr bool is_digit(char octet) noexcept { return octet >= '0' && octet <= '9'; }

std::string_view take_digits(std::string_view& text) noexcept {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

// Two digits as a number; REQUIRES: there are two.
int two_digits(std::string_view digits) noexcept {
  return (digits[0] - '0') * 10 + (digits[1] - '0');
}

bool is_leap(int year) noexcept { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

// YYYY, YYYYMM or YYYYMMDD of the calendar. REQUIRES: digits alone.
bool is_calendar(std::string_view digits) noexcept {
  if (digits.size() < 4) return false;
  const int year = two_digits(digits) * 100 + two_digits(digits.substr(2));
  if (digits.size() == 4) return true;
  if (digits.size() < 6) return false;
  const int month = two_digits(digits.substr(4));
  if (month < 1 || month > 12) return false;
  if (digits.size() == 6) return true;
  if (digits.size() != 8) return false;
  const int day = two_digits(digits.substr(6));
  return day >= 1 && day <= kDays[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

// HH, HHMM or HHMMSS; 60 is a leap second. REQUIRES: digits alone.
bool is_clock(std::string_view digits) noexcept {
  if (digits.size() != 2 && digits.size() != 4 && digits.size() != 6) return false;
  if (two_digits(digits) > 23) return false;
  if (digits.size() >= 4 && two_digits(digits.substr(2)) > 59) return false;
  return digits.size() < 6 || two_digits(digits.substr(4)) <= 60;
}

// What may stand behind the digits: a fraction, where seconds are told, and a zone.
bool is_rest_of_time(std::string_view rest, bool has_seconds) noexcept {
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    const std::size_t count = take_digits(rest).size();
    if (!has_seconds || count < 1 || count > 4) return false;
  }
  if (rest.empty()) return true;
  if (rest.front() != '+' && rest.front() != '-') return false;
  rest.remove_prefix(1);
  const std::string_view zone = take_digits(rest);
  return rest.empty() && zone.size() == 4 && is_clock(zone);
}

}  // namespace

bool is_number(std::string_view text) noexcept {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  std::size_t digit_count = take_digits(text).size();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digit_count += take_digits(text).size();
  }
  return text.empty() && digit_count > 0;
}

bool is_sequence_id(std::string_view text) noexcept {
  return !text.empty() && take_digits(text).data() != nullptr && text.empty();
}

bool is_date(std::string_view text, Version version) noexcept {
  const std::string_view digits = take_digits(text);
  if (version <= Version::kV22 && digits.size() != 8) return false;
  return text.empty() && is_calendar(digits);
}

bool is_time(std::string_view text) noexcept {
  const std::string_view digits = take_digits(text);
  return is_clock(digits) && is_rest_of_time(text, digits.size() == 6);
}

bool is_date_time(std::string_view text) noexcept {
  const std::string_view digits = take_digits(text);
  if (!is_calendar(digits.substr(0, kDateDigits))) return false;
  if (digits.size() > kDateDigits && !is_clock(digits.substr(kDateDigits))) return false;
  return is_rest_of_time(text, digits.size() == kDateDigits + 6);
}

}  // namespace hl7
