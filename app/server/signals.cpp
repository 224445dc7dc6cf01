#include "server/signals.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <ctime>

namespace server {

Signals::Signals() {
  sigemptyset(&set_);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&set_, signal);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

std::optional<int> Signals::wait(base::Duration at_most) {
  const auto rest = std::max(at_most, base::Duration::zero());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(rest);
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(rest - seconds);
  const std::timespec timeout{seconds.count(), nanoseconds.count()};
  const int signal = sigtimedwait(&set_, nullptr, &timeout);
  if (signal <= 0) return std::nullopt;
  return signal;
}

int Signals::wait() {
  int signal = 0;
  while (sigwait(&set_, &signal) != 0) {
  }
  return signal;
}

}  // namespace server
