// cli/serve_command.hpp: `mllp-server [serve]`: the server itself.
#pragma once

#include "config/configuration.hpp"

namespace cli {

// Reads the settings and serves until told to stop; returns the exit code. Where
// a setting is wrong it says so on stderr, all faults at once, and returns 2.
[[nodiscard]] int run_serve_command(const config::ConfigurationSources& sources);

}  // namespace cli
