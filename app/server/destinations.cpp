#include "server/destinations.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/try.hpp"
#include "connect/registry.hpp"
#include "intake/ack_policy.hpp"

namespace server {
namespace {

// What says which messages a connector gets, not how it delivers them.
constexpr std::array<std::string_view, 4> kRoutingKeys = {"filter", "order_by", "on_filter_error",
                                                          "max_backlog"};

void append_text(std::string& out, const config::Node& node) {
  out += '(' + std::to_string(node.text.size()) + ':' + node.text;
  for (const config::Node& item : node.items) append_text(out, item);
  for (const auto& [key, value] : node.entries) {
    out += key + '=';
    append_text(out, value);
  }
  out += ')';
}

// The settings by which it delivers, as they are written.
std::string settings_text(const config::ConnectorSettings& settings) {
  std::string text;
  for (const auto& [key, value] : settings.node.entries) {
    if (std::ranges::find(kRoutingKeys, key) != kRoutingKeys.end()) continue;
    text += key + '=';
    append_text(text, value);
  }
  return text;
}

store::BacklogLimit to_limit(const config::BacklogSettings& settings) {
  const bool parks = settings.on_full == config::BacklogSettings::OnFull::kPark;
  return {settings.messages, settings.bytes, parks ? store::OnFull::kPark : store::OnFull::kRefuse};
}

const config::ListenerSettings* asker_of(const config::Configuration& configuration,
                                         std::string_view connector) {
  const auto found =
      std::ranges::find(configuration.listeners, connector, &config::ListenerSettings::answer_from);
  return found == configuration.listeners.end() ? nullptr : &*found;
}

void check_answerers(const config::Configuration& configuration, const Plans& plans,
                     config::Problems& problems) {
  for (std::size_t index = 0; index < plans.size(); ++index) {
    const config::ConnectorSettings& settings = configuration.connectors[index];
    const auto* const asker = asker_of(configuration, settings.name);
    if (asker == nullptr || plans[index] == nullptr || plans[index]->can_answer()) continue;
    problems.push_back(settings.node.problem(
        "connector " + settings.name + ": listener " + asker->name +
        " wants its answers (answer_from), but a target of type " + settings.type +
        " gives none that could be passed on; type mllp does"));
  }
}

base::Result<store::ConnectorId, std::string> registered(store::Outbox& outbox,
                                                         const std::string& name) {
  const auto id = outbox.connector_id(name);
  if (id) return *id;
  return base::fail("connector " + name + " cannot be registered in the store: " +
                    std::string(to_string(id.error().fault)));
}

}  // namespace

base::Result<Plans, config::Problems> make_plans(const config::Configuration& configuration,
                                                 const base::Clock& clock) {
  Plans plans;
  config::Problems problems;
  for (const config::ConnectorSettings& settings : configuration.connectors) {
    plans.push_back(connectors::make_plan(settings, clock, problems));
  }
  check_answerers(configuration, plans, problems);
  for (const config::ListenerSettings& settings : configuration.listeners) {
    if (auto policy = intake::AckPolicy::make(settings.answers); !policy) {
      std::ranges::move(policy.error(), std::back_inserter(problems));
    }
  }
  if (!problems.empty()) return base::fail(std::move(problems));
  return plans;
}

base::Result<std::vector<deliver::Destination>, std::string> make_destinations(
    const config::Configuration& configuration, Plans plans, store::Outbox& outbox,
    deliver::Questions& questions) {
  std::vector<deliver::Destination> destinations;
  for (std::size_t index = 0; index < plans.size(); ++index) {
    const config::ConnectorSettings& settings = configuration.connectors[index];
    const auto id = TRY(registered(outbox, settings.name));
    destinations.push_back({settings.name, id, std::move(plans[index]), settings.retry,
                            static_cast<std::uint32_t>(settings.lanes), settings_text(settings)});
  }
  for (std::size_t index = 0; index < plans.size(); ++index) {
    if (asker_of(configuration, destinations[index].name) == nullptr) continue;
    deliver::Destination asked = destinations[index];
    asked.name += kAnswersSuffix;
    asked.id = TRY(registered(outbox, asked.name));
    asked.questions = &questions;
    destinations.push_back(std::move(asked));
  }
  for (std::size_t index = 0; index < plans.size(); ++index) {
    outbox.limit_backlog(destinations[index].id,
                         to_limit(configuration.connectors[index].max_backlog));
  }
  return destinations;
}

intake::Router router_to(const std::vector<deliver::Destination>& destinations) {
  std::vector<store::ConnectorId> ids;
  std::vector<intake::Router::Answerer> answerers;
  for (const deliver::Destination& each : destinations) {
    if (each.questions == nullptr) {
      ids.push_back(each.id);
      continue;
    }
    const std::string name = each.name.substr(0, each.name.size() - kAnswersSuffix.size());
    const auto connector = std::ranges::find(destinations, name, &deliver::Destination::name);
    answerers.push_back({name, connector->id, each.id});
  }
  return intake::Router(std::move(ids), std::move(answerers));
}

}  // namespace server
