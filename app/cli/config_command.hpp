// cli/config_command.hpp: `mllp-server config`, what is in force and who said so.
#pragma once

#include "config/configuration.hpp"

namespace cli {

struct ConfigCommandOptions {
  bool json = false;       // for machines
  bool color = false;      // what is not the default stands out
  bool reference = false;  // the reference page of all settings; reads no source
};

// Prints to standard output; what is wrong goes to standard error. Returns the exit
// code: 0, or 2 if the settings would not let the server start.
[[nodiscard]] int run_config_command(const config::ConfigurationSources& sources,
                                     ConfigCommandOptions options);

}  // namespace cli
