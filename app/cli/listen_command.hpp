// cli/listen_command.hpp: `mllp-server listen`, a receiver to test senders with.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "config/values.hpp"

namespace cli {

struct ListenCommandOptions {
  config::Address listen{"127.0.0.1", 2575};
  std::string answer = "AA";  // a script, see listen_script.hpp
  std::string script_file;    // set: the script is in it
  std::uint64_t count = 0;    // ends after so many messages; 0: on Ctrl-C
  bool quiet = false;         // one line a message, without its segments
  bool json = false;          // one object a message
  std::string certificate;    // PEM; empty: plain TCP
  std::string key;            // empty: it stands in the certificate's file
  std::string key_password_file;
  std::string client_ca;  // set: a client's certificate is required
};

// Messages on stdout, all else on stderr. Returns the exit code: 0; 1 if it cannot listen;
// 2 if the script or a file is wrong.
[[nodiscard]] int run_listen_command(const ListenCommandOptions& options, const base::Clock& clock);

}  // namespace cli
