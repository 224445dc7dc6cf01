#include "server/overview.hpp"

#include <sys/statvfs.h>

#include <string>
#include <string_view>
#include <utility>

#include "connect/connector.hpp"
#include "server/open_store.hpp"
#include "telemetry/metrics.hpp"

namespace server {
namespace {

// How long a failed commit is held against the store when no other has been tried: a
// server that gets no traffic for it could never show that all is well again.
constexpr auto kFailureCounts = std::chrono::seconds(10);

bool is_below_min_free(const config::ServerSettings& settings) {
  struct statvfs disk {};

  if (statvfs(settings.data_dir.c_str(), &disk) != 0) return false;
  return disk.f_bavail * disk.f_frsize < min_free_bytes(settings);
}

bool has_failed_lately(base::WallTime now) {
  const auto failed_at = telemetry::value(telemetry::Gauge::kStoreFailedAt);
  if (!failed_at) return false;
  return now - base::WallTime(std::chrono::seconds(*failed_at)) <= kFailureCounts;
}

bool is_at_max_size(const config::ServerSettings& settings) {
  const auto size = telemetry::value(telemetry::Gauge::kStoreSize);
  return settings.max_store_size != 0 && size &&
         static_cast<std::uint64_t>(*size) >= settings.max_store_size;
}

std::optional<admin::FailureFacts> to_facts(const std::optional<deliver::LastFailure>& failure) {
  if (!failure) return std::nullopt;
  return admin::FailureFacts{std::string(connectors::to_string(failure->what)), failure->reason,
                             failure->at};
}

admin::ConnectorFacts to_facts(const deliver::ConnectorStatus& status) {
  admin::ConnectorFacts facts;
  facts.name = status.name;
  facts.target = status.target;
  facts.state = deliver::to_string(status.lanes.state);
  facts.waiting_count = status.queue.waiting_count;
  facts.waiting_bytes = status.queue.waiting_bytes;
  facts.backlog_refused_count = status.queue.refused_count;
  facts.backlog_parked_count = status.queue.overflow_count;
  facts.parked_count = status.queue.parked_count;
  facts.attempt_count = status.lanes.attempt_count;
  facts.delivered_count = status.lanes.delivered_count;
  facts.restart_count = status.lanes.restart_count;
  facts.last_failure = to_facts(status.lanes.last_failure);
  facts.latencies = status.lanes.latencies;
  return facts;
}

admin::ConnectionFacts to_facts(session::SessionFacts&& session) {
  return {session.id,
          std::move(session.listener),
          std::move(session.peer),
          std::move(session.tls_identity),
          session.since,
          session.frame_count,
          session.received_bytes,
          session.in_flight_count};
}

}  // namespace

Overview::Overview(const config::ServerSettings& settings, const base::Clock& clock)
    : settings_(settings), clock_(clock), started_at_(clock.wall_now()) {}

void Overview::open(Rooms rooms) {
  const base::Lock lock(mutex_);
  rooms_.emplace(rooms);
  phase_ = Phase::kServing;
}

void Overview::begin_draining() { phase_ = Phase::kDraining; }

void Overview::close() {
  const base::Lock lock(mutex_);
  rooms_.reset();
}

std::vector<admin::Unready> Overview::unready(bool lanes_too) {
  std::vector<admin::Unready> reasons;
  const Phase phase = phase_;
  if (phase == Phase::kStarting) reasons.push_back({"starting", "the server is starting"});
  if (phase == Phase::kDraining) reasons.push_back({"draining", "the server is ending"});
  if (settings_.store == config::StoreKind::kSqlite) add_store_troubles(reasons);
  if (!lanes_too) return reasons;
  for (const admin::ConnectorFacts& each : connectors()) {
    if (each.state != "stopped") continue;
    reasons.push_back({"lane_stopped", "the lane of connector " + each.name + " has stopped"});
  }
  return reasons;
}

void Overview::add_store_troubles(std::vector<admin::Unready>& reasons) const {
  if (is_below_min_free(settings_)) {
    reasons.push_back({"disk_full", "the disk of DATA_DIR has less room than MIN_FREE"});
  } else if (is_at_max_size(settings_)) {
    reasons.push_back({"store_full",
                       "the store has reached MAX_STORE_SIZE, and what is in it is "
                       "owed"});
  } else if (has_failed_lately(clock_.wall_now())) {
    reasons.push_back({"store_failing", "the last commit failed"});
  }
}

admin::StatusFacts Overview::status() {
  admin::StatusFacts facts;
  facts.version = MLLP_SERVER_VERSION;
  facts.store = settings_.store == config::StoreKind::kMemory ? "memory" : "sqlite";
  facts.started_at = started_at_;
  const Phase phase = phase_;
  facts.phase = phase == Phase::kStarting  ? "starting"
                : phase == Phase::kServing ? "serving"
                                           : "draining";
  const base::Lock lock(mutex_);
  if (!rooms_) return facts;
  facts.config_revision = rooms_->rules.current()->revision();
  facts.connection_count = rooms_->doors.session_count();
  facts.listeners = rooms_->doors.addresses();
  if (rooms_->trail != nullptr) {
    const audit::Head head = rooms_->trail->published();
    facts.audit_head = {std::to_string(head.sequence), audit::to_hex(head.mac)};
  }
  return facts;
}

std::vector<admin::ConnectorFacts> Overview::connectors() {
  std::vector<admin::ConnectorFacts> all;
  const base::Lock lock(mutex_);
  if (!rooms_) return all;
  for (const deliver::ConnectorStatus& each : rooms_->dispatcher.status()) {
    all.push_back(to_facts(each));
    const auto oldest = rooms_->outbox.oldest(each.id);
    if (oldest && *oldest) all.back().oldest_at = (*oldest)->received_at;
  }
  return all;
}

std::vector<admin::ConnectionFacts> Overview::connections() {
  std::vector<admin::ConnectionFacts> all;
  const base::Lock lock(mutex_);
  if (!rooms_) return all;
  for (session::SessionFacts& each : rooms_->doors.sessions(admin::kConnectionsShownMax)) {
    all.push_back(to_facts(std::move(each)));
  }
  return all;
}

std::vector<admin::RuleFacts> Overview::rules() {
  std::vector<admin::RuleFacts> all;
  const base::Lock lock(mutex_);
  if (!rooms_) return all;
  const auto in_force = rooms_->rules.current();
  const std::vector<std::string> names = rooms_->doors.listener_names();
  for (std::size_t index = 0; in_force->rules && index < names.size(); ++index) {
    for (const intake::Rule& rule : in_force->rules->rules(index)) {
      all.push_back(
          {names[index], rule.name, rule.counts->failed.load(), rule.counts->errors.load()});
    }
  }
  return all;
}

}  // namespace server
