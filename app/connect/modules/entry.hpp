// connect/modules/entry.hpp: makes a module of a connector that is written like any other.
//
// A module is the type's own files and one more, x_module.cpp:
//
//     const connectors::abi::ModuleApi* mllp_connector_v1() {
//       return connectors::module_api(connectors::make_x_plan);
//     }
//
// Inside, base::Clock::system() is the clock, and nothing is logged: what there is to
// tell stands in outcomes, which the program logs.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "config/configuration.hpp"
#include "connect/connector.hpp"
#include "connect/module_abi.hpp"

namespace connectors {

using MakePlan = std::unique_ptr<ConnectorPlan> (*)(const config::ConnectorSettings&,
                                                    const base::Clock&, config::Problems&);

// The module's functions, which end every exception: one in deliver() is a failure of the
// target, so that the lane waits and tries again. Called once in a process.
[[nodiscard]] const abi::ModuleApi* module_api(MakePlan make);

}  // namespace connectors

extern "C" __attribute__((visibility("default"))) const connectors::abi::ModuleApi*
mllp_connector_v1();
