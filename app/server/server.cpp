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

#include "admin/metrics_page.hpp"
#include "base/clock.hpp"
#include "base/try.hpp"
#include "deliver/dispatcher.hpp"
#include "intake/index_fields.hpp"
#include "intake/live_rules.hpp"
#include "otlp/exporter.hpp"
#include "otlp/plan.hpp"
#include "server/admin_door.hpp"
#include "server/audit_office.hpp"
#include "server/certificates.hpp"
#include "server/control.hpp"
#include "server/destinations.hpp"
#include "server/doors.hpp"
#include "server/heartbeat.hpp"
#include "server/open_store.hpp"
#include "server/overview.hpp"
#include "server/process.hpp"
#include "server/reload.hpp"
#include "server/signals.hpp"
#include "server/start_line.hpp"
#include "server/supervisor.hpp"
#include "telemetry/line_format.hpp"
#include "telemetry/log.hpp"
#include "telemetry/log_level.hpp"

namespace server {
namespace {

using telemetry::Level;

constexpr auto kLookEvery = std::chrono::seconds(1);  // at the certificates' files
constexpr auto kDrainPoll = std::chrono::milliseconds(5);
constexpr base::Duration kForEver = std::chrono::hours(24 * 365);
constexpr std::string_view kServing = "Serving";

// A connection is a descriptor: take as many as we may.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));
}

// Everything that runs, in the order in which it is made; it goes in the reverse.
struct House {
  deliver::Questions questions;
  std::unique_ptr<intake::LiveRules> rules;
  std::unique_ptr<Certificates> certificates;
  std::unique_ptr<intake::IndexFields> fields;
  Store store;
  std::unique_ptr<AuditOffice> audit;
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
  house.fields = std::make_unique<intake::IndexFields>(configuration, rules);
  house.store = TRY(
      open_store(configuration.server, dedup_options(configuration), clock, house.fields.get()));
  house.audit = std::make_unique<AuditOffice>(
      TRY(open_trail(configuration.server, house.store.cipher)), house.store);
  store::Outbox& outbox = *house.store.outbox;
  auto destinations =
      TRY(make_destinations(configuration, std::move(plans), outbox, house.questions));
  house.rules = std::make_unique<intake::LiveRules>(
      intake::InForce{std::move(rules), router_to(destinations)});
  house.doors = TRY(Doors::open(configuration, {*house.certificates, *house.rules, house.questions},
                                {outbox, house.audit->bin(), house.store.dedup_secret}, clock));
  audit::Trail* const trail = house.audit->trail();
  house.dispatcher =
      std::make_unique<deliver::Dispatcher>(std::move(destinations), outbox, clock, trail);
  house.control = std::make_unique<Control>(Kept{outbox, house.store.archive.get(), trail},
                                            *house.dispatcher, clock);
  return house.audit->begin(house.doors->addresses());
}

std::string_view name_of(int signal) { return signal == SIGTERM ? "SIGTERM" : "SIGINT"; }

std::optional<int> next_signal(Signals& signals, const Supervisor& supervisor,
                               const Certificates& certificates) {
  std::optional<base::Duration> at_most = supervisor.alive_every();
  if (!certificates.empty()) at_most = std::min(at_most.value_or(kLookEvery), {kLookEvery});
  if (!at_most) return signals.wait();
  return signals.wait(*at_most);
}

// SIGUSR1: every line but those of trace, which may hold patient data. SIGUSR2: as set.
void change_log_level(int signal, Level as_set) {
  const Level level = signal == SIGUSR1 ? std::min(Level::kDebug, as_set) : as_set;
  telemetry::set_log_level(level);
  telemetry::log(std::max(level, Level::kInfo), "log_level_changed",
                 {{"level", telemetry::to_string(level)}});
}

// Waits so long; true if a signal to stop came.
bool stop_came(Signals& signals, base::Duration at_most) {
  const std::optional<int> signal = signals.wait(at_most);
  return signal && is_stop(*signal);
}

// The signal that it was.
int wait_for_stop(Signals& signals, Supervisor& supervisor, House& house,
                  const config::Configuration& configuration, const Loader& load) {
  Certificates& certificates = *house.certificates;
  Reloader reloader(configuration,
                    {*house.rules, *house.fields, certificates, *house.dispatcher, house.questions},
                    *house.store.outbox, base::Clock::system());
  Heartbeat heartbeat(supervisor, *house.doors);
  for (;;) {
    heartbeat.beat();
    const std::optional<int> signal = next_signal(signals, supervisor, certificates);
    if (!signal) {
      certificates.look();
      continue;
    }
    if (*signal == SIGUSR1 || *signal == SIGUSR2) {
      change_log_level(*signal, configuration.server.log_level);
      continue;
    }
    if (is_stop(*signal)) {
      telemetry::log(Level::kInfo, "stopping", {{"signal", name_of(*signal)}});
      return *signal;
    }
    supervisor.reloading();
    const bool taken = reloader.reload(load);
    house.audit->reloaded(taken, house.rules->current()->revision());
    supervisor.ready(taken ? kServing : "Serving; the last reload was refused, see the log");
  }
}

base::Duration time_to_stop(const config::ServerSettings& settings) {
  const bool for_ever = settings.shutdown_timeout == base::Duration::zero();
  return settings.pre_shutdown_delay + (for_ever ? kForEver : settings.shutdown_timeout);
}

// A second signal cuts the drain short.
void drain(House& house, int stopped_by, Signals& signals, const config::ServerSettings& settings,
           Overview& overview) {
  const base::Clock& clock = base::Clock::system();
  const base::SteadyTime serve_until = clock.steady_now() + settings.pre_shutdown_delay;
  const base::SteadyTime deadline = clock.steady_now() + time_to_stop(settings);
  while (clock.steady_now() < serve_until) {
    if (stop_came(signals, serve_until - clock.steady_now())) break;
  }
  house.doors->drain();
  while (house.doors->session_count() > 0 && clock.steady_now() < deadline) {
    if (stop_came(signals, kDrainPoll)) break;
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
  house.audit->end(name_of(stopped_by));
  if (lanes_ended) return;
  // A lane hangs in a target that does not answer. What it holds is due again at the
  // next start; waiting for it would only make a supervisor kill us.
  telemetry::log(Level::kWarning, "stopped", {{"lanes_ended", false}});
  std::_Exit(kExitDone);
}

// None where nothing of OpenTelemetry is configured.
std::unique_ptr<otlp::Exporter> start_exporter(std::optional<otlp::Plan> plan, Overview& overview) {
  if (!plan) return nullptr;
  telemetry::log(Level::kInfo, "otlp_export",
                 {{"traces", plan->traces.has_value()}, {"metrics", plan->metrics.has_value()}});
  return std::make_unique<otlp::Exporter>(
      *std::move(plan), [&overview] { return admin::all_metrics(overview); },
      base::Clock::system());
}

void tell_start(const config::Configuration& configuration, const Doors& doors,
                const admin::HttpServer* admin) {
  const bool in_memory = configuration.server.store == config::StoreKind::kMemory;
  const std::string admin_address = admin == nullptr ? "" : net::to_string(admin->endpoint());
  telemetry::log(Level::kInfo, "started",
                 {{"version", MLLP_SERVER_VERSION},
                  {"text", describe(configuration, doors.addresses(), admin_address)},
                  {"store", in_memory ? "memory (not durable)" : "sqlite"},
                  {"connectors", configuration.connectors.size()},
                  {"threads", configuration.server.threads}});
}

}  // namespace

int serve(const config::Configuration& configuration, const Loader& load) {
  Signals signals;
  Supervisor supervisor = Supervisor::from_environment();
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

  auto otlp_plan = otlp::make_plan(configuration.server.otel, MLLP_SERVER_VERSION);
  if (!otlp_plan) {
    telemetry::log(Level::kCritical, "start_failed", {{"reason", otlp_plan.error()}});
    return kExitConfig;
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
  const auto exporter = start_exporter(*std::move(otlp_plan), overview);
  house.dispatcher->start();
  house.doors->start();
  overview.open(
      {*house.rules, *house.store.outbox, *house.doors, *house.dispatcher, house.audit->trail()});
  house.control->start(configuration.server.data_dir);
  tell_start(configuration, *house.doors, admin->get());
  supervisor.ready(kServing);
  const int stopped_by = wait_for_stop(signals, supervisor, house, configuration, load);
  supervisor.stopping(time_to_stop(configuration.server));
  overview.begin_draining();
  drain(house, stopped_by, signals, configuration.server, overview);
  telemetry::log(Level::kInfo, "stopped");
  return kExitDone;
}

}  // namespace server
