#include "cli/config_command.hpp"

#include <iostream>

#include "cli/exit_code.hpp"
#include "config/settings_report.hpp"

namespace cli {
namespace {

// A full disk or a closed pipe: what was to be printed did not arrive.
int finish_output() { return std::cout.flush() ? kExitDone : kExitFailed; }

}  // namespace

int run_config_command(const config::ConfigurationSources& sources, ConfigCommandOptions options) {
  if (options.reference) {
    std::cout << config::render_reference();
    return finish_output();
  }
  const auto configuration = config::load_configuration(sources);
  if (!configuration) {
    std::cerr << config::to_string(configuration.error()) << '\n';
    return kExitUsage;
  }
  if (options.json) {
    std::cout << config::render_json(*configuration);
    return finish_output();
  }
  for (const config::Problem& warning : configuration->warnings) {
    std::cerr << "warning: " << config::to_string(warning) << '\n';
  }
  const auto colors = options.color ? config::Colors::kTerminal : config::Colors::kNone;
  std::cout << config::render_table(*configuration, colors);
  return finish_output();
}

}  // namespace cli
