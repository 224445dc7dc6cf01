// telemetry/metrics.hpp: what is counted, under the names that monitoring sees.
//
// One enumerator for each time series; its name and labels stand in one table in
// metrics.cpp. Counting is a relaxed add on a cache line of the thread's own:
// a few nanoseconds, from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

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
  kDeadLetters,
  kLateAnswers,  // a target answered a message that no longer waited for it
  kCount         // not a counter: how many there are
};

struct CounterInfo {
  std::string_view name;    // "mllp_frames_dropped_total"
  std::string_view labels;  // "reason=\"cut\"", or empty
  std::string_view help;
};

void count(Counter counter, std::uint64_t by = 1) noexcept;

// The sum over all threads; may miss adds of this very moment.
[[nodiscard]] std::uint64_t counted(Counter counter) noexcept;

[[nodiscard]] const CounterInfo& info(Counter counter) noexcept;

// What is measured and not counted: the last value that was set.
enum class Gauge : std::uint8_t {
  kCertificateDays,         // to the end of the own certificate that ends first
  kPartnerCertificateDays,  // the same of partners' and their authorities'
  kCount
};

// None: there is nothing to measure.
void set(Gauge gauge, std::optional<std::int64_t> value) noexcept;

// None before it was set.
[[nodiscard]] std::optional<std::int64_t> value(Gauge gauge) noexcept;

[[nodiscard]] const CounterInfo& info(Gauge gauge) noexcept;

}  // namespace telemetry
