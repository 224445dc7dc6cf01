#include "server/reload.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "base/try.hpp"
#include "server/destinations.hpp"
#include "telemetry/log.hpp"

namespace server {
namespace {

using telemetry::Level;

template <class T>
void add_problems(base::Result<T, config::Problems>& made, config::Problems& problems) {
  if (!made) std::ranges::move(made.error(), std::back_inserter(problems));
}

}  // namespace

base::Result<std::shared_ptr<const intake::RuleSet>, config::Problems> compile_rules(
    const config::Configuration& configuration, std::uint64_t revision) {
  return intake::RuleSet::make(configuration, revision);
}

void tell_warnings(const intake::RuleSet& rules) {
  for (const config::Problem& warning : rules.warnings()) {
    telemetry::log(Level::kWarning, "rule_suspicious", {{"text", config::to_string(warning)}});
  }
}

bool Reloader::reload(const Loader& load) {
  const auto next = load();
  const auto taken = next ? take(*next) : base::fail(config::to_string(next.error()));
  if (taken) return true;
  telemetry::log(Level::kError, "reload_refused",
                 {{"reason", taken.error()}, {"text", "all that was in force stays"}});
  return false;
}

base::Status<std::string> Reloader::take(const config::Configuration& next) {
  const std::uint64_t revision = parts_.rules.current()->revision() + 1;
  config::Problems problems = compare(next);
  auto plans = make_plans(next, clock_);
  auto rules = compile_rules(next, revision);
  add_problems(plans, problems);
  add_problems(rules, problems);
  if (!problems.empty()) return base::fail(config::to_string(problems));
  auto renewal = TRY(parts_.certificates.read(next));
  auto destinations = TRY(make_destinations(next, *std::move(plans), outbox_, parts_.questions));

  // Nothing fails from here on. The lanes of a connector that is new are in the store, so
  // that it may be owed something before it is served.
  tell_warnings(**rules);
  parts_.fields.replace(*rules);
  parts_.rules.replace({*std::move(rules), router_to(destinations)});
  const auto replaced = parts_.dispatcher.replace(std::move(destinations));
  parts_.certificates.put_in_force(std::move(renewal));
  telemetry::log(Level::kInfo, "reloaded",
                 {{"revision", revision},
                  {"connectors_added", replaced.added},
                  {"connectors_changed", replaced.changed},
                  {"connectors_removed", replaced.removed}});
  return base::Done{};
}

// Rules belong to listeners by their places.
config::Problems Reloader::compare(const config::Configuration& next) const {
  const bool same =
      std::ranges::equal(next.listeners, started_.listeners, {}, &config::ListenerSettings::name,
                         &config::ListenerSettings::name);
  if (!same) {
    return {{next.config_file, 0, 0, "listeners: others than at the start need a restart", ""}};
  }
  // Else messages would be answered AA that were to be answered by another system.
  const bool same_answers = std::ranges::equal(next.listeners, started_.listeners, {},
                                               &config::ListenerSettings::answer_from,
                                               &config::ListenerSettings::answer_from);
  if (same_answers) return {};
  return {{next.config_file, 0, 0,
           "listeners: another ack or answer_from than at the start needs a restart", ""}};
}

}  // namespace server
