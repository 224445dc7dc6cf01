// telemetry/metric_table.hpp: the one table of all metrics, as monitoring sees them.
//
// /metrics, docs/reference/metrics.md and the tests read it. Names and units follow
// https://prometheus.io/docs/practices/naming. A new metric is an enumerator here and a
// row in metric_table.cpp; without the row it does not compile.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace telemetry {

enum class MetricType : std::uint8_t { kCounter, kGauge, kHistogram };

// "counter", "gauge", "histogram".
[[nodiscard]] std::string_view to_string(MetricType type) noexcept;

enum class Family : std::uint8_t {
  kAccepted,
  kRefused,
  kMisdirected,
  kHandshakes,
  kTlsFailed,
  kReloaded,
  kUnfinished,
  kPauses,
  kProbes,
  kClosed,
  kTimeouts,
  kReceived,
  kSent,
  kFrames,
  kFramesDropped,
  kFramesRefused,
  kGarbage,
  kGarbageClosed,
  kStarts,
  kEnds,
  kBatchesSeen,
  kStored,
  kUnrouted,
  kRules,
  kFilters,
  kAnswers,
  kUnsent,
  kCommits,
  kFailures,
  kDeliveries,
  kDead,
  kLate,
  kQuestions,
  kRejectedLost,
  kFieldsLeftOut,
  kSegmentsGone,
  kLostMessages,
  kDedup,
  kDeliveryFailed,
  kOwnCertificate,
  kPartnerCertificate,
  kStoreFailed,
  kAuditWritten,
  kAuditLostRecords,
  kAuditFailed,
  kAuditBehind,
  kAuditHead,
  kStoreBytes,
  kStoreBytesMax,
  kDiskFree,
  kDiskFreeMin,
  kDedupWindow,
  kStages,
  kGroups,
  kMessages,
  kRuleOutcomes,
  kConnections,
  kQueue,
  kQueueBytes,
  kOldest,
  kParked,
  kConnectorState,
  kConnectorAttempts,
  kConnectorDelivered,
  kConnectorRestarts,
  kConnectorLatency,
  kSpans,
  kExports,
  kBacklogRefused,
  kBacklogParked,
  kReady,
  kBuild,
  kStartTime,
  kCpu,
  kMemory,
  kVirtualMemory,
  kDescriptors,
  kDescriptorsMax,
  kCount  // not a family: how many there are
};

// A name whose series differ in their labels only.
struct FamilyInfo {
  Family family;
  std::string_view name;
  MetricType type;
  std::string_view unit;    // "seconds", "bytes", or empty
  std::string_view labels;  // their names: "listener,rule,outcome", or empty
  std::string_view help;    // a sentence
};

// In the order of the reference page and of /metrics.
[[nodiscard]] std::span<const FamilyInfo> all_families() noexcept;

[[nodiscard]] constexpr std::size_t index_of(Family family) noexcept {
  return static_cast<std::size_t>(family);
}

[[nodiscard]] const FamilyInfo& info(Family family) noexcept;

// docs/reference/metrics.md, made from the table.
[[nodiscard]] std::string render_metrics_reference();

}  // namespace telemetry
