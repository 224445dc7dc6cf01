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

}  // namespace hl7
