#include "telemetry/line_format.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "telemetry/utf8.hpp"

namespace telemetry {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

void append_escaped(std::string& out, std::string_view character) {
  switch (character.front()) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  if (!is_control(character)) {
    out += character;
    return;
  }
  // C1 controls are C2 80 to C2 9F: the second octet is the code point.
  out += fmt::format("\\u{:04x}", static_cast<unsigned char>(character.back()));
}

void append_escaped_text(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = utf8_char_bytes(text);
    if (bytes == 0) {
      out += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    append_escaped(out, text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
}

constexpr std::string_view kPlainMarks = "._-+:/@%,[]()*#~&;?!<>|^{}$";

// True where a bare word in `name=word` cannot be misread.
bool is_plain_word(std::string_view text) noexcept {
  if (text.empty()) return false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    if (!letter && !digit && kPlainMarks.find(c) == std::string_view::npos) return false;
  }
  return true;
}

std::string_view cut(std::string_view text) noexcept { return text.substr(0, kFieldBytesMax); }

void append_cut_mark(std::string& out, std::string_view text) {
  if (text.size() > kFieldBytesMax) {
    out += fmt::format("(+{} octets)", text.size() - kFieldBytesMax);
  }
}

void append_number(std::string& out, double number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

struct TextValue {
  std::string& out;

  void operator()(std::string_view text) const {
    if (is_plain_word(text) && text.size() <= kFieldBytesMax) {
      out += text;
      return;
    }
    out += '"';
    append_escaped_text(out, cut(text));
    append_cut_mark(out, text);
    out += '"';
  }

  void operator()(std::int64_t number) const { out += std::to_string(number); }

  void operator()(std::uint64_t number) const { out += std::to_string(number); }

  void operator()(double number) const { append_number(out, number); }

  void operator()(bool flag) const { out += flag ? "true" : "false"; }
};

struct JsonValue {
  std::string& out;

  void operator()(std::string_view text) const {
    out += '"';
    append_escaped_text(out, cut(text));
    append_cut_mark(out, text);
    out += '"';
  }

  void operator()(std::int64_t number) const { out += std::to_string(number); }

  void operator()(std::uint64_t number) const { out += std::to_string(number); }

  void operator()(double number) const {
    if (std::isfinite(number)) {
      append_number(out, number);
    } else {
      out += "null";
    }
  }

  void operator()(bool flag) const { out += flag ? "true" : "false"; }
};

void append_name(std::string& out, std::string_view name) {
  out += ',';
  append_json_string(out, name);
  out += ':';
}

}  // namespace

std::string render_text(std::string_view event, std::initializer_list<Field> fields) {
  std::string line;
  append_escaped_text(line, event);
  for (const Field& field : fields) {
    line += ' ';
    append_escaped_text(line, field.name);
    line += '=';
    std::visit(TextValue{line}, field.value);
  }
  return line;
}

std::string render_json(base::WallTime time, Level level, std::string_view event,
                        std::initializer_list<Field> fields) {
  std::string line =
      fmt::format(R"({{"time":"{}","level":"{}","event":)", to_iso_time(time), to_string(level));
  append_json_string(line, event);
  for (const Field& field : fields) {
    append_name(line, field.name);
    std::visit(JsonValue{line}, field.value);
  }
  line += '}';
  return line;
}

std::string to_iso_time(base::WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::milliseconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

std::string_view to_string(Level level) noexcept {
  switch (level) {
    case Level::kTrace: return "trace";
    case Level::kDebug: return "debug";
    case Level::kInfo: return "info";
    case Level::kWarning: return "warning";
    case Level::kError: return "error";
    case Level::kCritical: return "critical";
    case Level::kOff: break;
  }
  return "off";
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  append_escaped_text(out, text);
  out += '"';
}

}  // namespace telemetry
