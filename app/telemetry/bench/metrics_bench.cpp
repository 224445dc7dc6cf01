// What telemetry costs one message: at most 0.3 us are allowed in all.
#include <benchmark/benchmark.h>

#include <string_view>

#include "base/clock.hpp"
#include "telemetry/message_counts.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/trace.hpp"

namespace telemetry {
namespace {

// As a session does it for a message that comes alone, is stored and answered: what it
// counts, its stages, and the clock that it reads for them alone.
void tell_one_message(const base::Clock& clock) {
  const base::SteadyTime read_at = clock.steady_now();
  benchmark::DoNotOptimize(is_tracing());  // not configured: asked twice, for answer and target
  benchmark::DoNotOptimize(is_tracing());
  const base::SteadyTime parsed_at = clock.steady_now();
  observe(Histogram::kParse, parsed_at - read_at);
  const base::SteadyTime submitted_at = clock.steady_now();
  count(Counter::kBytesReceived, 400);
  count(Counter::kFramesReceived);
  count(Counter::kStoreCommits);
  count(Counter::kMessagesStored);
  observe(Histogram::kGroupMessages, 1);
  const base::SteadyTime durable_at = clock.steady_now();
  observe(Histogram::kCommit, durable_at - submitted_at);
  count_message("ADT", "A01", Told::kAccepted);
  count(Counter::kAnswersAccepted);
  count(Counter::kBytesSent, 100);
  observe(Histogram::kAnswer, durable_at - read_at);
}

void tell_message(benchmark::State& state) {
  const base::Clock& clock = base::Clock::system();
  for (auto _ : state) tell_one_message(clock);
}

void count_once(benchmark::State& state) {
  for (auto _ : state) count(Counter::kFramesReceived);
}

void observe_once(benchmark::State& state) {
  for (auto _ : state) observe(Histogram::kCommit, 123'456);
}

void count_type(benchmark::State& state) {
  for (auto _ : state) count_message("ADT", "A01", Told::kAccepted);
}

void read_clock(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(base::Clock::system().steady_now());
}

BENCHMARK(tell_message)->Threads(1)->Threads(2);
BENCHMARK(count_once);
BENCHMARK(observe_once);
BENCHMARK(count_type)->Threads(1)->Threads(2);
BENCHMARK(read_clock);

}  // namespace
}  // namespace telemetry
