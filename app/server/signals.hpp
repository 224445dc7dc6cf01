// server/signals.hpp: signals as things to wait for, not as interruptions.
#pragma once

#include <csignal>
#include <optional>

#include "base/clock.hpp"

namespace server {

// Blocks SIGTERM, SIGINT, SIGHUP, SIGUSR1 and SIGUSR2 for this thread and all that it makes, and
// ignores SIGPIPE: a peer that has gone is an error of its write.
[[nodiscard]] constexpr bool is_stop(int signal) noexcept {
  return signal == SIGTERM || signal == SIGINT;
}

class Signals {
 public:
  Signals();

  // The next signal, or none when the time has passed. From the thread that made
  // the object.
  [[nodiscard]] std::optional<int> wait(base::Duration at_most);
  [[nodiscard]] int wait();

 private:
  sigset_t set_{};
};

}  // namespace server
