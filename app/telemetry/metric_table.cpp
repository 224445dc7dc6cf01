#include "telemetry/metric_table.hpp"

#include <fmt/format.h>

#include <array>

namespace telemetry {
namespace {

using enum MetricType;

constexpr auto kFamilies = std::to_array<FamilyInfo>({
    {Family::kAccepted, "mllp_connections_accepted_total", kCounter, "", "",
     "Connections accepted and served."},
    {Family::kRefused, "mllp_connections_refused_total", kCounter, "", "reason",
     "Connections accepted and closed at once, by reason."},
    {Family::kMisdirected, "mllp_connections_misdirected_total", kCounter, "", "kind",
     "Connections that spoke another protocol than the port's, by kind."},
    {Family::kHandshakes, "mllp_tls_handshakes_total", kCounter, "", "kind",
     "TLS handshakes, by kind."},
    {Family::kTlsFailed, "mllp_tls_handshakes_failed_total", kCounter, "", "reason",
     "TLS handshakes that failed, by reason."},
    {Family::kReloaded, "mllp_tls_reloads_total", kCounter, "", "outcome",
     "Reloads of certificates, by outcome."},
    {Family::kUnfinished, "mllp_frames_unfinished_total", kCounter, "", "",
     "Frames that were open for 5 seconds without an end."},
    {Family::kPauses, "mllp_rate_limit_pauses_total", kCounter, "", "",
     "Times that RATE_LIMIT left a connection unread for a moment."},
    {Family::kProbes, "mllp_connections_probes_total", kCounter, "", "",
     "Connections that closed without having sent an octet."},
    {Family::kClosed, "mllp_connections_closed_total", kCounter, "", "",
     "Connections that were served and have ended."},
    {Family::kTimeouts, "mllp_timeouts_total", kCounter, "", "kind",
     "Connections closed by a time-out, by kind."},
    {Family::kReceived, "mllp_received_bytes_total", kCounter, "bytes", "",
     "Octets read from connections."},
    {Family::kSent, "mllp_sent_bytes_total", kCounter, "bytes", "",
     "Octets written to connections."},
    {Family::kFrames, "mllp_frames_received_total", kCounter, "", "",
     "Frames that ended, good or not."},
    {Family::kFramesDropped, "mllp_frames_dropped_total", kCounter, "", "reason",
     "Frames dropped without an answer, by reason."},
    {Family::kFramesRefused, "mllp_frames_refused_total", kCounter, "", "reason",
     "Frames answered AR before they were a message, by reason."},
    {Family::kGarbage, "mllp_garbage_bytes_total", kCounter, "bytes", "", "Octets between frames."},
    {Family::kGarbageClosed, "mllp_garbage_limit_total", kCounter, "", "",
     "Connections closed for MAX_GARBAGE."},
    {Family::kStarts, "mllp_embedded_starts_total", kCounter, "", "",
     "Start octets taken as payload."},
    {Family::kEnds, "mllp_bare_ends_total", kCounter, "", "",
     "Frames that ended without the final CR (FRAME_END=fs)."},
    {Family::kBatchesSeen, "mllp_batches_total", kCounter, "", "", "Batches received."},
    {Family::kStored, "mllp_messages_stored_total", kCounter, "", "",
     "Messages committed to the store."},
    {Family::kUnrouted, "mllp_messages_unrouted_total", kCounter, "", "",
     "Messages that no connector's filter matched."},
    {Family::kRules, "mllp_rules_total", kCounter, "", "outcome",
     "Rules that did not hold, by outcome."},
    {Family::kFilters, "mllp_filter_errors_total", kCounter, "", "",
     "Filters and order keys that could not be evaluated."},
    {Family::kAnswers, "mllp_answers_total", kCounter, "", "answer",
     "Outcomes told to senders, by kind."},
    {Family::kUnsent, "mllp_answers_unsent_total", kCounter, "", "",
     "Answers whose sender had gone."},
    {Family::kCommits, "mllp_store_commits_total", kCounter, "", "",
     "Commits of the store, each of a group."},
    {Family::kFailures, "mllp_store_failures_total", kCounter, "", "", "Commits that failed."},
    {Family::kDeliveries, "mllp_deliveries_total", kCounter, "", "outcome",
     "Attempts at delivery, by outcome."},
    {Family::kDead, "mllp_dead_letters_total", kCounter, "", "",
     "Entries set aside for a person to look at."},
    {Family::kLate, "mllp_late_answers_total", kCounter, "", "",
     "Answers of targets to messages that no longer waited for one."},
    {Family::kQuestions, "mllp_answers_after_delivery_total", kCounter, "", "outcome",
     "Messages of listeners with ack: after_delivery, by whether their target answered in "
     "time."},
    {Family::kRejectedLost, "mllp_rejected_not_kept_total", kCounter, "", "",
     "Refused messages that could not be kept to be looked at."},
    {Family::kFieldsLeftOut, "mllp_index_fields_left_out_total", kCounter, "", "reason",
     "Index fields that messages lack, by reason: error (could not be evaluated), budget (cost "
     "too much), too_long (a value), too_many (values; those beyond)."},
    {Family::kSegmentsGone, "mllp_store_segments_gone_total", kCounter, "", "reason",
     "Segments of the log that went, by reason: age (RETAIN), size (MAX_STORE_SIZE), damage "
     "(could not be read and was set aside)."},
    {Family::kLostMessages, "mllp_store_messages_lost_total", kCounter, "", "",
     "Messages that were owed and can be read no more; each is a dead letter."},
    {Family::kDedup, "mllp_dedup_messages_total", kCounter, "", "kind",
     "Messages that DEDUP knew again, by kind: duplicate, conflict (another message with the "
     "control id of one that came before); forgotten: left the window early, for lack of memory."},
    {Family::kDeliveryFailed, "mllp_delivery_failures_total", kCounter, "", "reason",
     "Attempts at delivery that failed, by the class of the failure."},
    {Family::kOwnCertificate, "mllp_tls_certificate_expires_seconds", kGauge, "seconds", "",
     "Time to the end of the own certificate that ends first, in whole days."},
    {Family::kPartnerCertificate, "mllp_tls_partner_certificate_expires_seconds", kGauge, "seconds",
     "",
     "Time to the end of the partners' certificate that ends first, in whole days: of "
     "clients and targets seen within a week, and of their authorities."},
    {Family::kStoreFailed, "mllp_store_failed_timestamp_seconds", kGauge, "seconds", "",
     "When a commit failed last and none has succeeded since; not there while the "
     "store is well."},
    {Family::kAuditWritten, "mllp_audit_records_total", kCounter, "", "",
     "Records written to the audit trail."},
    {Family::kAuditLostRecords, "mllp_audit_lost_total", kCounter, "", "",
     "Attempts and refused messages of which the audit trail has only the number, because it "
     "could not be written for long."},
    {Family::kAuditFailed, "mllp_audit_failed_timestamp_seconds", kGauge, "seconds", "",
     "Since when the audit trail cannot be written; not there while it can."},
    {Family::kAuditBehind, "mllp_audit_lag_messages", kGauge, "messages", "",
     "Accepted messages that the audit trail does not have yet."},
    {Family::kAuditHead, "mllp_audit_head_info", kGauge, "", "sequence,mac",
     "Always 1; its labels are the head of the audit trail that was published last, for `audit "
     "verify --head`."},
    {Family::kStoreBytes, "mllp_store_size_bytes", kGauge, "bytes", "",
     "Size of all files of the store."},
    {Family::kStoreBytesMax, "mllp_store_size_limit_bytes", kGauge, "bytes", "",
     "MAX_STORE_SIZE; not there without a limit."},
    {Family::kDiskFree, "mllp_store_disk_free_bytes", kGauge, "bytes", "",
     "Room on the disk of DATA_DIR."},
    {Family::kDiskFreeMin, "mllp_store_disk_free_min_bytes", kGauge, "bytes", "",
     "Room on that disk below which senders are told unavailable (MIN_FREE)."},
    {Family::kDedupWindow, "mllp_dedup_window_messages", kGauge, "messages", "",
     "Messages that DEDUP would know again; those that have left its window go a while later. "
     "Not there before the first message, nor with DEDUP=off."},
    {Family::kStages, "mllp_stage_duration_seconds", kHistogram, "seconds", "stage",
     "How long messages spent in each stage: frame (first octet to last, where it took "
     "several reads), parse, rules, commit (handed to the store until durable), answer "
     "(last octet read until the answer was handed to the kernel)."},
    {Family::kGroups, "mllp_store_group_messages", kHistogram, "messages", "",
     "Messages that shared one commit."},
    {Family::kMessages, "mllp_messages_total", kCounter, "", "type,answer",
     "Messages by type and by what their sender was told; at most 64 types, all others "
     "are other."},
    {Family::kRuleOutcomes, "mllp_rule_outcomes_total", kCounter, "", "listener,rule,outcome",
     "How often each rule was false or could not be evaluated; begins anew with a "
     "reload."},
    {Family::kConnections, "mllp_connections", kGauge, "", "", "Connections at this moment."},
    {Family::kQueue, "mllp_connector_queue_messages", kGauge, "messages", "connector",
     "Messages that a connector is owed, those in flight included."},
    {Family::kQueueBytes, "mllp_connector_queue_bytes", kGauge, "bytes", "connector",
     "Payload of the messages that a connector is owed."},
    {Family::kOldest, "mllp_connector_oldest_age_seconds", kGauge, "seconds", "connector",
     "How long ago the oldest message that a connector is owed was received; 0 where "
     "it is owed none."},
    {Family::kParked, "mllp_connector_dead_letters", kGauge, "", "connector",
     "Dead letters of a connector that wait for a person."},
    {Family::kConnectorState, "mllp_connector_state", kGauge, "", "connector,state",
     "1 for the state that a connector is in: running, waiting (its target fails) or "
     "stopped."},
    {Family::kConnectorAttempts, "mllp_connector_attempts_total", kCounter, "", "connector",
     "Attempts at delivery by connector; begins anew when a reload changes it."},
    {Family::kConnectorDelivered, "mllp_connector_delivered_total", kCounter, "", "connector",
     "Messages delivered by connector; begins anew when a reload changes it."},
    {Family::kConnectorRestarts, "mllp_connector_restarts_total", kCounter, "", "connector",
     "How often a lane of a connector died and was begun anew."},
    {Family::kConnectorLatency, "mllp_connector_latency_seconds", kHistogram, "seconds",
     "connector",
     "From the last octet of a message to the moment when its target had it, by connector; "
     "begins anew when a reload changes it."},
    {Family::kSpans, "mllp_otlp_spans_total", kCounter, "", "outcome",
     "Spans for OpenTelemetry, by outcome: exported, dropped (the collector is away or slow)."},
    {Family::kExports, "mllp_otlp_exports_total", kCounter, "", "outcome",
     "Requests to the collector of OpenTelemetry, by outcome."},
    {Family::kBacklogRefused, "mllp_connector_backlog_refused_total", kCounter, "", "connector",
     "Frames answered unavailable because of a connector's max_backlog."},
    {Family::kBacklogParked, "mllp_connector_backlog_parked_total", kCounter, "", "connector",
     "Messages put aside for a connector because of its max_backlog."},
    {Family::kReady, "mllp_ready", kGauge, "", "", "1 while /readyz says ready."},
    {Family::kBuild, "mllp_build_info", kGauge, "", "version",
     "Always 1; its label names the version."},
    {Family::kStartTime, "process_start_time_seconds", kGauge, "seconds", "",
     "When the process started, in seconds since 1970."},
    {Family::kCpu, "process_cpu_seconds_total", kCounter, "seconds", "",
     "Time on the processors, of the user and of the system."},
    {Family::kMemory, "process_resident_memory_bytes", kGauge, "bytes", "", "Resident memory."},
    {Family::kVirtualMemory, "process_virtual_memory_bytes", kGauge, "bytes", "",
     "Virtual memory."},
    {Family::kDescriptors, "process_open_fds", kGauge, "", "", "Open descriptors."},
    {Family::kDescriptorsMax, "process_max_fds", kGauge, "", "",
     "Descriptors that the process may open."},
});

constexpr bool in_order() {
  for (std::size_t index = 0; index < kFamilies.size(); ++index) {
    if (index_of(kFamilies[index].family) != index) return false;
  }
  return kFamilies.size() == index_of(Family::kCount);
}

static_assert(in_order(), "each enumerator has its row, in the order of the enumeration");

constexpr std::string_view kPreface = R"(# Metrics

What `/metrics` of the admin server shows (`ADMIN_ADDR`, `ADMIN_TOKEN_FILE`), in Prometheus' text
format. This page is made from the program's own table, and a test compares the two. Label sets are
bounded: by the configuration where a label names a connector, a listener or a rule, by the program
everywhere else. No label holds patient data.

| metric | type | unit | labels | what |
| --- | --- | --- | --- | --- |
)";

std::string in_code(std::string_view labels) {
  std::string text;
  while (!labels.empty()) {
    const std::string_view name = labels.substr(0, labels.find(','));
    labels.remove_prefix(name.size() == labels.size() ? name.size() : name.size() + 1);
    text += fmt::format("{}`{}`", text.empty() ? "" : ", ", name);
  }
  return text;
}

}  // namespace

std::string_view to_string(MetricType type) noexcept {
  switch (type) {
    case kCounter: return "counter";
    case kGauge: return "gauge";
    case kHistogram: break;
  }
  return "histogram";
}

std::span<const FamilyInfo> all_families() noexcept { return kFamilies; }

const FamilyInfo& info(Family family) noexcept { return kFamilies[index_of(family)]; }

std::string render_metrics_reference() {
  std::string page(kPreface);
  for (const FamilyInfo& each : kFamilies) {
    page += fmt::format("| `{}` | {} | {} | {} | {} |\n", each.name, to_string(each.type),
                        each.unit, in_code(each.labels), each.help);
  }
  return page;
}

}  // namespace telemetry
