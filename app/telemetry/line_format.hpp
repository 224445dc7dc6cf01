// telemetry/line_format.hpp: how an event and its fields are written as one line.
//
// Whatever octets a value holds, the line stays one line and valid UTF-8: control
// characters are escaped, an octet that is no UTF-8 becomes U+FFFD, a text over
// kFieldBytesMax octets is cut and says so.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "telemetry/log.hpp"

namespace telemetry {

inline constexpr std::size_t kFieldBytesMax = 8192;

// "connection_closed connection=17 reason=\"idle time-out\"": quotes only where a
// value would otherwise be mistaken. Time and level stand before it in the line.
[[nodiscard]] std::string render_text(std::string_view event, std::initializer_list<Field> fields);

// {"time":"2026-04-03T12:00:00.123Z","level":"info","event":"...","connection":17}
// A number that JSON cannot write (NaN, infinity) is null.
[[nodiscard]] std::string render_json(base::WallTime time, Level level, std::string_view event,
                                      std::initializer_list<Field> fields);

// UTC with milliseconds, cut and not rounded: "2026-04-03T12:00:00.123Z".
[[nodiscard]] std::string to_iso_time(base::WallTime time);

// "trace", "debug", "info", "warning", "error", "critical", "off".
[[nodiscard]] std::string_view to_string(Level level) noexcept;

// Appends `text` as a JSON string, quotes included; made safe as above, not cut.
void append_json_string(std::string& out, std::string_view text);

}  // namespace telemetry
