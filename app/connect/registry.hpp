// connect/registry.hpp: the types of connectors, by name. A new one is a file pair
// and one line in registry.cpp; a module (module.hpp) is loaded when its name is asked for.
#pragma once

#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "config/configuration.hpp"
#include "connect/connector.hpp"

namespace connectors {

// Checks the type and its own settings. Problems are added to `problems`; then
// nullptr is returned.
[[nodiscard]] std::unique_ptr<ConnectorPlan> make_plan(const config::ConnectorSettings& settings,
                                                       const base::Clock& clock,
                                                       config::Problems& problems);

}  // namespace connectors
