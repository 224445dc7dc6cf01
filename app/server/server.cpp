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
#include "deliver/dispatcher.hpp"
#include "intake/live_rules.hpp"
#include "server/admin_door.hpp"
#include "server/certificates.hpp"
#include "server/control.hpp"
#include "server/destinations.hpp"
#include "server/doors.hpp"
#include "server/open_store.hpp"
#include "server/overview.hpp"
#include "server/process.hpp"
#include "server/reload.hpp"
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
  std::unique_ptr<intake::LiveRules> rules;
  std::unique_ptr<Certificates> certificates;
  Store store;
  std::unique_ptr<Doors> doors;
  std::unique_ptr<deliver::Dispatcher> dispatcher;
  std::unique_ptr<Control> control;

  ~House() {
    if (control) control->stop();
    dispatcher.reset();
    if (doors) doors->stop();
    if (store.archive) store.archive->close();
    if (store.outbox) store.outbox->close();  // appends still come back to sinks of the doors
  }
};

base::Status<std::string> build(House& house, const config::Configuration& configuration,
                                Plans plans, std::shared_ptr<const intake::RuleSet> rules) {
  const base::Clock& clock = base::Clock::system();
  house.certificates = TRY(Certificates::load(configuration, clock));
  house.store = TRY(open_store(configuration.server, clock));
  store::Outbox& outbox = *house.store.outbox;
  auto destinations = TRY(make_destinations(configuration, std::move(plans), outbox));
  house.rules = std::make_unique<intake::LiveRules>(
      intake::InForce{std::move(rules), router_to(destinations)});
  house.doors = TRY(Doors::open(configuration, {*house.certificates, *house.rules},
                                {outbox, house.store.archive.get()}, clock));
  house.dispatcher = std::make_unique<deliver::Dispatcher>(std::move(destinations), outbox, clock);
  house.control =
      std::make_unique<Control>(outbox, house.store.archive.get(), *house.dispatcher, clock);
  return base::Done{};
}

std::optional<int> next_signal(Signals& signals, const Certificates& certificates) {
  if (certificates.empty()) return signals.wait();
  return signals.wait(kLookEvery);
}

void wait_for_stop(Signals& signals, House& house, const config::Configuration& configuration,
                   const Loader& load) {
  Certificates& certificates = *house.certificates;
  Reloader reloader(configuration, {*house.rules, certificates, *house.dispatcher},
                    *house.store.outbox, base::Clock::system());
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
    reloader.reload(load);
  }
}

// A second signal cuts the drain short.
void drain(House& house, Signals& signals, const config::ServerSettings& settings,
           Overview& overview) {
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
  house.control->stop();
  const bool lanes_ended = house.dispatcher->stop(rest);
  overview.close();
  house.doors->stop();
  if (house.store.archive) house.store.archive->close();
  house.store.outbox->close();
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
  auto rules = compile_rules(configuration, 1);
  if (!plans || !rules) {
    config::Problems problems = plans ? config::Problems{} : plans.error();
    if (!rules) std::ranges::move(rules.error(), std::back_inserter(problems));
    telemetry::log(Level::kCritical, "start_failed", {{"reason", config::to_string(problems)}});
    return kExitConfig;
  }
  tell_warnings(**rules);
  Overview overview(configuration.server, base::Clock::system());
  House house;
  const auto admin = open_admin_door(configuration.server, overview, base::Clock::system());
  if (!admin) {
    telemetry::log(Level::kCritical, "start_failed", {{"reason", admin.error()}});
    return kExitFailed;
  }
  const auto built = build(house, configuration, *std::move(plans), *std::move(rules));
  if (!built) {
    telemetry::log(Level::kCritical, "start_failed", {{"reason", built.error()}});
    return kExitFailed;
  }
  drop_last_rights();
  house.dispatcher->start();
  house.doors->start();
  overview.open({*house.rules, *house.store.outbox, *house.doors, *house.dispatcher});
  house.control->start(configuration.server.data_dir);
  telemetry::log(
      Level::kInfo, "started",
      {{"store", configuration.server.store == config::StoreKind::kMemory ? "memory (not durable)"
                                                                          : "sqlite"},
       {"connectors", configuration.connectors.size()},
       {"threads", configuration.server.threads}});
  wait_for_stop(signals, house, configuration, load);
  overview.begin_draining();
  drain(house, signals, configuration.server, overview);
  telemetry::log(Level::kInfo, "stopped");
  return kExitDone;
}

}  // namespace server
