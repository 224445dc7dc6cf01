#include "telemetry/metrics.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <limits>

namespace telemetry {
namespace {

constexpr std::size_t kCounterCount = static_cast<std::size_t>(Counter::kCount);
constexpr std::size_t kShardCount = 64;  // more threads than that share a shard
constexpr std::size_t kCacheLineBytes = 64;

// Counts of the threads that landed here; no cache line is another shard's.
struct alignas(kCacheLineBytes) Shard {
  std::array<std::atomic<std::uint64_t>, kCounterCount> counts{};
};

constinit std::array<Shard, kShardCount> shards{};

Shard& own_shard() noexcept {
  static std::atomic<std::size_t> thread_count{0};
  thread_local Shard& own =
      shards[thread_count.fetch_add(1, std::memory_order_relaxed) % kShardCount];
  return own;
}

// A name as monitoring sees it; its series differ in their labels.
struct Family {
  std::string_view name;
  std::string_view help;
};

constexpr Family kAccepted{"mllp_connections_accepted_total", "Connections accepted and served."};
constexpr Family kRefused{"mllp_connections_refused_total",
                          "Connections accepted and closed at once, by reason."};
constexpr Family kMisdirected{"mllp_connections_misdirected_total",
                              "Connections that spoke another protocol than the port's, by kind."};
constexpr Family kHandshakes{"mllp_tls_handshakes_total", "TLS handshakes, by kind."};
constexpr Family kTlsFailed{"mllp_tls_handshakes_failed_total",
                            "TLS handshakes that failed, by reason."};
constexpr Family kReloaded{"mllp_tls_reloads_total", "Reloads of certificates, by outcome."};
constexpr Family kUnfinished{"mllp_frames_unfinished_total",
                             "Frames that were open for 5 seconds without an end."};
constexpr Family kPauses{"mllp_rate_limit_pauses_total",
                         "Times that RATE_LIMIT left a connection unread for a moment."};
constexpr Family kProbes{"mllp_connections_probes_total",
                         "Connections that closed without having sent an octet."};
constexpr Family kClosed{"mllp_connections_closed_total",
                         "Connections that were served and have ended."};
constexpr Family kTimeouts{"mllp_timeouts_total", "Connections closed by a time-out, by kind."};
constexpr Family kReceived{"mllp_received_bytes_total", "Octets read from connections."};
constexpr Family kSent{"mllp_sent_bytes_total", "Octets written to connections."};
constexpr Family kFrames{"mllp_frames_received_total", "Frames that ended, good or not."};
constexpr Family kFramesDropped{"mllp_frames_dropped_total",
                                "Frames dropped without an answer, by reason."};
constexpr Family kFramesRefused{"mllp_frames_refused_total",
                                "Frames answered AR before they were a message, by reason."};
constexpr Family kGarbage{"mllp_garbage_bytes_total", "Octets between frames."};
constexpr Family kGarbageClosed{"mllp_garbage_limit_total", "Connections closed for MAX_GARBAGE."};
constexpr Family kStarts{"mllp_embedded_starts_total", "Start octets taken as payload."};
constexpr Family kEnds{"mllp_bare_ends_total",
                       "Frames that ended without the final CR (FRAME_END=fs)."};
constexpr Family kBatchesSeen{"mllp_batches_total", "Batches received."};
constexpr Family kStored{"mllp_messages_stored_total", "Messages committed to the store."};
constexpr Family kUnrouted{"mllp_messages_unrouted_total",
                           "Messages that no connector's filter matched."};
constexpr Family kRules{"mllp_rules_total", "Rules that did not hold, by outcome."};
constexpr Family kFilters{"mllp_filter_errors_total",
                          "Filters and order keys that could not be evaluated."};
constexpr Family kAnswers{"mllp_answers_total", "Outcomes told to senders, by kind."};
constexpr Family kUnsent{"mllp_answers_unsent_total", "Answers whose sender had gone."};
constexpr Family kCommits{"mllp_store_commits_total", "Commits of the store, each of a group."};
constexpr Family kFailures{"mllp_store_failures_total", "Commits that failed."};
constexpr Family kDeliveries{"mllp_deliveries_total", "Attempts at delivery, by outcome."};
constexpr Family kDead{"mllp_dead_letters_total", "Entries set aside for a person to look at."};
constexpr Family kLate{"mllp_late_answers_total",
                       "Answers of targets to messages that no longer waited for one."};

struct Row {
  Counter counter;
  const Family& family;
  std::string_view labels;
};

using enum Counter;

constexpr std::array<Row, kCounterCount> kRows = {{
    {kConnectionsAccepted, kAccepted, ""},
    {kConnectionsRefusedLimit, kRefused, R"(reason="limit")"},
    {kConnectionsRefusedPerAddress, kRefused, R"(reason="limit_per_address")"},
    {kConnectionsRefusedDescriptors, kRefused, R"(reason="descriptors")"},
    {kConnectionsRefusedNetwork, kRefused, R"(reason="network")"},
    {kConnectionsRefusedProxy, kRefused, R"(reason="proxy")"},
    {kConnectionsRefusedHandshakes, kRefused, R"(reason="handshakes")"},
    {kConnectionsProbes, kProbes, ""},
    {kMisdirectedHttp, kMisdirected, R"(kind="http")"},
    {kMisdirectedPlain, kMisdirected, R"(kind="no_tls")"},
    {kMisdirectedTls, kMisdirected, R"(kind="tls")"},
    {kConnectionsClosed, kClosed, ""},
    {kTimeoutIdle, kTimeouts, R"(kind="idle")"},
    {kTimeoutFrame, kTimeouts, R"(kind="frame")"},
    {kTimeoutWrite, kTimeouts, R"(kind="write")"},
    {kTimeoutCommitBlock, kTimeouts, R"(kind="commit_block")"},
    {kTimeoutHandshake, kTimeouts, R"(kind="handshake")"},
    {kTlsHandshakes, kHandshakes, R"(kind="full")"},
    {kTlsResumptions, kHandshakes, R"(kind="resumed")"},
    {kTlsFailedVersion, kTlsFailed, R"(reason="version")"},
    {kTlsFailedCipher, kTlsFailed, R"(reason="cipher")"},
    {kTlsFailedNoCertificate, kTlsFailed, R"(reason="no_certificate")"},
    {kTlsFailedUntrusted, kTlsFailed, R"(reason="untrusted")"},
    {kTlsFailedExpired, kTlsFailed, R"(reason="expired")"},
    {kTlsFailedRevoked, kTlsFailed, R"(reason="revoked")"},
    {kTlsFailedName, kTlsFailed, R"(reason="name")"},
    {kTlsFailedRefused, kTlsFailed, R"(reason="refused")"},
    {kTlsFailedOther, kTlsFailed, R"(reason="other")"},
    {kTlsReloads, kReloaded, R"(outcome="done")"},
    {kTlsReloadsFailed, kReloaded, R"(outcome="refused")"},
    {kBytesReceived, kReceived, ""},
    {kBytesSent, kSent, ""},
    {kFramesReceived, kFrames, ""},
    {kFramesBlank, kFramesDropped, R"(reason="blank")"},
    {kFramesCut, kFramesDropped, R"(reason="cut")"},
    {kFramesTruncated, kFramesDropped, R"(reason="truncated")"},
    {kFramesOversize, kFramesRefused, R"(reason="oversize")"},
    {kFramesDamaged, kFramesRefused, R"(reason="damaged")"},
    {kFramesUnfinished, kUnfinished, ""},
    {kGarbageBytes, kGarbage, ""},
    {kGarbageLimit, kGarbageClosed, ""},
    {kEmbeddedStarts, kStarts, ""},
    {kBareEnds, kEnds, ""},
    {kBatches, kBatchesSeen, ""},
    {kMessagesStored, kStored, ""},
    {kMessagesUnrouted, kUnrouted, ""},
    {kRuleRefusals, kRules, R"(outcome="refused")"},
    {kRuleErrors, kRules, R"(outcome="error")"},
    {kRuleWarnings, kRules, R"(outcome="warning")"},
    {kFilterErrors, kFilters, ""},
    {kAnswersAccepted, kAnswers, R"(answer="accepted")"},
    {kAnswersError, kAnswers, R"(answer="error")"},
    {kAnswersRejected, kAnswers, R"(answer="rejected")"},
    {kAnswersNone, kAnswers, R"(answer="none")"},
    {kAnswersUnsent, kUnsent, ""},
    {kRatePauses, kPauses, ""},
    {kStoreCommits, kCommits, ""},
    {kStoreFailures, kFailures, ""},
    {kDelivered, kDeliveries, R"(outcome="delivered")"},
    {kDeliveryFailures, kDeliveries, R"(outcome="failed")"},
    {kDeadLetters, kDead, ""},
    {kLateAnswers, kLate, ""},
}};

constexpr bool in_order() {
  for (std::size_t index = 0; index < kRows.size(); ++index) {
    if (static_cast<std::size_t>(kRows[index].counter) != index) return false;
  }
  return true;
}

static_assert(in_order(), "each enumerator has its row, in the order of the enumeration");

constexpr auto make_infos() {
  std::array<CounterInfo, kCounterCount> infos{};
  for (std::size_t index = 0; index < kRows.size(); ++index) {
    const Row& row = kRows[index];
    infos[index] = CounterInfo{row.family.name, row.labels, row.family.help};
  }
  return infos;
}

constexpr std::array<CounterInfo, kCounterCount> kInfos = make_infos();

constexpr std::size_t kGaugeCount = static_cast<std::size_t>(Gauge::kCount);
constexpr std::int64_t kNotSet = std::numeric_limits<std::int64_t>::min();

constexpr std::array<CounterInfo, kGaugeCount> kGaugeInfos = {{
    {"mllp_tls_certificate_expires_days", "",
     "Days to the end of the own certificate that ends first."},
    {"mllp_tls_partner_certificate_expires_days", "",
     "Days to the end of the partners' certificate that ends first: of clients and targets seen "
     "within a week, and of their authorities."},
}};

constinit std::array<std::atomic<std::int64_t>, kGaugeCount> gauges{kNotSet, kNotSet};

}  // namespace

void set(Gauge gauge, std::optional<std::int64_t> value) noexcept {
  gauges[static_cast<std::size_t>(gauge)].store(value.value_or(kNotSet), std::memory_order_relaxed);
}

std::optional<std::int64_t> value(Gauge gauge) noexcept {
  const std::int64_t set = gauges[static_cast<std::size_t>(gauge)].load(std::memory_order_relaxed);
  if (set == kNotSet) return std::nullopt;
  return set;
}

const CounterInfo& info(Gauge gauge) noexcept {
  return kGaugeInfos[static_cast<std::size_t>(gauge)];
}

void count(Counter counter, std::uint64_t by) noexcept {
  own_shard().counts[static_cast<std::size_t>(counter)].fetch_add(by, std::memory_order_relaxed);
}

std::uint64_t counted(Counter counter) noexcept {
  std::uint64_t sum = 0;
  for (const Shard& shard : shards) {
    sum += shard.counts[static_cast<std::size_t>(counter)].load(std::memory_order_relaxed);
  }
  return sum;
}

const CounterInfo& info(Counter counter) noexcept {
  return kInfos[static_cast<std::size_t>(counter)];
}

}  // namespace telemetry
