// cli/send_command.hpp: `mllp-server send`: messages from files to a server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cli/tls_options.hpp"
#include "config/values.hpp"

namespace cli {

struct SendCommandOptions {
  std::vector<std::string> paths;  // files, folders, "-" for stdin; none: stdin
  config::Address to{"127.0.0.1", 2575};
  TlsOptions tls;
  std::size_t connections = 1;
  std::size_t in_flight = 1;  // on each connection
  double rate = 0.0;          // messages a second over all connections; 0: no limit
  std::uint64_t repeat = 1;
  base::Duration timeout = std::chrono::seconds(30);
  unsigned retries = 3;
  base::Duration retry_wait = std::chrono::milliseconds(500);
  bool raw = false;      // octets as they are read
  bool whole = false;    // each input is one frame
  bool verbose = false;  // print each answer
  bool json = false;
};

// Results on stdout, all else on stderr. Returns the exit code: 0 if everything
// was accepted, 1 if not, 2 if an input or the destination cannot be found.
[[nodiscard]] int run_send_command(const SendCommandOptions& options, const base::Clock& clock);

}  // namespace cli
