#include "telemetry/metrics.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <limits>

namespace telemetry {
namespace {

constexpr std::size_t kCounterCount = static_cast<std::size_t>(Counter::kCount);
constexpr std::size_t kHistogramCount = static_cast<std::size_t>(Histogram::kCount);
constexpr std::size_t kShardCount = 64;  // more threads than that share a shard
constexpr std::size_t kCacheLineBytes = 64;

// Counts of the threads that landed here; no cache line is another shard's.
struct alignas(kCacheLineBytes) Shard {
  std::array<std::atomic<std::uint64_t>, kCounterCount> counts{};
  std::array<std::array<std::atomic<std::uint64_t>, kBucketsMax + 1>, kHistogramCount> buckets{};
  std::array<std::atomic<std::uint64_t>, kHistogramCount> sums{};
};

constinit std::array<Shard, kShardCount> shards{};

Shard& own_shard() noexcept {
  static std::atomic<std::size_t> thread_count{0};
  thread_local Shard& own =
      shards[thread_count.fetch_add(1, std::memory_order_relaxed) % kShardCount];
  return own;
}

struct Row {
  Counter counter;
  Family family;
  std::string_view label;
};

using enum Counter;

constexpr std::array<Row, kCounterCount> kRows = {{
    {kConnectionsAccepted, Family::kAccepted, ""},
    {kConnectionsRefusedLimit, Family::kRefused, "limit"},
    {kConnectionsRefusedPerAddress, Family::kRefused, "limit_per_address"},
    {kConnectionsRefusedDescriptors, Family::kRefused, "descriptors"},
    {kConnectionsRefusedNetwork, Family::kRefused, "network"},
    {kConnectionsRefusedProxy, Family::kRefused, "proxy"},
    {kConnectionsRefusedHandshakes, Family::kRefused, "handshakes"},
    {kConnectionsProbes, Family::kProbes, ""},
    {kMisdirectedHttp, Family::kMisdirected, "http"},
    {kMisdirectedPlain, Family::kMisdirected, "no_tls"},
    {kMisdirectedTls, Family::kMisdirected, "tls"},
    {kConnectionsClosed, Family::kClosed, ""},
    {kTimeoutIdle, Family::kTimeouts, "idle"},
    {kTimeoutFrame, Family::kTimeouts, "frame"},
    {kTimeoutWrite, Family::kTimeouts, "write"},
    {kTimeoutCommitBlock, Family::kTimeouts, "commit_block"},
    {kTimeoutHandshake, Family::kTimeouts, "handshake"},
    {kTlsHandshakes, Family::kHandshakes, "full"},
    {kTlsResumptions, Family::kHandshakes, "resumed"},
    {kTlsFailedVersion, Family::kTlsFailed, "version"},
    {kTlsFailedCipher, Family::kTlsFailed, "cipher"},
    {kTlsFailedNoCertificate, Family::kTlsFailed, "no_certificate"},
    {kTlsFailedUntrusted, Family::kTlsFailed, "untrusted"},
    {kTlsFailedExpired, Family::kTlsFailed, "expired"},
    {kTlsFailedRevoked, Family::kTlsFailed, "revoked"},
    {kTlsFailedName, Family::kTlsFailed, "name"},
    {kTlsFailedRefused, Family::kTlsFailed, "refused"},
    {kTlsFailedOther, Family::kTlsFailed, "other"},
    {kTlsReloads, Family::kReloaded, "done"},
    {kTlsReloadsFailed, Family::kReloaded, "refused"},
    {kBytesReceived, Family::kReceived, ""},
    {kBytesSent, Family::kSent, ""},
    {kFramesReceived, Family::kFrames, ""},
    {kFramesBlank, Family::kFramesDropped, "blank"},
    {kFramesCut, Family::kFramesDropped, "cut"},
    {kFramesTruncated, Family::kFramesDropped, "truncated"},
    {kFramesOversize, Family::kFramesRefused, "oversize"},
    {kFramesDamaged, Family::kFramesRefused, "damaged"},
    {kFramesUnfinished, Family::kUnfinished, ""},
    {kGarbageBytes, Family::kGarbage, ""},
    {kGarbageLimit, Family::kGarbageClosed, ""},
    {kEmbeddedStarts, Family::kStarts, ""},
    {kBareEnds, Family::kEnds, ""},
    {kBatches, Family::kBatchesSeen, ""},
    {kMessagesStored, Family::kStored, ""},
    {kMessagesUnrouted, Family::kUnrouted, ""},
    {kRuleRefusals, Family::kRules, "refused"},
    {kRuleErrors, Family::kRules, "error"},
    {kRuleWarnings, Family::kRules, "warning"},
    {kFilterErrors, Family::kFilters, ""},
    {kAnswersAccepted, Family::kAnswers, "accepted"},
    {kAnswersError, Family::kAnswers, "error"},
    {kAnswersRejected, Family::kAnswers, "rejected"},
    {kAnswersNone, Family::kAnswers, "none"},
    {kAnswersUnsent, Family::kUnsent, ""},
    {kRatePauses, Family::kPauses, ""},
    {kStoreCommits, Family::kCommits, ""},
    {kStoreFailures, Family::kFailures, ""},
    {kDelivered, Family::kDeliveries, "delivered"},
    {kDeliveryFailures, Family::kDeliveries, "failed"},
    {kDeliveryFailedConnect, Family::kDeliveryFailed, "connect"},
    {kDeliveryFailedTls, Family::kDeliveryFailed, "tls"},
    {kDeliveryFailedWrite, Family::kDeliveryFailed, "write"},
    {kDeliveryFailedReset, Family::kDeliveryFailed, "reset"},
    {kDeliveryFailedTimeout, Family::kDeliveryFailed, "timeout"},
    {kDeliveryFailedAnswerCode, Family::kDeliveryFailed, "answer_code"},
    {kDeliveryFailedMismatch, Family::kDeliveryFailed, "mismatch"},
    {kDeliveryFailedHttpStatus, Family::kDeliveryFailed, "http_status"},
    {kDeliveryFailedDisk, Family::kDeliveryFailed, "disk"},
    {kDeliveryFailedName, Family::kDeliveryFailed, "name"},
    {kDeliveryFailedConflict, Family::kDeliveryFailed, "conflict"},
    {kDeliveryFailedSqlState, Family::kDeliveryFailed, "sql_state"},
    {kDeadLetters, Family::kDead, ""},
    {kLateAnswers, Family::kLate, ""},
    {kSpansExported, Family::kSpans, "exported"},
    {kSpansDropped, Family::kSpans, "dropped"},
    {kExportsDone, Family::kExports, "done"},
    {kExportsFailed, Family::kExports, "failed"},
    {kQuestionsAnswered, Family::kQuestions, "answered"},
    {kQuestionsUnanswered, Family::kQuestions, "none"},
    {kRejectedNotKept, Family::kRejectedLost, ""},
    {kFieldsFailed, Family::kFieldsLeftOut, "error"},
    {kFieldsOverBudget, Family::kFieldsLeftOut, "budget"},
    {kFieldsTooLong, Family::kFieldsLeftOut, "too_long"},
    {kFieldsTooMany, Family::kFieldsLeftOut, "too_many"},
    {kAuditRecords, Family::kAuditWritten, ""},
    {kAuditLost, Family::kAuditLostRecords, ""},
    {kSegmentsGoneAge, Family::kSegmentsGone, "age"},
    {kSegmentsGoneSize, Family::kSegmentsGone, "size"},
    {kSegmentsGoneDamage, Family::kSegmentsGone, "damage"},
    {kMessagesLost, Family::kLostMessages, ""},
    {kDedupDuplicates, Family::kDedup, "duplicate"},
    {kDedupConflicts, Family::kDedup, "conflict"},
    {kDedupForgotten, Family::kDedup, "forgotten"},
}};

constexpr bool in_order() {
  for (std::size_t index = 0; index < kRows.size(); ++index) {
    if (static_cast<std::size_t>(kRows[index].counter) != index) return false;
  }
  return true;
}

static_assert(in_order(), "each enumerator has its row, in the order of the enumeration");

// 1, 2.5, 5 in each decade, from a microsecond to ten seconds.
constexpr std::array<std::uint64_t, 22> kDurationBounds = {
    1'000,         2'500,         5'000,         10'000,        25'000,      50'000,
    100'000,       250'000,       500'000,       1'000'000,     2'500'000,   5'000'000,
    10'000'000,    25'000'000,    50'000'000,    100'000'000,   250'000'000, 500'000'000,
    1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};
constexpr std::array<std::uint64_t, 13> kSizeBounds = {1,   2,   4,   8,    16,   32,  64,
                                                       128, 256, 512, 1024, 2048, 4096};
static_assert(kDurationBounds.size() <= kBucketsMax && kSizeBounds.size() <= kBucketsMax);

constexpr double kSecondsOfNanosecond = 1e-9;

constexpr std::array<HistogramInfo, kHistogramCount> kHistogramInfos = {{
    {Family::kStages, "frame", kDurationBounds, kSecondsOfNanosecond},
    {Family::kStages, "parse", kDurationBounds, kSecondsOfNanosecond},
    {Family::kStages, "rules", kDurationBounds, kSecondsOfNanosecond},
    {Family::kStages, "commit", kDurationBounds, kSecondsOfNanosecond},
    {Family::kStages, "answer", kDurationBounds, kSecondsOfNanosecond},
    {Family::kGroups, "", kSizeBounds, 1.0},
}};

constexpr auto make_infos() {
  std::array<CounterInfo, kCounterCount> infos{};
  for (std::size_t index = 0; index < kRows.size(); ++index) {
    const Row& row = kRows[index];
    infos[index] = CounterInfo{row.family, row.label};
  }
  return infos;
}

constexpr std::array<CounterInfo, kCounterCount> kInfos = make_infos();

constexpr std::size_t kGaugeCount = static_cast<std::size_t>(Gauge::kCount);
constexpr std::int64_t kNotSet = std::numeric_limits<std::int64_t>::min();

constexpr std::array<GaugeInfo, kGaugeCount> kGaugeInfos = {{
    {Family::kOwnCertificate, 86'400},
    {Family::kPartnerCertificate, 86'400},
    {Family::kStoreFailed, 1},
    {Family::kAuditFailed, 1},
    {Family::kAuditBehind, 1},
    {Family::kStoreBytes, 1},
    {Family::kStoreBytesMax, 1},
    {Family::kDiskFree, 1},
    {Family::kDiskFreeMin, 1},
    {Family::kDedupWindow, 1},
}};

constinit std::array<std::atomic<std::int64_t>, kGaugeCount> gauges{
    kNotSet, kNotSet, kNotSet, kNotSet, kNotSet, kNotSet, kNotSet, kNotSet, kNotSet, kNotSet};

}  // namespace

void set(Gauge gauge, std::optional<std::int64_t> value) noexcept {
  gauges[static_cast<std::size_t>(gauge)].store(value.value_or(kNotSet), std::memory_order_relaxed);
}

std::optional<std::int64_t> value(Gauge gauge) noexcept {
  const std::int64_t set = gauges[static_cast<std::size_t>(gauge)].load(std::memory_order_relaxed);
  if (set == kNotSet) return std::nullopt;
  return set;
}

const GaugeInfo& info(Gauge gauge) noexcept { return kGaugeInfos[static_cast<std::size_t>(gauge)]; }

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

void observe(Histogram histogram, std::uint64_t value) noexcept {
  const auto which = static_cast<std::size_t>(histogram);
  const std::size_t bucket = bucket_of(kHistogramInfos[which].bounds, value);
  Shard& shard = own_shard();
  shard.buckets[which][bucket].fetch_add(1, std::memory_order_relaxed);
  shard.sums[which].fetch_add(value, std::memory_order_relaxed);
}

Distribution observed(Histogram histogram) noexcept {
  const auto which = static_cast<std::size_t>(histogram);
  Distribution total;
  for (const Shard& shard : shards) {
    for (std::size_t bucket = 0; bucket < total.counts.size(); ++bucket) {
      total.counts[bucket] += shard.buckets[which][bucket].load(std::memory_order_relaxed);
    }
    total.sum += shard.sums[which].load(std::memory_order_relaxed);
  }
  return total;
}

const HistogramInfo& info(Histogram histogram) noexcept {
  return kHistogramInfos[static_cast<std::size_t>(histogram)];
}

const CounterInfo& info(Counter counter) noexcept {
  return kInfos[static_cast<std::size_t>(counter)];
}

}  // namespace telemetry
