// hl7.timestamp and hl7.number: texts of messages as values to reckon with.
#include <charconv>
#include <cmath>
#include <ctime>
#include <optional>
#include <string_view>

#include "intake/message_functions.hpp"

namespace intake {
namespace {

using cel::Args;
using cel::Context;
using cel::Value;

constexpr std::uint64_t kTimestampCost = 20;  // a zone may be looked up
constexpr std::size_t kNumberBytesMax = 64;

bool is_digit(char octet) { return octet >= '0' && octet <= '9'; }

// Takes digits from a text, two or four at a time.
class Digits {
 public:
  explicit Digits(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool next_is_digit() const { return !rest_.empty() && is_digit(rest_.front()); }

  // None where there are fewer digits or the number is out of the range.
  std::optional<int> take(std::size_t count, int least, int most) {
    if (rest_.size() < count) return std::nullopt;
    int number = 0;
    for (const char octet : rest_.substr(0, count)) {
      if (!is_digit(octet)) return std::nullopt;
      number = number * 10 + (octet - '0');
    }
    rest_.remove_prefix(count);
    if (number < least || number > most) return std::nullopt;
    return number;
  }

  // The fraction of a second: 1 to 4 digits, in nanoseconds.
  std::optional<std::uint32_t> take_fraction() {
    std::uint32_t nanos = 0;
    std::uint32_t unit = 100'000'000;
    std::size_t count = 0;
    for (; next_is_digit() && count < 4; ++count) {
      nanos += static_cast<std::uint32_t>(rest_.front() - '0') * unit;
      unit /= 10;
      rest_.remove_prefix(1);
    }
    if (count == 0) return std::nullopt;
    return nanos;
  }

  bool take(char octet) {
    if (!rest_.starts_with(octet)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  [[nodiscard]] bool is_done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

struct Reading {
  std::tm time{};
  std::uint32_t nanos = 0;
  std::optional<int> offset_minutes;
};

// The parts of the date and the time, each only behind all before it.
bool read_parts(Digits& digits, Reading& reading) {
  struct Part {
    int* field;
    int least;
    int most;
    int shift;
  };

  std::tm& time = reading.time;
  time.tm_mday = 1;
  const auto year = digits.take(4, 0, 9999);
  if (!year) return false;
  time.tm_year = *year - 1900;
  for (const Part& part :
       {Part{&time.tm_mon, 1, 12, -1}, Part{&time.tm_mday, 1, 31, 0}, Part{&time.tm_hour, 0, 23, 0},
        Part{&time.tm_min, 0, 59, 0}, Part{&time.tm_sec, 0, 59, 0}}) {
    if (!digits.next_is_digit()) return true;
    const auto number = digits.take(2, part.least, part.most);
    if (!number) return false;
    *part.field = *number + part.shift;
  }
  if (!digits.take('.')) return true;
  const auto nanos = digits.take_fraction();
  reading.nanos = nanos.value_or(0);
  return nanos.has_value();
}

bool read_offset(Digits& digits, Reading& reading) {
  const bool is_west = digits.take('-');
  if (!is_west && !digits.take('+')) return digits.is_done();
  const auto hours = digits.take(2, 0, 14);
  const auto minutes = hours ? digits.take(2, 0, 59) : std::nullopt;
  if (!minutes) return false;
  const int offset = *hours * 60 + *minutes;
  reading.offset_minutes = is_west ? -offset : offset;
  return digits.is_done();
}

// None where the day does not exist. Without an offset: the zone of the server.
std::optional<std::time_t> to_seconds(const Reading& reading) {
  std::tm utc = reading.time;
  const std::time_t as_utc = timegm(&utc);
  if (utc.tm_mday != reading.time.tm_mday || utc.tm_mon != reading.time.tm_mon) {
    return std::nullopt;
  }
  if (reading.offset_minutes) return as_utc - std::time_t{*reading.offset_minutes} * 60;
  std::tm local = reading.time;
  local.tm_isdst = -1;
  return std::mktime(&local);
}

Value timestamp(Context& context, Args args) {
  Digits digits(args[0].as_text());
  Reading reading;
  if (!read_parts(digits, reading) || !read_offset(digits, reading)) return Context::none();
  const auto seconds = to_seconds(reading);
  if (!seconds || reading.time.tm_year < 1 - 1900) return Context::none();
  return context.some(Value::timestamp(*seconds, reading.nanos));
}

// NM: an optional sign, digits, an optional point; blanks around it do no harm.
Value number(Context& context, Args args) {
  std::string_view text = args[0].as_text();
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.size() > kNumberBytesMax) return Context::none();
  std::string_view digits = text;
  if (digits.starts_with('-')) digits.remove_prefix(1);
  if (digits.empty() || digits.find_first_not_of("0123456789.") != digits.npos) {
    return Context::none();
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  return is_whole ? context.some(Value::real(value)) : Context::none();
}

std::uint64_t cost_of_timestamp(Args /*args*/) { return kTimestampCost; }

constexpr cel::Overload kFunctions[] = {
    {.id = "hl7_timestamp",
     .form = cel::Form::kGlobal,
     .name = "hl7.timestamp",
     .signature = "(string) -> optional_type(google.protobuf.Timestamp)",
     .run = timestamp,
     .cost = cost_of_timestamp,
     .pure = false},
    {.id = "hl7_number",
     .form = cel::Form::kGlobal,
     .name = "hl7.number",
     .signature = "(string) -> optional_type(double)",
     .run = number},
};

}  // namespace

std::span<const cel::Overload> hl7_functions() noexcept { return kFunctions; }

}  // namespace intake
