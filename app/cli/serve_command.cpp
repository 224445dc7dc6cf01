#include "cli/serve_command.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "cli/exit_code.hpp"
#include "server/server.hpp"

namespace cli {

int run_serve_command(const config::ConfigurationSources& sources) {
  const auto configuration = config::load_configuration(sources);
  if (!configuration) {
    fmt::print(stderr, "{}\n", config::to_string(configuration.error()));
    return kExitUsage;
  }
  return server::serve(*configuration, [&sources] { return config::load_configuration(sources); });
}

}  // namespace cli
