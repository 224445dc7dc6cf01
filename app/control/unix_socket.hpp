// control/unix_socket.hpp: a socket in a folder, lines in and out, each with a deadline.
//
// The folder may have a longer name than a socket's address holds (108 octets): it is
// reached by its descriptor.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "connect/descriptor.hpp"

namespace control {

using connectors::Descriptor;

inline constexpr std::string_view kSocketName = "control.sock";

// Listens at `folder`/control.sock, readable and writable by its owner alone; at most
// `waiting_max` connections wait. What an ended process left there is replaced; where
// one that lives answers it is an error. The sentence says what is wrong.
[[nodiscard]] base::Result<Descriptor, std::string> listen_in(const std::string& folder,
                                                              int waiting_max);

// Connects at once or not at all: the descriptor is not open where nobody listens.
[[nodiscard]] Descriptor connect_in(const std::string& folder);

// How long an exchange may take, and what ends it before.
struct Patience {
  const base::Clock& clock;
  base::SteadyTime deadline;
  int wake = -1;  // a descriptor that becomes readable when all must end; -1: none
};

enum class LineEnd : std::uint8_t {
  kLine = 1,     // a whole line
  kClosed = 2,   // the peer ended, or failed, before its line end
  kTooLong = 3,  // more than was allowed
  kLate = 4,     // the deadline passed, or all must end
};

// Reads up to and with a line feed into `line`, without it; what was read beyond it stays
// in `rest` for the next call.
[[nodiscard]] LineEnd read_line(int socket, std::size_t bytes_max, const Patience& patience,
                                std::string& rest, std::string& line);

// False if it could not all be written in time.
[[nodiscard]] bool write_all(int socket, std::string_view octets, const Patience& patience);

}  // namespace control
