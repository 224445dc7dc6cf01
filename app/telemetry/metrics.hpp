// telemetry/metrics.hpp: what is counted, and how long things take.
//
// One enumerator for each time series; its family and labels stand in one table in
// metrics.cpp, the families in metric_table.cpp. Counting is a relaxed add on a cache
// line of the thread's own, an observation two of them: from any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "telemetry/distribution.hpp"
#include "telemetry/metric_table.hpp"

namespace telemetry {

enum class Counter : std::uint8_t {
  kConnectionsAccepted,
  kConnectionsRefusedLimit,        // MAX_CONNECTIONS
  kConnectionsRefusedPerAddress,   // MAX_CONNECTIONS_PER_IP
  kConnectionsRefusedDescriptors,  // the process ran out of descriptors
  kConnectionsRefusedNetwork,      // ALLOW_FROM
  kConnectionsRefusedProxy,        // not from PROXY_FROM, or without a PROXY header
  kConnectionsRefusedHandshakes,   // MAX_HANDSHAKES: made way for a newer one
  kConnectionsProbes,              // opened and closed without an octet
  kMisdirectedHttp,                // HTTP came
  kMisdirectedPlain,               // something other than TLS came to a TLS port
  kMisdirectedTls,                 // TLS came to a plain port
  kConnectionsClosed,
  kTimeoutIdle,
  kTimeoutFrame,
  kTimeoutWrite,
  kTimeoutCommitBlock,  // release 2: the peer's commit block did not come
  kTimeoutHandshake,    // CONNECT_TIMEOUT
  kTlsHandshakes,       // in full
  kTlsResumptions,
  kTlsFailedVersion,
  kTlsFailedCipher,
  kTlsFailedNoCertificate,
  kTlsFailedUntrusted,
  kTlsFailedExpired,
  kTlsFailedRevoked,
  kTlsFailedName,
  kTlsFailedRefused,
  kTlsFailedOther,
  kTlsReloads,
  kTlsReloadsFailed,
  kBytesReceived,
  kBytesSent,
  kFramesReceived,
  kFramesBlank,
  kFramesCut,        // a new start before the end
  kFramesTruncated,  // end of stream inside a frame
  kFramesOversize,
  kFramesDamaged,     // no readable MSH
  kFramesUnfinished,  // open for 5 s and not at their end
  kGarbageBytes,      // between frames
  kGarbageLimit,      // connections closed for MAX_GARBAGE
  kEmbeddedStarts,    // 0B as payload
  kBareEnds,          // FRAME_END=fs: an end without 0D
  kBatches,
  kMessagesStored,
  kMessagesUnrouted,
  kRuleRefusals,  // a rule was false
  kRuleErrors,    // a rule could not be evaluated
  kRuleWarnings,
  kFilterErrors,     // a filter or an order key could not be evaluated
  kAnswersAccepted,  // AA, CA
  kAnswersError,     // AE, CE
  kAnswersRejected,  // AR, CR
  kAnswersNone,      // the mode asked for none
  kAnswersUnsent,    // the peer had gone
  kRatePauses,       // RATE_LIMIT: a connection was not read for a moment
  kStoreCommits,
  kStoreFailures,
  kDelivered,
  kDeliveryFailures,
  kDeliveryFailedConnect,  // from here on in the order of connectors::FailureClass, without
                           // kStopped: what a stop has cut short is given back, not failed
  kDeliveryFailedTls,
  kDeliveryFailedWrite,
  kDeliveryFailedReset,
  kDeliveryFailedTimeout,
  kDeliveryFailedAnswerCode,
  kDeliveryFailedMismatch,
  kDeliveryFailedHttpStatus,
  kDeliveryFailedDisk,
  kDeliveryFailedName,
  kDeliveryFailedConflict,
  kDeliveryFailedSqlState,
  kDeadLetters,
  kLateAnswers,  // a target answered a message that no longer waited for it
  kSpansExported,
  kSpansDropped,
  kExportsDone,
  kExportsFailed,
  kQuestionsAnswered,    // ack: after_delivery: the target's answer went to the sender
  kQuestionsUnanswered,  // there was none in time
  kRejectedNotKept,      // refused messages that there was no room or no time to keep
  kFieldsFailed,         // index fields of messages, left out: could not be evaluated
  kFieldsOverBudget,     // likewise: cost too much
  kFieldsTooLong,        // a value is too long
  kFieldsTooMany,        // there were more values than may be
  kAuditRecords,
  kAuditLost,  // records of attempts and refused messages, of which only the number is recorded
  kSegmentsGoneAge,     // RETAIN
  kSegmentsGoneSize,    // MAX_STORE_SIZE
  kSegmentsGoneDamage,  // set aside
  kMessagesLost,        // owed, and the store cannot read them any more
  kDedupDuplicates,     // messages that came before
  kDedupConflicts,      // another message with the control id of one that came before
  kDedupForgotten,      // left the window early, for lack of memory
  kCount                // not a counter: how many there are
};

struct CounterInfo {
  Family family;
  std::string_view label;  // its value, "cut", where the family has a label
};

void count(Counter counter, std::uint64_t by = 1) noexcept;

// The sum over all threads; may miss adds of this very moment.
[[nodiscard]] std::uint64_t counted(Counter counter) noexcept;

[[nodiscard]] const CounterInfo& info(Counter counter) noexcept;

// What is measured and not counted: the last value that was set.
enum class Gauge : std::uint8_t {
  kCertificateDays,         // to the end of the own certificate that ends first
  kPartnerCertificateDays,  // the same of partners' and their authorities'
  kStoreFailedAt,           // seconds since 1970; none once a commit has succeeded
  kAuditFailedAt,           // likewise; none once the trail was written again
  kAuditLag,                // messages in the log that the trail does not have yet
  kStoreSize,               // of all files of the store
  kStoreSizeMax,            // MAX_STORE_SIZE; none: without limit
  kStoreFree,               // on the disk of DATA_DIR
  kStoreFreeMin,            // MIN_FREE
  kDedupEntries,            // of the window; none: there is no window
  kCount
};

// None: there is nothing to measure.
void set(Gauge gauge, std::optional<std::int64_t> value) noexcept;

// None before it was set.
[[nodiscard]] std::optional<std::int64_t> value(Gauge gauge) noexcept;

struct GaugeInfo {
  Family family;
  std::int64_t scale;  // of the value to the family's unit
};

[[nodiscard]] const GaugeInfo& info(Gauge gauge) noexcept;

// What is measured often, by how much it was. Durations are nanoseconds.
enum class Histogram : std::uint8_t {
  kFrame,   // first octet to last
  kParse,   // octets to a message
  kRules,   // where there are rules or filters
  kCommit,  // handed to the store until it came back, done or failed
  kAnswer,  // last octet read until the answer was handed to the kernel
  kGroupMessages,
  kCount
};

struct HistogramInfo {
  Family family;
  std::string_view label;                 // likewise
  std::span<const std::uint64_t> bounds;  // inclusive, rising; what is above is counted too
  double scale;                           // of a value to the family's unit
};

void observe(Histogram histogram, std::uint64_t value) noexcept;

// A duration; one below zero is 0.
inline void observe(Histogram histogram, std::chrono::steady_clock::duration value) noexcept {
  observe(histogram, static_cast<std::uint64_t>(value.count() < 0 ? 0 : value.count()));
}

// As with counted().
[[nodiscard]] Distribution observed(Histogram histogram) noexcept;

[[nodiscard]] const HistogramInfo& info(Histogram histogram) noexcept;

}  // namespace telemetry
