// config/environment.hpp: which variables of the environment were meant for us.
//
// The environment belongs to everybody, so a name that is not ours is no fault. One
// that nearly is ours was probably misspelt, and its author believes it in force.
#pragma once

#include <optional>
#include <string_view>

namespace config {

// The setting that a variable's name nearly is: another case, one or two edits, or
// our prefix (MLLP_, MLLP_SERVER_) before it. None if `name` is a setting, far from
// all, a variable that Kubernetes sets for a service, or known to be another's.
[[nodiscard]] std::optional<std::string_view> meant_setting(std::string_view name);

// X_SERVICE_HOST, X_SERVICE_PORT, X_SERVICE_PORT_<NAME>, X_PORT, X_PORT_2575_TCP,
// X_PORT_2575_TCP_ADDR and so on, for a service named x.
[[nodiscard]] bool is_service_variable(std::string_view name);

}  // namespace config
