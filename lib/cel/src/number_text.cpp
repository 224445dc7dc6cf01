#include "number_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace cel {
namespace {

// The fewest digits of a finite value and where its decimal point stands:
// 0.d1d2d3... x 10^point.
struct Decimal {
  std::array<char, 20> digits{};
  std::size_t digits_count = 0;
  int point = 0;
  bool is_negative = false;

  [[nodiscard]] std::string_view text() const noexcept { return {digits.data(), digits_count}; }
};

// Reads d[.ddd]e[+-]dd, the shortest form as the library writes it.
Decimal to_decimal(double value) noexcept {
  std::array<char, 32> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), std::abs(value),
                                     std::chars_format::scientific);
  Decimal result;
  result.is_negative = std::signbit(value);
  const char* from = text.data();
  for (; *from != 'e'; ++from) {
    if (*from != '.') result.digits[result.digits_count++] = *from;
  }
  ++from;
  if (*from == '+') ++from;
  int exponent = 0;
  std::from_chars(from, written.ptr, exponent);
  result.point = exponent + 1;
  return result;
}

void append_point_form(TextSink& out, const Decimal& value) noexcept {
  const std::string_view digits = value.text();
  if (value.point <= 0) {
    out.append("0.");
    out.append(static_cast<std::size_t>(-value.point), '0');
    out.append(digits);
    return;
  }
  const auto whole = static_cast<std::size_t>(value.point);
  if (whole >= digits.size()) {
    out.append(digits);
    out.append(whole - digits.size(), '0');
    return;
  }
  out.append(digits.substr(0, whole));
  out.append('.');
  out.append(digits.substr(whole));
}

void append_exponent_form(TextSink& out, const Decimal& value) noexcept {
  const std::string_view digits = value.text();
  out.append(digits.front());
  if (digits.size() > 1) {
    out.append('.');
    out.append(digits.substr(1));
  }
  const int exponent = value.point - 1;
  out.append(exponent < 0 ? "e-" : "e+");
  const int size = std::abs(exponent);
  if (size < 10) out.append('0');
  append_int(out, size);
}

// The first doubles above all integers of a type.
constexpr double kIntEnd = 9223372036854775808.0;
constexpr double kUintEnd = 18446744073709551616.0;

struct NamesOfInfinity {
  std::string_view positive;
  std::string_view negative;
};

// True if the value had a name and it was written.
bool append_special(TextSink& out, double value, NamesOfInfinity names) noexcept {
  if (std::isnan(value)) {
    out.append("NaN");
    return true;
  }
  if (!std::isinf(value)) return false;
  out.append(value > 0 ? names.positive : names.negative);
  return true;
}

// From this power of ten on `string` writes an exponent.
constexpr int kExponentFrom = 6;

constexpr NamesOfInfinity kLongNames{"Infinity", "-Infinity"};

// Enough for the largest double with a hundred digits behind the point.
constexpr std::size_t kLongestFixed = 1 + 309 + 1 + kPrecisionMax + 1;

void append_rounded(TextSink& out, double value, int digits_count,
                    std::chars_format format) noexcept {
  std::array<char, kLongestFixed> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, format, digits_count);
  out.append({text.data(), static_cast<std::size_t>(end.ptr - text.data())});
}

template <class Integer>
void append_integer(TextSink& out, Integer value, int base, LetterCase letters) noexcept {
  std::array<char, 66> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, base);
  if (letters == LetterCase::kUpper) {
    for (char* at = text.data(); at != end.ptr; ++at) {
      if (*at >= 'a') *at = static_cast<char>(*at - 'a' + 'A');
    }
  }
  out.append({text.data(), static_cast<std::size_t>(end.ptr - text.data())});
}

bool is_digit(char octet) noexcept { return octet >= '0' && octet <= '9'; }

// `word` is in lower case.
bool is_same_word(std::string_view text, std::string_view word) noexcept {
  if (text.size() != word.size()) return false;
  for (std::size_t index = 0; index < text.size(); ++index) {
    if ((text[index] | 0x20) != word[index]) return false;
  }
  return true;
}

// What follows 0x.
std::optional<double> parse_hexadecimal(std::string_view text) noexcept {
  if (text.find_first_of("pP") == std::string_view::npos) return std::nullopt;
  double value = 0;
  const auto read =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::hex);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// The library reports what is too near to zero as it does what is too large. REQUIRES:
// a number in decimal form that is one of the two, hence with an exponent or very long.
bool is_near_zero(std::string_view text) noexcept {
  const std::size_t exponent_at = text.find_first_of("eE");
  const std::string_view digits = text.substr(0, exponent_at);
  const std::size_t first = digits.find_first_not_of("0.");
  if (first == std::string_view::npos) return true;
  const std::size_t point = digits.find('.') < digits.size() ? digits.find('.') : digits.size();
  std::int64_t exponent = 0;
  if (exponent_at != std::string_view::npos) {
    std::string_view tail = text.substr(exponent_at + 1);
    if (tail.starts_with('+')) tail.remove_prefix(1);
    const auto read = std::from_chars(tail.data(), tail.data() + tail.size(), exponent);
    if (read.ec != std::errc()) return tail.starts_with('-');
  }
  return exponent + static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first) < 0;
}

std::optional<double> parse_decimal(std::string_view text) noexcept {
  if (text.empty() || !(is_digit(text.front()) || text.front() == '.')) return std::nullopt;
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ptr != text.data() + text.size()) return std::nullopt;
  if (read.ec == std::errc()) return value;
  if (read.ec == std::errc::result_out_of_range && is_near_zero(text)) return 0.0;
  return std::nullopt;
}

std::optional<double> parse_unsigned_double(std::string_view text) noexcept {
  if (is_same_word(text, "inf") || is_same_word(text, "infinity")) {
    return std::numeric_limits<double>::infinity();
  }
  if (text.size() > 2 && text[0] == '0' && (text[1] | 0x20) == 'x') {
    return parse_hexadecimal(text.substr(2));
  }
  return parse_decimal(text);
}

}  // namespace

void append_int(TextSink& out, std::int64_t value, int base, LetterCase letters) noexcept {
  append_integer(out, value, base, letters);
}

void append_uint(TextSink& out, std::uint64_t value, int base, LetterCase letters) noexcept {
  append_integer(out, value, base, letters);
}

void append_hex(TextSink& out, std::string_view octets, LetterCase letters) noexcept {
  const char* const digits =
      letters == LetterCase::kUpper ? "0123456789ABCDEF" : "0123456789abcdef";
  char* to = out.extend(octets.size() * 2);
  if (to == nullptr) return;
  for (const char octet : octets) {
    *to++ = digits[static_cast<unsigned char>(octet) >> 4U];
    *to++ = digits[static_cast<unsigned char>(octet) & 0xFU];
  }
}

void append_double(TextSink& out, double value) noexcept {
  if (append_special(out, value, {"+Inf", "-Inf"})) return;
  const Decimal decimal = to_decimal(value);
  if (decimal.is_negative) out.append('-');
  const int exponent = decimal.point - 1;
  if (exponent < -4 || exponent >= kExponentFrom) return append_exponent_form(out, decimal);
  append_point_form(out, decimal);
}

void append_plain_double(TextSink& out, double value) noexcept {
  if (append_special(out, value, kLongNames)) return;
  const Decimal decimal = to_decimal(value);
  if (decimal.is_negative) out.append('-');
  append_point_form(out, decimal);
}

void append_fixed(TextSink& out, double value, int digits_count) noexcept {
  if (append_special(out, value, kLongNames)) return;
  append_rounded(out, value, digits_count, std::chars_format::fixed);
}

void append_scientific(TextSink& out, double value, int digits_count) noexcept {
  if (append_special(out, value, kLongNames)) return;
  append_rounded(out, value, digits_count, std::chars_format::scientific);
}

std::optional<std::int64_t> parse_int(std::string_view text) noexcept {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
  }
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parse_uint(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_double(std::string_view text) noexcept {
  if (is_same_word(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  const auto value = parse_unsigned_double(text);
  if (!value) return std::nullopt;
  return is_negative ? -*value : *value;
}

std::optional<bool> parse_bool(std::string_view text) noexcept {
  for (const std::string_view word : {"1", "t", "true", "True", "TRUE"}) {
    if (text == word) return true;
  }
  for (const std::string_view word : {"0", "f", "false", "False", "FALSE"}) {
    if (text == word) return false;
  }
  return std::nullopt;
}

std::optional<std::int64_t> to_int(double value) noexcept {
  if (!(value > -kIntEnd && value < kIntEnd)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::optional<std::uint64_t> to_uint(double value) noexcept {
  if (!(value >= 0 && value < kUintEnd)) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

}  // namespace cel
