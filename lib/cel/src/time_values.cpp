#include "time_values.hpp"

#include <array>
#include <chrono>
#include <limits>

#include "number_text.hpp"

namespace cel {
namespace {

bool is_digit(char octet) noexcept { return octet >= '0' && octet <= '9'; }

// Takes fields off the front of a text; a field that is not there fails the reader.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) noexcept : text_(text) {}

  [[nodiscard]] bool has_failed() const noexcept { return failed_; }

  [[nodiscard]] std::string_view rest() const noexcept { return text_; }

  void expect(char octet) noexcept {
    if (!accept(octet)) failed_ = true;
  }

  bool accept(char octet) noexcept {
    if (!text_.starts_with(octet)) return false;
    text_.remove_prefix(1);
    return true;
  }

  // Exactly `count` digits, at most `most`.
  int number(std::size_t count, int most) noexcept {
    int value = 0;
    for (std::size_t index = 0; index < count; ++index) {
      if (text_.empty() || !is_digit(text_.front())) {
        failed_ = true;
        return 0;
      }
      value = value * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
    }
    if (value > most) failed_ = true;
    return value;
  }

  // One digit or more, the first nine of which count.
  std::int32_t nanos() noexcept {
    std::int32_t value = 0;
    std::size_t count = 0;
    for (; !text_.empty() && is_digit(text_.front()); ++count) {
      if (count < 9) value = value * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
    }
    if (count == 0) failed_ = true;
    for (; count < 9; ++count) value *= 10;
    return value;
  }

 private:
  std::string_view text_;
  bool failed_ = false;
};

// Seconds east of UTC.
int read_offset(FieldReader& fields) noexcept {
  if (fields.accept('Z')) return 0;
  const bool is_west = fields.accept('-');
  if (!is_west) fields.expect('+');
  const int hours = fields.number(2, 23);
  fields.expect(':');
  const int minutes = fields.number(2, 59);
  const int seconds = (hours * 60 + minutes) * 60;
  return is_west ? -seconds : seconds;
}

// `count` digits, right-aligned, with zeros before.
char* write_digits(char* to, std::uint64_t value, std::size_t count) noexcept {
  for (std::size_t index = count; index > 0; --index) {
    to[index - 1] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return to + count;
}

// A point and the digits of the fraction without the zeros at its end; nothing for 0.
void append_fraction(TextSink& out, std::uint64_t nanos) noexcept {
  if (nanos == 0) return;
  std::size_t digits_count = 9;
  while (nanos % 10 == 0) {
    nanos /= 10;
    --digits_count;
  }
  std::array<char, 10> text{};
  text[0] = '.';
  write_digits(text.data() + 1, nanos, digits_count);
  out.append({text.data(), digits_count + 1});
}

std::uint64_t magnitude(std::int64_t value) noexcept {
  return value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
}

struct Unit {
  std::string_view name;
  std::uint64_t nanos;
};

constexpr std::array<Unit, 8> kUnits{{{"ns", 1},
                                      {"us", 1'000},
                                      {"\xC2\xB5s", 1'000},
                                      {"\xCE\xBCs", 1'000},
                                      {"ms", 1'000'000},
                                      {"s", 1'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"h", 3'600'000'000'000}}};

// The unit whose name is all up to the next number; null if there is none.
const Unit* take_unit(std::string_view& text) noexcept {
  std::size_t size = 0;
  while (size < text.size() && !is_digit(text[size]) && text[size] != '.') ++size;
  const std::string_view name = text.substr(0, size);
  for (const Unit& unit : kUnits) {
    if (unit.name == name) {
      text.remove_prefix(size);
      return &unit;
    }
  }
  return nullptr;
}

struct Part {
  std::uint64_t nanos = 0;
  std::optional<TimeFault> fault;
};

constexpr std::uint64_t kMostNanos = std::uint64_t{1} << 63U;  // one more below zero

// A fraction of a unit, rounded down to nanoseconds. Only digits that can count do.
std::uint64_t nanos_of_fraction(std::string_view digits, std::uint64_t unit_nanos) noexcept {
  std::uint64_t fraction = 0;
  std::uint64_t scale = 1;
  for (const char digit : digits) {
    if (scale == 1'000'000'000'000'000'000U) break;
    fraction = fraction * 10 + static_cast<std::uint64_t>(digit - '0');
    scale *= 10;
  }
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(static_cast<Wide>(fraction) * unit_nanos / scale);
}

std::string_view take_digits(std::string_view& text) noexcept {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

// One number with its unit off the front.
Part take_part(std::string_view& text) noexcept {
  const std::string_view whole_digits = take_digits(text);
  std::string_view fraction_digits;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction_digits = take_digits(text);
  }
  if (whole_digits.empty() && fraction_digits.empty()) return {0, TimeFault::kMalformed};
  const Unit* const unit = take_unit(text);
  if (unit == nullptr) return {0, TimeFault::kMalformed};
  const auto whole =
      whole_digits.empty() ? std::optional<std::uint64_t>(0) : parse_uint(whole_digits);
  if (!whole || *whole > kMostNanos / unit->nanos) return {0, TimeFault::kOutOfRange};
  return {*whole * unit->nanos + nanos_of_fraction(fraction_digits, unit->nanos), std::nullopt};
}

}  // namespace

ParsedInstant parse_timestamp(std::string_view text) noexcept {
  FieldReader fields(text);
  const int year = fields.number(4, 9999);
  fields.expect('-');
  const int month = fields.number(2, 12);
  fields.expect('-');
  const int day = fields.number(2, 31);
  fields.expect('T');
  const int hour = fields.number(2, 23);
  fields.expect(':');
  const int minute = fields.number(2, 59);
  fields.expect(':');
  const int second = fields.number(2, 59);
  const std::int32_t nanos = fields.accept('.') ? fields.nanos() : 0;
  const int offset = read_offset(fields);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (fields.has_failed() || !fields.rest().empty() || !date.ok()) {
    return {{}, TimeFault::kMalformed};
  }
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t second_of_day = (hour * 60 + minute) * 60 + second;
  const Instant at{days * kSecondsPerDay + second_of_day - offset, nanos};
  if (!is_in_range(at)) return {{}, TimeFault::kOutOfRange};
  return {at, std::nullopt};
}

void append_timestamp(TextSink& out, const Instant& at) noexcept {
  const std::chrono::sys_seconds moment{std::chrono::seconds(at.unix_seconds)};
  const auto midnight = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(midnight);
  const auto second = static_cast<std::uint64_t>((moment - midnight).count());
  std::array<char, 19> text{};
  char* to = write_digits(text.data(), static_cast<unsigned>(static_cast<int>(date.year())), 4);
  *to++ = '-';
  to = write_digits(to, static_cast<unsigned>(date.month()), 2);
  *to++ = '-';
  to = write_digits(to, static_cast<unsigned>(date.day()), 2);
  *to++ = 'T';
  to = write_digits(to, second / 3600, 2);
  *to++ = ':';
  to = write_digits(to, second / 60 % 60, 2);
  *to++ = ':';
  write_digits(to, second % 60, 2);
  out.append({text.data(), text.size()});
  append_fraction(out, static_cast<std::uint64_t>(at.nanos));
  out.append('Z');
}

ParsedDuration parse_duration(std::string_view text) noexcept {
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return {0, std::nullopt};
  if (text.empty()) return {0, TimeFault::kMalformed};
  std::uint64_t nanos = 0;
  bool is_too_large = false;  // said only if the rest is well formed
  while (!text.empty()) {
    const Part part = take_part(text);
    if (part.fault == TimeFault::kMalformed) return {0, part.fault};
    if (part.fault || part.nanos > kMostNanos - nanos) {
      is_too_large = true;
    } else if (!is_too_large) {
      nanos += part.nanos;
    }
  }
  const std::uint64_t most = is_negative ? kMostNanos : kMostNanos - 1;
  if (is_too_large || nanos > most) return {0, TimeFault::kOutOfRange};
  return {static_cast<std::int64_t>(is_negative ? 0 - nanos : nanos), std::nullopt};
}

void append_duration(TextSink& out, std::int64_t nanos) noexcept {
  const std::uint64_t size = magnitude(nanos);
  if (nanos < 0) out.append('-');
  append_uint(out, size / kNanosPerSecond);
  append_fraction(out, size % kNanosPerSecond);
  out.append('s');
}

std::optional<std::int64_t> add_durations(std::int64_t left, std::int64_t right) noexcept {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(left, right, &sum)) return std::nullopt;
  return sum;
}

std::optional<std::int64_t> subtract_durations(std::int64_t left, std::int64_t right) noexcept {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(left, right, &difference)) return std::nullopt;
  return difference;
}

std::optional<Instant> add_duration(const Instant& at, std::int64_t nanos) noexcept {
  std::int64_t seconds = nanos / kNanosPerSecond;
  std::int64_t rest = nanos % kNanosPerSecond + at.nanos;
  if (rest < 0) {
    rest += kNanosPerSecond;
    --seconds;
  } else if (rest >= kNanosPerSecond) {
    rest -= kNanosPerSecond;
    ++seconds;
  }
  const Instant moved{at.unix_seconds + seconds, static_cast<std::int32_t>(rest)};
  if (!is_in_range(moved)) return std::nullopt;
  return moved;
}

std::optional<Instant> subtract_duration(const Instant& at, std::int64_t nanos) noexcept {
  if (nanos != std::numeric_limits<std::int64_t>::min()) return add_duration(at, -nanos);
  const auto nearly = add_duration(at, std::numeric_limits<std::int64_t>::max());
  return nearly ? add_duration(*nearly, 1) : std::nullopt;
}

std::optional<std::int64_t> duration_between(const Instant& from, const Instant& to) noexcept {
  __extension__ using Wide = __int128;
  const Wide seconds = Wide{to.unix_seconds} - from.unix_seconds;
  const Wide nanos = seconds * kNanosPerSecond + to.nanos - from.nanos;
  if (nanos < std::numeric_limits<std::int64_t>::min() ||
      nanos > std::numeric_limits<std::int64_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(nanos);
}

}  // namespace cel
