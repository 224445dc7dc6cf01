// store/lane_wait.hpp: where lanes sleep until there is something to claim.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <stop_token>

#include "base/clock.hpp"
#include "base/mutex.hpp"

namespace store {

// Belongs to a mutex of its owner, which is held in every call.
class LaneWait {
 public:
  // Something has changed: those who sleep should look again.
  void wake() {
    ++change_count_;
    if (sleeper_count_ > 0) changed_.notify_all();
  }

  // Sleeps until wake(), `until` on `clock` or a stop, whichever is first; the
  // mutex is released meanwhile. A clock that is turned by hand is not watched:
  // the wait lasts as long as it was when it began. False if the time has come or
  // a stop was asked for.
  bool sleep(base::Mutex& mutex, const base::Clock& clock, base::SteadyTime until,
             const std::stop_token& stop);

 private:
  std::condition_variable_any changed_;
  std::uint64_t change_count_ = 0;
  std::uint32_t sleeper_count_ = 0;
};

}  // namespace store
