// server/heartbeat.hpp: signs of life for the service manager, while there is life.
#pragma once

#include "base/clock.hpp"
#include "server/doors.hpp"
#include "server/supervisor.hpp"

namespace server {

// A sign of life is given only while the network threads run: main alone says little. The
// store's writer may wait for a slow disk as long as that takes; to be killed for it would
// help nobody.
class Heartbeat {
 public:
  // Both outlive it.
  Heartbeat(Supervisor& supervisor, Doors& doors) : supervisor_(supervisor), doors_(doors) {}

  // Call at every waking; gives the sign when it is due.
  void beat();

 private:
  Supervisor& supervisor_;
  Doors& doors_;
  base::SteadyTime due_{};
};

}  // namespace server
