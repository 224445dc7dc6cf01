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
  sum.latencies.add(lane.latencies);
  if (!lane.last_failure) return;
  if (!sum.last_failure || sum.last_failure->at < lane.last_failure->at) {
    sum.last_failure = lane.last_failure;
  }
}

bool has_ended(LaneThread& lane) { return lane.await_end(base::Duration::zero()); }

}  // namespace

Dispatcher::Dispatcher(std::vector<Destination> destinations, store::Outbox& outbox,
                       const base::Clock& clock, audit::Journal* journal)
    : outbox_(outbox), clock_(clock), journal_(journal) {
  const base::Lock lock(mutex_);
  for (Destination& each : destinations) served_.push_back(make_served(std::move(each)));
}

std::shared_ptr<Dispatcher::Served> Dispatcher::make_served(Destination destination) {
  auto served = std::make_shared<Served>(Served{std::move(destination), nullptr, {}});
  const Destination& to = served->destination;
  served->circuit = std::make_shared<Circuit>(to.name);
  for (std::uint32_t index = 0; index < to.lane_count; ++index) {
    LaneSettings settings{.name = to.name,
                          .slice = {.connector = to.id, .index = index, .count = to.lane_count},
                          .retry = to.retry,
                          .questions = to.questions,
                          .circuit = served->circuit,
                          .journal = journal_};
    served->lanes.push_back(
        std::make_unique<LaneThread>(std::move(settings), *to.plan, outbox_, clock_));
  }
  return served;
}

void Dispatcher::start() {
  const base::Lock lock(mutex_);
  for (const auto& served : served_) {
    for (const auto& lane : served->lanes) lane->start();
  }
}

std::shared_ptr<Dispatcher::Served> Dispatcher::take_served(store::ConnectorId id) {
  const auto found = std::ranges::find_if(
      served_, [id](const auto& served) { return served && served->destination.id == id; });
  return found == served_.end() ? nullptr : std::move(*found);
}

// Its lanes end by themselves; those that have are forgotten at the next reload.
void Dispatcher::retire(std::shared_ptr<Served> served) {
  for (const auto& lane : served->lanes) lane->request_stop();
  ending_.push_back(std::move(served));
}

Dispatcher::Lanes Dispatcher::ending_lanes(store::ConnectorId id) const {
  Lanes lanes;
  for (const auto& served : ending_) {
    if (served->destination.id != id) continue;
    for (const auto& lane : served->lanes) lanes.emplace_back(served, lane.get());
  }
  return lanes;
}

Dispatcher::Replaced Dispatcher::replace(std::vector<Destination> next) {
  Replaced done;
  std::vector<std::shared_ptr<Served>> served;
  const base::Lock lock(mutex_);
  std::erase_if(ending_, [](const auto& each) {
    return std::ranges::all_of(each->lanes, [](const auto& lane) { return has_ended(*lane); });
  });
  for (Destination& to : next) {
    removed_.erase(to.name);
    auto before = take_served(to.id);
    if (before && before->destination.settings == to.settings) {
      served.push_back(std::move(before));
      continue;
    }
    ++(before ? done.changed : done.added);
    if (before) retire(std::move(before));
    served.push_back(make_served(std::move(to)));
    const Lanes ending = ending_lanes(served.back()->destination.id);
    for (const auto& lane : served.back()->lanes) lane->start(ending);
  }
  for (auto& before : served_) {
    if (!before) continue;
    ++done.removed;
    removed_.emplace(before->destination.name, before->destination.id);
    retire(std::move(before));
  }
  served_ = std::move(served);
  return done;
}

// All at once, or each would begin to end when the one before it has.
Dispatcher::~Dispatcher() { request_stop(); }

Dispatcher::Lanes Dispatcher::all_lanes() const {
  Lanes lanes;
  const base::Lock lock(mutex_);
  for (const auto* list : {&served_, &ending_}) {
    for (const auto& served : *list) {
      for (const auto& lane : served->lanes) lanes.emplace_back(served, lane.get());
    }
  }
  return lanes;
}

void Dispatcher::request_stop() {
  for (const auto& lane : all_lanes()) lane->request_stop();
}

bool Dispatcher::stop(base::Duration longest) {
  request_stop();
  const base::SteadyTime until = base::Clock::system().steady_now() + longest;
  bool all_ended = true;
  for (const auto& lane : all_lanes()) {
    const base::Duration left = until - base::Clock::system().steady_now();
    all_ended = lane->await_end(std::max(left, base::Duration::zero())) && all_ended;
  }
  return all_ended;
}

std::vector<ConnectorStatus> Dispatcher::status() const {
  const base::Lock lock(mutex_);
  std::vector<ConnectorStatus> all;
  for (const auto& served : served_) {
    const Destination& to = served->destination;
    ConnectorStatus& status = all.emplace_back();
    status.name = to.name;
    status.id = to.id;
    status.target = to.plan->describe();
    status.queue = outbox_.status(to.id);
    for (const auto& lane : served->lanes) add(status.lanes, lane->report());
    status.lanes.state = served->circuit->state();  // a lane that sleeps knows it as it was
  }
  for (const auto& [name, id] : removed_) {
    ConnectorStatus& status = all.emplace_back();
    status.name = name;
    status.id = id;
    status.target = kRemovedTarget;
    status.queue = outbox_.status(id);
  }
  return all;
}

bool Dispatcher::resume(std::string_view name) {
  const base::Lock lock(mutex_);
  for (const auto& served : served_) {
    if (served->destination.name != name) continue;
    for (const auto& lane : served->lanes) lane->resume();
    return true;
  }
  return false;
}

}  // namespace deliver
