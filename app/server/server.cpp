#include "server/server.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/try.hpp"
#include "connect/registry.hpp"
#include "deliver/dispatcher.hpp"
#include "intake/ack_policy.hpp"
#include "intake/router.hpp"
#include "server/certificates.hpp"
#include "server/doors.hpp"
#include "server/open_store.hpp"
#include "server/process.hpp"
#include "server/rules.hpp"
#include "server/signals.hpp"
#include "telemetry/log.hpp"

namespace server {
namespace {

using telemetry::Level;

constexpr auto kLookEvery = std::chrono::seconds(1);  // at the certificates' files
constexpr auto kDrainPoll = std::chrono::milliseconds(5);

// A connection is a descriptor: take as many as we may.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));
}

// Everything that runs, in the order in which it is made; it goes in the reverse.
struct House {
  std::unique_ptr<Rules> rules;
  std::unique_ptr<Certificates> certificates;
  std::unique_ptr<store::Outbox> outbox;
  std::unique_ptr<Doors> doors;
  std::unique_ptr<deliver::Dispatcher> dispatcher;

  ~House() {
    dispatcher.reset();
    if (doors) doors->stop();
    if (outbox) outbox->close();  // appends still come back to sinks of the doors
  }
};

using Plans = std::vector<std::unique_ptr<connectors::ConnectorPlan>>;

// Everything that can be wrong with the configuration beyond its form, found before
// anything is opened.
base::Result<Plans, config::Problems> make_plans(const config::Configuration& configuration,
                                                 const base::Clock& clock) {
  Plans plans;
  config::Problems problems;
  for (const config::ConnectorSettings& settings : configuration.connectors) {
    plans.push_back(connectors::make_plan(settings, clock, problems));
  }
  for (const config::ListenerSettings& settings : configuration.listeners) {
    if (auto policy = intake::AckPolicy::make(settings.answers); !policy) {
      std::ranges::move(policy.error(), std::back_inserter(problems));
    }
  }
  if (!problems.empty()) return base::fail(std::move(problems));
  return plans;
}

base::Result<std::vector<deliver::Destination>, std::string> make_destinations(
    const config::Configuration& configuration, Plans plans, store::Outbox& outbox) {
  std::vector<deliver::Destination> destinations;
  for (std::size_t index = 0; index < plans.size(); ++index) {
    const config::ConnectorSettings& settings = configuration.connectors[index];
    const auto id = outbox.connector_id(settings.name);
    if (!id) {
      return base::fail("connector " + settings.name + " cannot be registered in the store: " +
                        std::string(to_string(id.error().fault)));
    }
    destinations.push_back({settings.name, *id, std::move(plans[index]), settings.retry,
                            static_cast<std::uint32_t>(settings.lanes)});
  }
  return destinations;
}

base::Status<std::string> build(House& house, const config::Configuration& configuration,
                                Plans plans) {
  const base::Clock& clock = base::Clock::system();
  house.certificates = TRY(Certificates::load(configuration, clock));
  house.outbox = TRY(open_store(configuration.server, clock));
  auto destinations = TRY(make_destinations(configuration, std::move(plans), *house.outbox));
  std::vector<store::ConnectorId> routed;
  for (const deliver::Destination& destination : destinations) routed.push_back(destination.id);
  house.doors = TRY(Doors::open(configuration, intake::Router(std::move(routed)),
                                {*house.certificates, house.rules->live()}, *house.outbox, clock));
  house.dispatcher =
      std::make_unique<deliver::Dispatcher>(std::move(destinations), *house.outbox, clock);
  return base::Done{};
}

std::optional<int> next_signal(Signals& signals, const Certificates& certificates) {
  if (certificates.empty()) return signals.wait();
  return signals.wait(kLookEvery);
}

void wait_for_stop(Signals& signals, House& house, const Loader& load) {
  Certificates& certificates = *house.certificates;
  for (;;) {
    const std::optional<int> signal = next_signal(signals, certificates);
    if (!signal) {
      certificates.look();
      continue;
    }
    if (*signal != SIGHUP) {
      telemetry::log(Level::kInfo, "stopping",
                     {{"signal", *signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
      return;
    }
    if (!certificates.empty()) certificates.reload();
    house.rules->reload(load);
  }
}

// A second signal cuts the drain short.
void drain(House& house, Signals& signals, const config::ServerSettings& settings) {
  const base::Clock& clock = base::Clock::system();
  const base::SteadyTime deadline =
      clock.steady_now() + settings.pre_shutdown_delay + settings.shutdown_timeout;
  if (settings.pre_shutdown_delay > base::Duration::zero()) {
    static_cast<void>(signals.wait(settings.pre_shutdown_delay));
  }
  house.doors->drain();
  while (house.doors->session_count() > 0 && clock.steady_now() < deadline) {
    if (signals.wait(kDrainPoll)) break;
  }
  if (const std::size_t left = house.doors->session_count(); left > 0) {
    telemetry::log(Level::kWarning, "drain_incomplete", {{"connections", left}});
  }
  const base::Duration rest =
      std::max<base::Duration>(deadline - clock.steady_now(), std::chrono::seconds(1));
  const bool lanes_ended = house.dispatcher->stop(rest);
  house.doors->stop();
  house.outbox->close();
  if (lanes_ended) return;
  // A lane hangs in a target that does not answer. What it holds is due again at the
  // next start; waiting for it would only make a supervisor kill us.
  telemetry::log(Level::kWarning, "stopped", {{"lanes_ended", false}});
  std::_Exit(kExitDone);
}

}  // namespace

int serve(const config::Configuration& configuration, const Loader& load) {
  Signals signals;
  raise_descriptor_limit();
  harden_process();
  telemetry::start_log(configuration.server.log_level, configuration.server.log_format);
  if (const auto dropped = drop_privileges(configuration.server.run_as); !dropped) {
    telemetry::log(Level::kCritical, "start_failed", {{"reason", dropped.error()}});
    return kExitFailed;
  }
  for (const config::Problem& warning : configuration.warnings) {
    telemetry::log(Level::kWarning, "setting_suspicious", {{"text", config::to_string(warning)}});
  }

  auto plans = make_plans(configuration, base::Clock::system());
  auto rules = Rules::make(configuration);
  if (!plans || !rules) {
    config::Problems problems = plans ? config::Problems{} : plans.error();
    if (!rules) std::ranges::move(rules.error(), std::back_inserter(problems));
    telemetry::log(Level::kCritical, "start_failed", {{"reason", config::to_string(problems)}});
    return kExitConfig;
  }
  House house;
  house.rules = std::move(*rules);
  if (const auto built = build(house, configuration, std::move(*plans)); !built) {
    telemetry::log(Level::kCritical, "start_failed", {{"reason", built.error()}});
    return kExitFailed;
  }
  drop_last_rights();
  house.dispatcher->start();
  house.doors->start();
  telemetry::log(
      Level::kInfo, "started",
      {{"store", configuration.server.store == config::StoreKind::kMemory ? "memory (not durable)"
                                                                          : "sqlite"},
       {"connectors", configuration.connectors.size()},
       {"threads", configuration.server.threads}});
  wait_for_stop(signals, house, load);
  drain(house, signals, configuration.server);
  telemetry::log(Level::kInfo, "stopped");
  return kExitDone;
}

}  // namespace server
