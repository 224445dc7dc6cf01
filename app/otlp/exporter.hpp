// otlp/exporter.hpp: sends what is traced and measured, on a thread of its own.
//
// A collector that is away or slow costs nobody anything: spans wait in their one bounded
// queue and are dropped and counted when it is full; metrics are sent as they are then at
// the next time. A batch of spans is tried five times, with growing waits (or the
// collector's own Retry-After). One line in the log when it begins to fail, one when it
// works again.
#pragma once

#include <condition_variable>
#include <functional>
#include <string>
#include <thread>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "otlp/client.hpp"
#include "otlp/plan.hpp"
#include "telemetry/snapshot.hpp"

namespace otlp {

class Exporter {
 public:
  // Asked on the exporter's thread. What it looks at outlives the exporter, and so does the
  // clock.
  using Measure = std::function<telemetry::Snapshot()>;

  // From now on messages are traced.
  Exporter(Plan plan, Measure measure, const base::Clock& clock);

  // Sends what waits, for a second at most, and ends the thread.
  ~Exporter();
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

 private:
  // A request that was not taken yet.
  struct Pending {
    std::string body;
    std::size_t span_count = 0;
    unsigned tries = 0;
    base::SteadyTime next{};
  };

  void run(const std::stop_token& stop);
  void wait(base::SteadyTime until, const std::stop_token& stop);
  void send_spans(base::Duration timeout, const std::stop_token& stop);
  void send_metrics(base::Duration timeout, const std::stop_token& stop);
  void say_goodbye();
  [[nodiscard]] bool spans_are_due() const;
  void conclude(const Reply& reply);
  void drop_pending();
  [[nodiscard]] MetricTimes times() const;

  const Plan plan_;
  const Measure measure_;
  const base::Clock& clock_;
  const std::int64_t started_nanos_;
  Client client_;
  Pending pending_;
  base::SteadyTime spans_at_{};
  base::SteadyTime metrics_at_{};
  bool is_failing_ = false;

  base::Mutex mutex_;  // for the wait alone
  std::condition_variable_any woken_;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace otlp
