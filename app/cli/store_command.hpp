// cli/store_command.hpp: `mllp-server store`: stats, backup and check of what is kept.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "cli/keeper_command.hpp"
#include "config/configuration.hpp"
#include "control/operations.hpp"

namespace cli {

// Segments, sizes, what is owed by whom, what will go and when. Returns the exit code.
[[nodiscard]] control::Answer<int> show_store(control::Operations& operations,
                                              const KeeperOptions& options);

// Takes a backup, and waits until it is done; how far it is, on stderr.
[[nodiscard]] control::Answer<int> back_up_store(control::Operations& operations,
                                                 const KeeperOptions& options);

// Looks at the files themselves, beside a running server or without one.
[[nodiscard]] int check_store_files(const config::Configuration& configuration,
                                    const KeeperOptions& options);

}  // namespace cli
