// cli/health_command.hpp: `mllp-server health`, for container checks and supervisors.
#pragma once

#include "base/clock.hpp"
#include "config/configuration.hpp"

namespace cli {

struct HealthCommandOptions {
  bool ready = false;  // /readyz in place of /healthz
  bool lanes = false;  // with it: a stopped lane counts
  base::Duration timeout = std::chrono::seconds(3);
};

// Asks the server at ADMIN_ADDR. Returns 0 if it is well, 1 if it is not or does not
// answer, with the reason on stderr, 2 if the settings cannot be read.
[[nodiscard]] int run_health_command(const config::ConfigurationSources& sources,
                                     const HealthCommandOptions& options);

}  // namespace cli
