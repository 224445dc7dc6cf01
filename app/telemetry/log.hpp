// telemetry/log.hpp: one line for each event, for people (text) or machines (JSON).
//
//   telemetry::log(Level::kInfo, "connection_closed",
//                  {{"connection", id}, {"reason", "idle_timeout"}, {"frames", count}});
//
// The event is a stable snake_case name that alarms may rely on; values are
// facts. No line holds patient data: at no level but kTrace may a field carry
// anything that came out of a message but its control id and type.
//
// Thread-safe. Lines go to standard error; before start_log() as text from kInfo
// up. Logging never fails and never blocks for long: a line that finds no room
// within 50 ms is lost, and the number of lost lines is told when there is room.
// Of one event at most 50 lines a second are written from kInfo up; the rest are
// counted and told as `repeated of=<event> count=<n>` before a later line.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace telemetry {

enum class Level : std::uint8_t { kTrace, kDebug, kInfo, kWarning, kError, kCritical, kOff };

enum class LogFormat : std::uint8_t { kText, kJson };

// One name and value of a line. Made for the length of a call: holds views.
struct Field {
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  // NOLINTBEGIN(google-explicit-constructor): {"name", value} is how a field is written.
  Field(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}

  Field(std::string_view field_name, const std::string& text)
      : name(field_name), value(std::string_view(text)) {}

  Field(std::string_view field_name, const char* text)
      : name(field_name), value(std::string_view(text)) {}

  Field(std::string_view field_name, bool flag) : name(field_name), value(flag) {}

  template <std::signed_integral T>
  Field(std::string_view field_name, T number)
      : name(field_name), value(static_cast<std::int64_t>(number)) {}

  template <std::unsigned_integral T>

  requires(!std::same_as<T, bool>) Field(std::string_view field_name, T number)
      : name(field_name), value(static_cast<std::uint64_t>(number)) {}

  Field(std::string_view field_name, double number) : name(field_name), value(number) {}

  // NOLINTEND(google-explicit-constructor)

  std::string_view name;
  Value value;
};

// Chooses level and form; colours are used if standard error is a terminal at this
// moment. Callable again at any time. From then on SIGPIPE is ignored: a reader of
// the log that goes away must not end the process.
void start_log(Level level, LogFormat format);

// True if a line of this level would be written: ask before making costly fields.
[[nodiscard]] bool log_enabled(Level level) noexcept;

void log(Level level, std::string_view event, std::initializer_list<Field> fields = {}) noexcept;

// The latest lines as JSON objects, the oldest first; what recent_lines.hpp says of them.
[[nodiscard]] std::vector<std::string> recent_log_lines();

}  // namespace telemetry
