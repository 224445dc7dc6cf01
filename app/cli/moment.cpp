#include "cli/moment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "config/values.hpp"

namespace cli {
namespace {

// Reads digits off the front, exactly `digits` of them.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (const char each : text.substr(0, digits)) {
    if (each < '0' || each > '9') return std::nullopt;
    number = number * 10 + (each - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<std::chrono::seconds> take_time(std::string_view& text) {
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  int second = 0;
  if (take(text, ':')) {
    const auto given = take_number(text, 2);
    if (!given || *given > 59) return std::nullopt;
    second = *given;
  }
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(second);
}

}  // namespace

std::optional<base::WallTime> parse_moment(std::string_view text, base::WallTime now) {
  if (const auto ago = config::parse_duration(text)) {
    return now - std::chrono::duration_cast<std::chrono::microseconds>(*ago);
  }
  const auto date = take_date(text);
  if (!date) return std::nullopt;
  base::WallTime at = *date;
  if (take(text, 'T') || take(text, ' ')) {
    const auto time = take_time(text);
    if (!time) return std::nullopt;
    at += *time;
  }
  static_cast<void>(take(text, 'Z'));
  if (!text.empty()) return std::nullopt;
  return at;
}

std::string check_moment(const std::string& text) {
  if (parse_moment(text, base::WallTime())) return {};
  return fmt::format("expected a time such as 2026-04-03T14:00 (UTC) or 2h, found {}", text);
}

std::string render_moment(base::WallTime at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::string render_age(base::WallTime at, base::WallTime now) {
  return config::to_string(std::max<base::Duration>(
      std::chrono::floor<std::chrono::seconds>(now - at), base::Duration(0)));
}

}  // namespace cli
