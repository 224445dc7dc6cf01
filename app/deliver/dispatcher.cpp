#include "deliver/dispatcher.hpp"

#include <algorithm>
#include <utility>

namespace deliver {
namespace {

void add(LaneReport& sum, const LaneReport& lane) {
  sum.attempt_count += lane.attempt_count;
  sum.delivered_count += lane.delivered_count;
  sum.parked_count += lane.parked_count;
  sum.restart_count += lane.restart_count;
  if (!lane.last_failure) return;
  if (!sum.last_failure || sum.last_failure->at < lane.last_failure->at) {
    sum.last_failure = lane.last_failure;
  }
}

}  // namespace

Dispatcher::Dispatcher(std::vector<Destination> destinations, store::Outbox& outbox,
                       const base::Clock& clock)
    : outbox_(outbox), clock_(clock) {
  for (Destination& destination : destinations) {
    Served& served = served_.emplace_back(Served{std::move(destination), nullptr, {}});
    const Destination& to = served.destination;
    served.circuit = std::make_shared<Circuit>(to.name);
    for (std::uint32_t index = 0; index < to.lane_count; ++index) {
      LaneSettings settings{.name = to.name,
                            .slice = {.connector = to.id, .index = index, .count = to.lane_count},
                            .retry = to.retry,
                            .circuit = served.circuit};
      served.lanes.push_back(
          std::make_unique<LaneThread>(std::move(settings), *to.plan, outbox_, clock_));
    }
  }
}

void Dispatcher::start() {
  for (const Served& served : served_) {
    for (const auto& lane : served.lanes) lane->start();
  }
}

// All at once, or each would begin to end when the one before it has.
Dispatcher::~Dispatcher() { request_stop(); }

void Dispatcher::request_stop() {
  for (const Served& served : served_) {
    for (const auto& lane : served.lanes) lane->request_stop();
  }
}

bool Dispatcher::stop(base::Duration longest) {
  request_stop();
  const base::SteadyTime until = base::Clock::system().steady_now() + longest;
  bool all_ended = true;
  for (const Served& served : served_) {
    for (const auto& lane : served.lanes) {
      const base::Duration left = until - base::Clock::system().steady_now();
      all_ended = lane->await_end(std::max(left, base::Duration::zero())) && all_ended;
    }
  }
  return all_ended;
}

std::vector<ConnectorStatus> Dispatcher::status() const {
  std::vector<ConnectorStatus> all;
  for (const Served& served : served_) {
    const Destination& to = served.destination;
    ConnectorStatus& status = all.emplace_back();
    status.name = to.name;
    status.target = to.plan->describe();
    status.queue = outbox_.status(to.id);
    for (const auto& lane : served.lanes) add(status.lanes, lane->report());
    status.lanes.state = served.circuit->state();  // a lane that sleeps knows it as it was
  }
  return all;
}

bool Dispatcher::resume(std::string_view name) {
  for (const Served& served : served_) {
    if (served.destination.name != name) continue;
    for (const auto& lane : served.lanes) lane->resume();
    return true;
  }
  return false;
}

}  // namespace deliver
