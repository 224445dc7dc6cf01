// cli/moment.hpp: points in time as people give and read them, in UTC.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace cli {

// "2026-04-03", "2026-04-03T14:00", "2026-04-03T14:00:05", each with or without a Z; or a
// duration, which is so long before `now`.
[[nodiscard]] std::optional<base::WallTime> parse_moment(std::string_view text, base::WallTime now);

// What is wrong with a moment, or nothing.
[[nodiscard]] std::string check_moment(const std::string& text);

// "2026-04-03T14:00:05Z"
[[nodiscard]] std::string render_moment(base::WallTime at);

// "1h30m", to the second; "0s" for what lies ahead.
[[nodiscard]] std::string render_age(base::WallTime at, base::WallTime now);

}  // namespace cli
