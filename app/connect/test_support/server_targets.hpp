// connect/test_support/server_targets.hpp: targets of the connectors that are modules, for
// the suite that every connector must pass.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "connect/connector.hpp"
#include "connect/test_support/targets.hpp"

namespace connectors::test_support {

// One connector as the YAML document says it, the common keys read already. `name: lab`
// and `type:` are its lines 1 and 2.
[[nodiscard]] config::ConnectorSettings settings_of(std::string type, const std::string& yaml);

// A plan of good settings, by the registry; a test's failure if they are not.
[[nodiscard]] std::unique_ptr<ConnectorPlan> plan_of(std::string type, const std::string& yaml);

// http (a scripted server), nginx, postgres.
[[nodiscard]] std::vector<TargetKind> server_target_kinds();

// Why the target of that name cannot be had on this machine; empty if it can.
[[nodiscard]] std::string missing_for(const std::string& name);

}  // namespace connectors::test_support
