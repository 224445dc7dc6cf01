#include "cel/render.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "cel/arena.hpp"
#include "cel/collections.hpp"

namespace cel {

namespace {

constexpr int kDepthMax = 100;
constexpr std::string_view kHexDigits = "0123456789abcdef";

template <class T>
void append_number(std::string& text, T value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  text.append(digits.data(), end);
}

void append_double(std::string& text, double value) {
  if (std::isnan(value)) {
    text += "double(\"NaN\")";
  } else if (std::isinf(value)) {
    text += value > 0 ? "double(\"Infinity\")" : "double(\"-Infinity\")";
  } else {
    const std::size_t begin = text.size();
    append_number(text, value);
    if (text.find_first_of(".e", begin) == std::string::npos) text += ".0";
  }
}

void append_escaped(std::string& text, char octet, bool is_text) {
  const auto code = static_cast<unsigned char>(octet);
  switch (octet) {
    case '"': text += "\\\""; return;
    case '\\': text += "\\\\"; return;
    case '\n': text += "\\n"; return;
    case '\r': text += "\\r"; return;
    case '\t': text += "\\t"; return;
    default: break;
  }
  if (code < 0x20 || code == 0x7F || (code >= 0x80 && !is_text)) {
    text += "\\x";
    text += kHexDigits[code >> 4U];
    text += kHexDigits[code & 15U];
  } else {
    text += octet;
  }
}

void append_fraction(std::string& text, std::uint64_t nanos) {
  if (nanos == 0) return;
  std::array<char, 16> digits{};
  std::snprintf(digits.data(), digits.size(), ".%09u", static_cast<unsigned>(nanos));
  std::string_view shown(digits.data());
  while (shown.back() == '0') shown.remove_suffix(1);
  text += shown;
}

void append_timestamp(std::string& text, const Value& value) {
  using std::chrono::days;
  const std::chrono::sys_seconds seconds{std::chrono::seconds{value.seconds()}};
  const auto midnight = std::chrono::floor<days>(seconds);
  const std::chrono::year_month_day date{midnight};
  const auto of_day = (seconds - midnight).count();
  std::array<char, 64> shown{};
  std::snprintf(shown.data(), shown.size(), "%04d-%02u-%02uT%02d:%02d:%02d",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(of_day / 3600),
                static_cast<int>(of_day / 60 % 60), static_cast<int>(of_day % 60));
  text += "timestamp(\"";
  text += shown.data();
  append_fraction(text, value.nanos());
  text += "Z\")";
}

void append_duration(std::string& text, std::int64_t nanos) {
  constexpr std::uint64_t kNanos = 1'000'000'000;
  const auto size =
      nanos < 0 ? 0 - static_cast<std::uint64_t>(nanos) : static_cast<std::uint64_t>(nanos);
  text += nanos < 0 ? "duration(\"-" : "duration(\"";
  append_number(text, size / kNanos);
  append_fraction(text, size % kNanos);
  text += "s\")";
}

class Writer {
 public:
  Writer(std::string& text, std::size_t bytes_max) : text_(text), end_(text.size() + bytes_max) {}

  void write(const Value& value, int depth) {
    if (depth == 0 || text_.size() > end_) {
      text_ += "…";
      return;
    }
    switch (value.kind()) {
      case Kind::kList: return write_list(value, depth - 1);
      case Kind::kMap: return write_map(value, depth - 1);
      case Kind::kOptional: return write_optional(value, depth - 1);
      default: return write_scalar(value);
    }
  }

 private:
  void write_list(const Value& list, int depth) {
    text_ += '[';
    const std::size_t size = list_size(list);
    for (std::size_t index = 0; index < size && text_.size() <= end_; ++index) {
      if (index > 0) text_ += ", ";
      write(list_at(list, index, arena_), depth);
    }
    text_ += ']';
  }

  void write_map(const Value& map, int depth) {
    text_ += '{';
    const std::size_t size = map_size(map);
    for (std::size_t index = 0; index < size && text_.size() <= end_; ++index) {
      if (index > 0) text_ += ", ";
      const MapEntry entry = map_entry_at(map, index, arena_);
      write(entry.key, depth);
      text_ += ": ";
      write(entry.value, depth);
    }
    text_ += '}';
  }

  void write_optional(const Value& value, int depth) {
    if (value.optional_value() == nullptr) {
      text_ += "optional.none()";
      return;
    }
    text_ += "optional.of(";
    write(*value.optional_value(), depth);
    text_ += ')';
  }

  void write_scalar(const Value& value) {
    switch (value.kind()) {
      case Kind::kNull: text_ += "null"; return;
      case Kind::kBool: text_ += value.as_bool() ? "true" : "false"; return;
      case Kind::kInt: return append_number(text_, value.as_int());
      case Kind::kUint:
        append_number(text_, value.as_uint());
        text_ += 'u';
        return;
      case Kind::kDouble: return append_double(text_, value.as_double());
      case Kind::kString: return append_quoted(text_, value.as_text());
      case Kind::kBytes: return write_bytes(value.as_text());
      case Kind::kType: text_ += value.as_text(); return;
      case Kind::kTimestamp: return append_timestamp(text_, value);
      case Kind::kDuration: return append_duration(text_, value.duration_nanos());
      case Kind::kError:
        text_ += "error(";
        text_ += to_string(value.fault());
        text_ += ')';
        return;
      default:
        text_ += '<';
        text_ += type_name(value);
        text_ += '>';
    }
  }

  void write_bytes(std::string_view octets) {
    text_ += "b\"";
    for (const char octet : octets) append_escaped(text_, octet, false);
    text_ += '"';
  }

  std::string& text_;
  std::size_t end_;
  Arena arena_;  // for what a host makes while it is read
};

}  // namespace

void append_quoted(std::string& text, std::string_view content) {
  text += '"';
  for (const char octet : content) append_escaped(text, octet, true);
  text += '"';
}

void append_literal(std::string& text, const Value& value, std::size_t bytes_max) {
  Writer(text, bytes_max).write(value, kDepthMax);
}

std::string to_literal(const Value& value) {
  std::string text;
  append_literal(text, value);
  return text;
}

}  // namespace cel
