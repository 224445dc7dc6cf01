#include "server/rules.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/try.hpp"
#include "telemetry/log.hpp"

namespace server {
namespace {

using telemetry::Level;

void tell_warnings(const intake::RuleSet& rules) {
  for (const config::Problem& warning : rules.warnings()) {
    telemetry::log(Level::kWarning, "rule_suspicious", {{"text", config::to_string(warning)}});
  }
}

void tell_refused(const config::Problems& problems) {
  telemetry::log(
      Level::kError, "reload_refused",
      {{"reason", config::to_string(problems)}, {"text", "the rules that were in force stay"}});
}

}  // namespace

base::Result<std::unique_ptr<Rules>, config::Problems> Rules::make(
    const config::Configuration& configuration) {
  auto rules = TRY(intake::RuleSet::make(configuration, 1));
  tell_warnings(*rules);
  return std::unique_ptr<Rules>(new Rules(configuration, std::move(rules)));
}

void Rules::reload(const Loader& load) {
  const auto next = load();
  if (!next) return tell_refused(next.error());
  if (const auto problems = compare(*next); !problems.empty()) return tell_refused(problems);
  auto rules = intake::RuleSet::make(*next, revision_ + 1);
  if (!rules) return tell_refused(rules.error());
  ++revision_;
  tell_warnings(**rules);
  live_.replace(std::move(*rules));
  telemetry::log(Level::kInfo, "reloaded", {{"revision", revision_}});
}

// Rules belong to listeners and filters to connectors by their places: both lists must
// be those of the start.
config::Problems Rules::compare(const config::Configuration& next) const {
  config::Problems problems;
  const bool same_listeners =
      std::ranges::equal(next.listeners, started_.listeners, {}, &config::ListenerSettings::name,
                         &config::ListenerSettings::name);
  const bool same_connectors =
      std::ranges::equal(next.connectors, started_.connectors, {}, &config::ConnectorSettings::name,
                         &config::ConnectorSettings::name);
  if (!same_listeners) {
    problems.push_back(
        {next.config_file, 0, 0, "listeners: others than at the start need a restart", ""});
  }
  if (!same_connectors) {
    problems.push_back(
        {next.config_file, 0, 0, "connectors: others than at the start need a restart", ""});
  }
  return problems;
}

}  // namespace server
