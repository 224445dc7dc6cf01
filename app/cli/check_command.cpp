#include "cli/check_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "base/clock.hpp"
#include "cli/check_report.hpp"
#include "cli/exit_code.hpp"
#include "intake/inspection.hpp"
#include "intake/text_file.hpp"
#include "server/destinations.hpp"
#include "telemetry/log.hpp"

namespace cli {
namespace {

constexpr std::size_t kMessageBytesMax = std::size_t{64} << 20U;

FileReport judge(const std::string& path, std::size_t listener,
                 const config::Configuration& configuration, const intake::Inspector& inspector) {
  FileReport report{path, {}, {}};
  const auto octets = intake::read_text_file(path, kMessageBytesMax);
  if (!octets) {
    report.fault = octets.error();
    return report;
  }
  report.inspection =
      inspector.inspect({.octets = *octets,
                         .listener = listener,
                         .peer = {"127.0.0.1:0", configuration.listeners[listener].name, {}, {}},
                         .now = base::Clock::system().wall_now()});
  return report;
}

// What the server would refuse at its start.
config::Problems check_connectors(const config::Configuration& configuration) {
  const auto plans = server::make_plans(configuration, base::Clock::system());
  return plans ? config::Problems{} : plans.error();
}

int fail(std::string_view what) {
  std::cerr << what << '\n';
  return kExitUsage;
}

}  // namespace

int run_check_command(const config::ConfigurationSources& sources,
                      const CheckCommandOptions& options) {
  telemetry::start_log(telemetry::Level::kOff, telemetry::LogFormat::kText);
  const auto configuration = config::load_configuration(sources);
  if (!configuration) return fail(config::to_string(configuration.error()));
  if (const auto problems = check_connectors(*configuration); !problems.empty()) {
    return fail(config::to_string(problems));
  }
  auto rules = intake::RuleSet::make(*configuration, 1);
  if (!rules) return fail(config::to_string(rules.error()));
  for (const config::Problem& warning : (*rules)->warnings()) {
    std::cerr << "warning: " << config::to_string(warning) << '\n';
  }
  std::size_t listener = 0;
  if (!options.listener.empty()) {
    const auto found = std::ranges::find(configuration->listeners, options.listener,
                                         &config::ListenerSettings::name);
    if (found == configuration->listeners.end()) {
      return fail(fmt::format("no listener is named {}", options.listener));
    }
    listener = static_cast<std::size_t>(found - configuration->listeners.begin());
  }

  const intake::Inspector inspector(*configuration, std::move(*rules));
  CheckReport report;
  for (const config::RuleTest& test : configuration->tests) {
    report.tests.push_back(run_test(test, *configuration, inspector));
  }
  for (const std::string& path : options.paths) {
    report.files.push_back(judge(path, listener, *configuration, inspector));
  }
  std::cout << (options.json ? render_json(report) : render_text(report));
  if (!std::cout.flush()) return kExitFailed;
  return report.exit_code();
}

}  // namespace cli
