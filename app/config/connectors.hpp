// config/connectors.hpp: the `connectors:` of the YAML document, as far as every type
// has the same keys. A type's own keys stay in the node, for its own reader.
#pragma once

#include <vector>

#include "config/configuration.hpp"

namespace config {

// At most 256. `list` may be nullptr. The origins hold the common settings with their defaults,
// then the type's own keys as they stand; what may be a secret is "[hidden]".
[[nodiscard]] std::vector<ConnectorSettings> read_connectors(const Node* list, Problems& problems,
                                                             std::vector<SettingOrigin>& origins);

}  // namespace config
