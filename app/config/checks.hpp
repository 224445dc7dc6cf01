// config/checks.hpp: what must hold between settings that are each fine alone.
#pragma once

#include <vector>

#include "config/configuration.hpp"
#include "config/given.hpp"
#include "config/listeners.hpp"

namespace config {

// Reports at the setting that the operator wrote, where there is one:
//   - STORE=memory without ALLOW_LOSS=true
//   - a DEDUP_WINDOW that holds nothing, or more than a store can tell
//   - DEDUP_WINDOW or DEDUP_CONFLICT where no listener has DEDUP
//   - a MAX_FRAME_SIZE that MAX_BUFFERED_BYTES has no room for
//   - two listeners of one name, or on addresses that cannot both be listened on
//   - two connectors of one name
//   - a listener whose answers are to come from a connector that is not there
//   - what belongs to TLS, client certificates or the PROXY protocol, alone
void check_together(const ServerSettings& server, const std::vector<ReadListener>& listeners,
                    const std::vector<ConnectorSettings>& connectors, const Given& given,
                    Problems& problems);

}  // namespace config
