// connect/settings_reader.hpp: where each type's own settings are read from.
#pragma once

#include "config/configuration.hpp"

namespace connectors {

// A Reader of the connector's mapping that takes the keys common to every type as
// known. Both references outlive it.
[[nodiscard]] config::Reader make_settings_reader(const config::ConnectorSettings& settings,
                                                  config::Problems& problems);

}  // namespace connectors
