// cli/letters_command.hpp: what `mllp-server dead-letters` does, on operations that are open.
#pragma once

#include "base/clock.hpp"
#include "cli/keeper_command.hpp"
#include "control/operations.hpp"

namespace cli {

// REQUIRES: an act of dead letters. `is_running`: the server will see what is decided at
// once, else at its start. Returns the exit code.
[[nodiscard]] int run_letters(control::Operations& operations, const KeeperOptions& options,
                              const base::Clock& clock, bool is_running);

}  // namespace cli
