// server/start_line.hpp: what the server does, in one sentence for the log.
#pragma once

#include <string>
#include <vector>

#include "config/configuration.hpp"

namespace server {

// "takes messages on default [::]:2575 without TLS; keeps them in ./data; delivers them
// nowhere; shows its health on 127.0.0.1:8575, metrics to nobody". `listeners` are their names
// and addresses as bound, in the order of the configuration; `admin_address` is empty where
// there is none.
[[nodiscard]] std::string describe(const config::Configuration& configuration,
                                   const std::vector<std::string>& listeners,
                                   const std::string& admin_address);

}  // namespace server
