// config/settings_report.hpp: a configuration, and the table of settings, for people
// and for machines.
#pragma once

#include <cstdint>
#include <string>

#include "config/configuration.hpp"

namespace config {

enum class Colors : std::uint8_t { kNone, kTerminal };

// A line for each setting, aligned in columns: name, value, origin. With colours what
// is not the default stands out.
[[nodiscard]] std::string render_table(const Configuration& configuration, Colors colors);

// {"settings":[{"name":..,"value":..,"origin":..}],"warnings":[".."]}, one line feed
// at the end.
[[nodiscard]] std::string render_json(const Configuration& configuration);

// docs/reference/settings.md, made from the table of settings.
[[nodiscard]] std::string render_reference();

}  // namespace config
