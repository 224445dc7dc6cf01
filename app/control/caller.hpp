// control/caller.hpp: who asks, as the system knows them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace control {

struct Caller {
  std::string way;  // "command" or "control.sock"
  uid_t uid = 0;
  pid_t pid = 0;

  // Who had logged in, whoever they have become since (sudo). None where the system does not
  // say: no such module, a service, a process that has gone.
  std::optional<std::uint32_t> login_uid{};
};

// This process.
[[nodiscard]] Caller own_caller();

// The peer of a unix socket, as it was when it connected.
[[nodiscard]] Caller caller_of(int socket);

}  // namespace control
