// cli/rekey_command.hpp: `mllp-server store rekey`.
#pragma once

#include "cli/keeper_command.hpp"
#include "control/operations.hpp"

namespace cli {

// Encrypts all that is kept with the newest key, and waits until it is done; how far it is, on
// stderr. Returns the exit code.
[[nodiscard]] control::Answer<int> rekey_store(control::Operations& operations,
                                               const KeeperOptions& options);

}  // namespace cli
