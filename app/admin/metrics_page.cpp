#include "admin/metrics_page.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include "admin/process_facts.hpp"
#include "telemetry/exposition.hpp"

namespace admin {
namespace {

using telemetry::Family;
using telemetry::Snapshot;

constexpr double kSecondsOfMillisecond = 1e-3;
constexpr std::array<std::string_view, 3> kStates = {"running", "waiting", "stopped"};

double to_number(std::uint64_t count) { return static_cast<double>(count); }

// Never below 0: the wall clock may have been set back.
double age_of(const std::optional<base::WallTime>& since, base::WallTime now) {
  if (!since) return 0;
  return std::max(0.0, std::chrono::duration<double>(now - *since).count());
}

void add_connector(Snapshot& page, const ConnectorFacts& facts, base::WallTime now) {
  page.add(Family::kQueue, {facts.name}, to_number(facts.waiting_count));
  page.add(Family::kQueueBytes, {facts.name}, to_number(facts.waiting_bytes));
  page.add(Family::kOldest, {facts.name}, age_of(facts.oldest_at, now));
  page.add(Family::kParked, {facts.name}, to_number(facts.parked_count));
  for (const std::string_view state : kStates) {
    page.add(Family::kConnectorState, {facts.name, state}, state == facts.state ? 1 : 0);
  }
  page.add(Family::kConnectorAttempts, {facts.name}, to_number(facts.attempt_count));
  page.add(Family::kConnectorDelivered, {facts.name}, to_number(facts.delivered_count));
  page.add(Family::kConnectorRestarts, {facts.name}, to_number(facts.restart_count));
  page.add(Family::kConnectorLatency, {facts.name},
           telemetry::Spread{telemetry::kDeliveryBounds, kSecondsOfMillisecond, facts.latencies});
  page.add(Family::kBacklogRefused, {facts.name}, to_number(facts.backlog_refused_count));
  page.add(Family::kBacklogParked, {facts.name}, to_number(facts.backlog_parked_count));
}

void add_rule(Snapshot& page, const RuleFacts& facts) {
  page.add(Family::kRuleOutcomes, {facts.listener, facts.rule, "false"},
           to_number(facts.failed_count));
  page.add(Family::kRuleOutcomes, {facts.listener, facts.rule, "error"},
           to_number(facts.error_count));
}

void add_process(Snapshot& page) {
  const ProcessFacts process = process_facts();
  page.add(Family::kStartTime, {}, process.started_at);
  page.add(Family::kCpu, {}, process.cpu_seconds);
  page.add(Family::kMemory, {}, to_number(process.resident_bytes));
  page.add(Family::kVirtualMemory, {}, to_number(process.virtual_bytes));
  page.add(Family::kDescriptors, {}, to_number(process.descriptor_count));
  page.add(Family::kDescriptorsMax, {}, to_number(process.descriptor_count_max));
}

}  // namespace

Snapshot all_metrics(Facts& facts) {
  Snapshot page = Snapshot::of_process();
  const StatusFacts status = facts.status();
  const base::WallTime now = base::Clock::system().wall_now();
  page.add(Family::kBuild, {status.version}, 1);
  page.add(Family::kReady, {}, facts.unready(false).empty() ? 1 : 0);
  page.add(Family::kConnections, {}, to_number(status.connection_count));
  if (!status.audit_head.sequence.empty()) {
    page.add(Family::kAuditHead, {status.audit_head.sequence, status.audit_head.mac}, 1);
  }
  for (const ConnectorFacts& each : facts.connectors()) add_connector(page, each, now);
  for (const RuleFacts& each : facts.rules()) add_rule(page, each);
  add_process(page);
  return page;
}

std::string metrics_page(Facts& facts) { return telemetry::render_exposition(all_metrics(facts)); }

}  // namespace admin
