// server/server.hpp: the composition root. Names concrete classes and joins rooms.
#pragma once

#include "config/configuration.hpp"
#include "server/reload.hpp"

namespace server {

// What a process that serves ends with.
enum ExitCode : int {
  kExitDone = 0,        // told to stop, and everything in order
  kExitFailed = 1,      // could not start: store, address, connector
  kExitConfig = 2,      // a setting is wrong
  kExitSyncFailed = 70  // what is on disk is unknown: start again, it recovers
};

// Serves until SIGTERM or SIGINT, then drains (product.md section 10) and returns
// an ExitCode. Says on the log what it does; on a failure to start also why.
//
// Call from the main thread, before any other thread is made: signals are blocked
// for all threads and waited for here. `configuration` outlives the call. On SIGHUP
// it is loaded again.
[[nodiscard]] int serve(const config::Configuration& configuration, const Loader& load);

}  // namespace server
