// server/supervisor.hpp: what the service manager that started us is told.
//
// systemd's notification protocol: one datagram of NAME=VALUE lines to the unix socket
// that NOTIFY_SOCKET names. It needs no library. Without that variable nobody asked, and
// nothing is sent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace server {

// From one thread. A datagram that cannot be sent within a second is given up and told on
// the log once: serving goes on, and the manager decides what it makes of the silence.
class Supervisor {
 public:
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the process.
  [[nodiscard]] static Supervisor from_environment();

  // How often the manager wants a sign of life: half of what it waits for one, as it
  // recommends. None where it does not watch.
  [[nodiscard]] std::optional<base::Duration> alive_every() const noexcept { return alive_every_; }

  // `status` is one line for a person, here and below.
  void ready(std::string_view status);

  // A reload begins. ready() tells its end, whatever came of it.
  void reloading();

  // The end begins and takes `at_most`: the manager's own limit is put off by so much.
  void stopping(base::Duration at_most);

  void alive();

 private:
  void send(const std::string& lines);

  std::string socket_;  // a path, or '@' and an abstract name; empty: nobody asked
  std::optional<base::Duration> alive_every_;
  bool has_failed_ = false;
};

}  // namespace server
