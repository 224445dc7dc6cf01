// server/destinations.hpp: the connectors of a configuration, ready to be delivered to.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/configuration.hpp"
#include "connect/connector.hpp"
#include "deliver/dispatcher.hpp"
#include "intake/router.hpp"
#include "store/outbox.hpp"

namespace server {

// No connector of a configuration can have such a name.
inline constexpr std::string_view kAnswersSuffix = "+answers";

using Plans = std::vector<std::unique_ptr<connectors::ConnectorPlan>>;

// Everything that can be wrong with a configuration beyond its form and its rules: found
// before anything is opened or replaced.
[[nodiscard]] base::Result<Plans, config::Problems> make_plans(
    const config::Configuration& configuration, const base::Clock& clock);

// Registers names that are new to the store, blocks until that is durable, and limits
// their backlogs. Behind the connectors stand those that are asked, once more: what senders
// wait for has lanes of its own, named with kAnswersSuffix.
// REQUIRES: the plans of this configuration.
[[nodiscard]] base::Result<std::vector<deliver::Destination>, std::string> make_destinations(
    const config::Configuration& configuration, Plans plans, store::Outbox& outbox,
    deliver::Questions& questions);

[[nodiscard]] intake::Router router_to(const std::vector<deliver::Destination>& destinations);

}  // namespace server
