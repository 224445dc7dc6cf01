// cli/messages_command.hpp: what `mllp-server messages` does, on operations that are open.
#pragma once

#include "base/clock.hpp"
#include "cli/keeper_command.hpp"
#include "control/operations.hpp"

namespace cli {

// Prints what is found, newest first; on stderr where to go on, and how far the index has
// come where it is behind. Returns the exit code.
[[nodiscard]] control::Answer<int> list_messages(control::Operations& operations,
                                                 const KeeperOptions& options, base::WallTime now);

// Each with its life line: received, judged, answered, and what became of it at each
// connector.
[[nodiscard]] control::Answer<int> show_messages(control::Operations& operations,
                                                 const KeeperOptions& options);

}  // namespace cli
