// connect/module.hpp: connectors whose client library is heavy, each in a shared object
// that is loaded when one of its type is configured, and never unloaded.
//
// Modules lie in ../lib/mllp-server beside the folder of the program, <type>.so. What
// they are made of is connect/modules; what crosses is connect/module_abi.hpp.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "config/configuration.hpp"
#include "connect/connector.hpp"
#include "connect/module_abi.hpp"

namespace connectors {

struct ModuleType {
  std::string_view name;     // of the type
  std::string_view package;  // Debian's, of the library it needs: "libcurl4"
};

// Where the module of a type is looked for.
[[nodiscard]] std::string module_path(std::string_view type);

// Loads the file. Fails with a sentence for the operator that says what to install: the
// file or a library of it is missing, or it is of another build.
[[nodiscard]] base::Result<const abi::ModuleApi*, std::string> load_module(const ModuleType& type,
                                                                           const std::string& path);

// As make_plan() of registry.hpp, by the type's module. That it cannot be loaded is a
// problem at the key `type`.
[[nodiscard]] std::unique_ptr<ConnectorPlan> make_module_plan(
    const ModuleType& type, const config::ConnectorSettings& settings, config::Problems& problems);

}  // namespace connectors
