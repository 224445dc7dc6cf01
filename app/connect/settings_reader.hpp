// connect/settings_reader.hpp: where each type's own settings are read from.
#pragma once

#include <string_view>

#include "base/clock.hpp"
#include "config/configuration.hpp"
#include "config/node.hpp"

namespace connectors {

// A Reader of the connector's mapping that takes the keys common to every type as
// known. Both references outlive it.
[[nodiscard]] config::Reader make_settings_reader(const config::ConnectorSettings& settings,
                                                  config::Problems& problems);

// Every wait has an end: 0, which elsewhere means none, is reported.
[[nodiscard]] base::Duration read_timeout(config::Reader& reader, std::string_view key,
                                          base::Duration otherwise);

}  // namespace connectors
