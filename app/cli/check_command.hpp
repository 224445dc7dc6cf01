// cli/check_command.hpp: `mllp-server check`, the rules tried before they serve.
#pragma once

#include <string>
#include <vector>

#include "config/configuration.hpp"

namespace cli {

struct CheckCommandOptions {
  std::vector<std::string> paths;  // "-" is stdin
  std::string listener;            // empty: the first
  bool json = false;
};

// Compiles the rules, runs their tests and judges the files. Prints to standard output;
// faults and warnings of the configuration to standard error. Returns the exit code: 0;
// 1 if a test failed or a file would be refused; 2 if the configuration is wrong or a
// file cannot be read.
[[nodiscard]] int run_check_command(const config::ConfigurationSources& sources,
                                    const CheckCommandOptions& options);

}  // namespace cli
