#include "server/heartbeat.hpp"

#include "telemetry/log.hpp"

namespace server {

void Heartbeat::beat() {
  const auto every = supervisor_.alive_every();
  const base::SteadyTime now = base::Clock::system().steady_now();
  if (!every || now < due_) return;
  due_ = now + *every;
  if (doors_.check_pulse()) {
    supervisor_.alive();
  } else {
    telemetry::log(telemetry::Level::kCritical, "network_thread_stuck",
                   {{"text", "no sign of life for the service manager"}});
  }
}

}  // namespace server
