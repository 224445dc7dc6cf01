#include "server/control.hpp"

#include <utility>
#include <vector>

#include "telemetry/log.hpp"

namespace server {
namespace {

std::vector<control::LaneView> views_of(const deliver::Dispatcher& dispatcher) {
  std::vector<control::LaneView> views;
  for (const deliver::ConnectorStatus& each : dispatcher.status()) {
    if (each.target == deliver::kRemovedTarget) continue;
    control::LaneView view{each.name, each.target, std::string(to_string(each.lanes.state)), {}};
    if (each.lanes.last_failure) view.last_failure = each.lanes.last_failure->reason;
    views.push_back(std::move(view));
  }
  return views;
}

control::Lanes lanes_of(deliver::Dispatcher& dispatcher) {
  control::Lanes lanes;
  lanes.views = [&dispatcher] { return views_of(dispatcher); };
  lanes.resume = [&dispatcher](const std::string& name) { return dispatcher.resume(name); };
  return lanes;
}

}  // namespace

Control::Control(const Kept& kept, deliver::Dispatcher& dispatcher, const base::Clock& clock)
    : clock_(clock), operations_(kept.outbox, kept.archive, clock, lanes_of(dispatcher)) {
  if (kept.journal != nullptr) audited_.emplace(operations_, *kept.journal, clock);
}

void Control::start(const std::string& folder) {
  control::Operations* operations = &operations_;
  if (audited_) operations = &*audited_;
  auto opened = control::ControlServer::open(folder, *operations, clock_);
  if (opened) {
    server_ = std::move(*opened);
    return;
  }
  telemetry::log(telemetry::Level::kError, "control_unavailable", {{"reason", opened.error()}});
}

}  // namespace server
