// connect/patience.hpp: how long a connector waits, and what ends the wait early.
//
// One Patience spans one step as a whole (connecting, or one message and its
// answer), however many reads and writes that takes: a peer that sends an octet
// now and then does not stretch it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>

#include "base/clock.hpp"

namespace connectors {

enum class Wake : std::uint8_t { kReady, kDeadline, kStopped };

// Not thread-safe. The clock outlives it.
class Patience {
 public:
  // A stop request ends it at once, or, when `after_stop` is given, cuts what is
  // left to that. REQUIRES: timeout and after_stop at least 0.
  Patience(const base::Clock& clock, base::Duration timeout, std::stop_token stop,
           base::Duration after_stop = {});

  // Blocks until the descriptor is ready for `events` (poll(2)'s, errors and the
  // end of the stream included) or the wait is over. A stop is seen within 50 ms.
  [[nodiscard]] Wake wait(int descriptor, short events);

  // None while there is time left.
  [[nodiscard]] std::optional<Wake> over();

  // How long to block before asking over() again: at most 50 ms, at least 0.
  [[nodiscard]] base::Duration slice();

  // What is left, at least 0.
  [[nodiscard]] base::Duration left();

  // Another one for the first of `count` tries that shall fit into what is left.
  // REQUIRES: count at least 1.
  [[nodiscard]] Patience share(std::size_t count);

 private:
  void heed_stop();

  const base::Clock& clock_;
  base::SteadyTime until_;
  std::stop_token stop_;
  base::Duration after_stop_;
  bool stop_seen_ = false;
};

}  // namespace connectors
