#include "otlp/exporter.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/trace.hpp"

namespace otlp {
namespace {

using telemetry::Counter;
using telemetry::Level;

constexpr unsigned kTriesMax = 5;
constexpr auto kFirstWait = std::chrono::seconds(1);
constexpr auto kGoodbye = std::chrono::seconds(1);
constexpr auto kLookEvery = std::chrono::milliseconds(200);  // whether a batch is full

std::int64_t nanos_now(const base::Clock& clock) {
  using std::chrono::nanoseconds;
  return std::chrono::duration_cast<nanoseconds>(clock.wall_now().time_since_epoch()).count();
}

}  // namespace

Exporter::Exporter(Plan plan, Measure measure, const base::Clock& clock)
    : plan_(std::move(plan)),
      measure_(std::move(measure)),
      clock_(clock),
      started_nanos_(nanos_now(clock)),
      client_(plan_, clock) {
  telemetry::start_tracing({.ratio = plan_.ratio, .queue_max = plan_.queue_max});
  spans_at_ = clock_.steady_now() + plan_.span_delay;
  metrics_at_ = clock_.steady_now() + plan_.metric_interval;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Exporter::~Exporter() {
  thread_.request_stop();
  thread_.join();
  telemetry::stop_tracing();
}

void Exporter::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (spans_are_due()) send_spans(plan_.timeout, stop);
    if (plan_.metrics && clock_.steady_now() >= metrics_at_) {
      metrics_at_ = clock_.steady_now() + plan_.metric_interval;
      send_metrics(plan_.timeout, stop);
    }
    wait(clock_.steady_now() + kLookEvery, stop);
  }
  say_goodbye();
}

void Exporter::wait(base::SteadyTime until, const std::stop_token& stop) {
  const base::Lock lock(mutex_);
  woken_.wait_until(mutex_, stop, until, [] { return false; });
}

// While a batch waits to be tried again, no other is taken out of the queue.
bool Exporter::spans_are_due() const {
  if (!plan_.traces) return false;
  const base::SteadyTime now = clock_.steady_now();
  if (!pending_.body.empty()) return now >= pending_.next;
  return now >= spans_at_ || telemetry::waiting_span_count() >= plan_.batch_max;
}

void Exporter::send_spans(base::Duration timeout, const std::stop_token& stop) {
  if (pending_.body.empty()) {
    spans_at_ = clock_.steady_now() + plan_.span_delay;
    const auto spans = telemetry::take_spans(plan_.batch_max);
    if (spans.empty()) return;
    pending_ = {encode_spans(plan_.resource, spans), spans.size(), 0, {}};
  }
  const Reply reply = client_.post(*plan_.traces, pending_.body, timeout, stop);
  conclude(reply);
  if (reply.reception == Reception::kTaken) {
    telemetry::count(Counter::kSpansExported, pending_.span_count);
    pending_ = {};
    return;
  }
  if (reply.reception == Reception::kRefused || ++pending_.tries == kTriesMax) {
    return drop_pending();
  }
  const base::Duration pause = kFirstWait * (1U << (pending_.tries - 1));
  pending_.next = clock_.steady_now() + std::max(pause, reply.retry_after.value_or(pause));
}

void Exporter::drop_pending() {
  telemetry::count(Counter::kSpansDropped, pending_.span_count);
  pending_ = {};
}

void Exporter::send_metrics(base::Duration timeout, const std::stop_token& stop) {
  const std::string body = encode_metrics(plan_.resource, measure_(), times());
  conclude(client_.post(*plan_.metrics, body, timeout, stop));
}

// What waits, each once more, while the second lasts.
void Exporter::say_goodbye() {
  const base::SteadyTime until = clock_.steady_now() + kGoodbye;
  const auto left = [&] { return until - clock_.steady_now(); };
  const auto has_spans = [&] {
    return !pending_.body.empty() || telemetry::waiting_span_count() > 0;
  };
  while (plan_.traces && has_spans() && !is_failing_ && left() > base::Duration::zero()) {
    send_spans(left(), {});
  }
  if (plan_.metrics && !is_failing_ && left() > base::Duration::zero()) send_metrics(left(), {});
  const std::size_t lost = telemetry::waiting_span_count() + pending_.span_count;
  if (lost > 0) telemetry::log(Level::kInfo, "otlp_spans_lost", {{"count", lost}});
}

void Exporter::conclude(const Reply& reply) {
  const bool failed = reply.reception != Reception::kTaken;
  telemetry::count(failed ? Counter::kExportsFailed : Counter::kExportsDone);
  if (std::exchange(is_failing_, failed) == failed) return;
  if (failed) {
    telemetry::log(Level::kWarning, "otlp_export_fails", {{"reason", reply.reason}});
  } else {
    telemetry::log(Level::kInfo, "otlp_export_works");
  }
}

MetricTimes Exporter::times() const { return {started_nanos_, nanos_now(clock_)}; }

}  // namespace otlp
