// telemetry/metrics.hpp: what is counted, under the names that monitoring sees.
//
// One enumerator for each time series; its name and labels stand in one table in
// metrics.cpp. Counting is a relaxed add on a cache line of the thread's own:
// a few nanoseconds, from any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace telemetry {

enum class Counter : std::uint8_t {
  kConnectionsAccepted,
  kConnectionsRefusedLimit,        // MAX_CONNECTIONS
  kConnectionsRefusedPerAddress,   // MAX_CONNECTIONS_PER_IP
  kConnectionsRefusedDescriptors,  // the process ran out of descriptors
  kConnectionsProbes,              // opened and closed without an octet
  kConnectionsClosed,
  kTimeoutIdle,
  kTimeoutFrame,
  kTimeoutWrite,
  kTimeoutCommitBlock,  // release 2: the peer's commit block did not come
  kBytesReceived,
  kBytesSent,
  kFramesReceived,
  kFramesBlank,
  kFramesCut,        // a new start before the end
  kFramesTruncated,  // end of stream inside a frame
  kFramesOversize,
  kFramesDamaged,   // no readable MSH
  kGarbageBytes,    // between frames
  kGarbageLimit,    // connections closed for MAX_GARBAGE
  kEmbeddedStarts,  // 0B as payload
  kBareEnds,        // FRAME_END=fs: an end without 0D
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

}  // namespace telemetry
