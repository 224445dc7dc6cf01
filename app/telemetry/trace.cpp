#include "telemetry/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <iterator>
#include <utility>

#include "base/mutex.hpp"
#include "telemetry/metrics.hpp"

namespace telemetry {
namespace {

constexpr std::uint64_t kRatioUnit = std::uint64_t{1} << 56U;  // a trace id ends in 56 random bits

struct Queue {
  base::Mutex mutex;
  std::deque<Span> spans GUARDED_BY(mutex);
  std::size_t count_max GUARDED_BY(mutex) = 0;
};

// Never destroyed: a thread that ends late may still record.
Queue& queue() {
  static Queue* const queue = new Queue;
  return *queue;
}

// Traced is what ends in less than this; 0: nothing is.
constinit std::atomic<std::uint64_t> threshold{0};

std::uint64_t last_octets(const base::Uuid& id, std::size_t count) noexcept {
  std::uint64_t value = 0;
  for (std::size_t at = id.octets.size() - count; at < id.octets.size(); ++at) {
    value = value << 8U | id.octets[at];
  }
  return value;
}

// The finalizer of splitmix64: neighbours become strangers.
std::uint64_t mixed(std::uint64_t value) noexcept {
  value = (value ^ value >> 30U) * 0xBF58476D1CE4E5B9U;
  value = (value ^ value >> 27U) * 0x94D049BB133111EBU;
  return value ^ value >> 31U;
}

std::int64_t nanos_of(auto duration) noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
}

}  // namespace

std::string_view to_string(Stage stage) noexcept {
  switch (stage) {
    case Stage::kMessage: return "message";
    case Stage::kFrame: return "frame";
    case Stage::kParse: return "parse";
    case Stage::kRules: return "rules";
    case Stage::kCommit: return "commit";
    case Stage::kAnswer: return "answer";
    case Stage::kDelivery: break;
  }
  return "delivery";
}

std::uint64_t span_id(const base::Uuid& message, Stage stage, std::uint64_t number) noexcept {
  const std::uint64_t salt = mixed(number * 8 + static_cast<std::uint64_t>(stage) + 1);
  return std::max<std::uint64_t>(mixed(last_octets(message, 8) ^ salt), 1);
}

std::string traceparent_of(const base::Uuid& message, std::uint64_t span) {
  return fmt::format("00-{:02x}-{:016x}-01", fmt::join(message.octets, ""), span);
}

void start_tracing(const TraceSettings& settings) {
  Queue& waiting = queue();
  {
    const base::Lock lock(waiting.mutex);
    waiting.count_max = settings.queue_max;
  }
  const double share = std::clamp(settings.ratio, 0.0, 1.0) * static_cast<double>(kRatioUnit);
  threshold.store(static_cast<std::uint64_t>(share), std::memory_order_relaxed);
}

void stop_tracing() {
  threshold.store(0, std::memory_order_relaxed);
  Queue& waiting = queue();
  const base::Lock lock(waiting.mutex);
  waiting.spans.clear();
}

bool is_tracing() noexcept { return threshold.load(std::memory_order_relaxed) != 0; }

bool is_traced(const base::Uuid& message) noexcept {
  return last_octets(message, 7) < threshold.load(std::memory_order_relaxed);
}

void record(std::vector<Span> spans) {
  Queue& waiting = queue();
  std::size_t taken = 0;
  {
    const base::Lock lock(waiting.mutex);
    const std::size_t room = waiting.count_max - std::min(waiting.spans.size(), waiting.count_max);
    taken = std::min(room, spans.size());
    std::move(spans.begin(), spans.begin() + static_cast<std::ptrdiff_t>(taken),
              std::back_inserter(waiting.spans));
  }
  if (taken < spans.size()) count(Counter::kSpansDropped, spans.size() - taken);
}

std::vector<Span> take_spans(std::size_t count_max) {
  Queue& waiting = queue();
  const base::Lock lock(waiting.mutex);
  const std::size_t taken_count = std::min(count_max, waiting.spans.size());
  const auto end = waiting.spans.begin() + static_cast<std::ptrdiff_t>(taken_count);
  std::vector<Span> taken(std::make_move_iterator(waiting.spans.begin()),
                          std::make_move_iterator(end));
  waiting.spans.erase(waiting.spans.begin(), end);
  return taken;
}

std::size_t waiting_span_count() {
  Queue& waiting = queue();
  const base::Lock lock(waiting.mutex);
  return waiting.spans.size();
}

WallScale::WallScale(const base::Clock& clock) noexcept
    : offset_(nanos_of(clock.wall_now().time_since_epoch()) -
              nanos_of(clock.steady_now().time_since_epoch())) {}

std::int64_t WallScale::nanos(base::SteadyTime at) const noexcept {
  return offset_ + nanos_of(at.time_since_epoch());
}

}  // namespace telemetry
