// cli/bench_command.hpp: `mllp-server bench`: load with latency percentiles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cli/tls_options.hpp"
#include "config/values.hpp"

namespace cli {

struct BenchCommandOptions {
  std::vector<std::string> paths;  // messages to take in turn; none: an ORU^R01
  config::Address to{"127.0.0.1", 2575};
  TlsOptions tls;
  std::size_t connections = 64;
  std::size_t in_flight = 1;  // on each connection
  base::Duration duration = std::chrono::seconds(10);
  std::optional<std::uint64_t> messages;  // instead of the duration
  std::optional<base::Duration> warm_up;  // none: 1 s before a duration, 0 before a number
  std::size_t size = 0;                   // least octets of the ORU^R01
  base::Duration timeout = std::chrono::seconds(30);
  bool json = false;
};

// The result on stdout, progress and faults on stderr. Returns the exit code: 0
// if every message was accepted, 1 if not, 2 if it could not be tried.
[[nodiscard]] int run_bench_command(const BenchCommandOptions& options, const base::Clock& clock);

}  // namespace cli
