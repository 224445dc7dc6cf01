// cli/certs_command.hpp: `mllp-server certs check` and `mllp-server certs probe`.
#pragma once

#include "base/clock.hpp"
#include "cli/tls_options.hpp"
#include "config/configuration.hpp"
#include "config/values.hpp"

namespace cli {

struct CertsProbeOptions {
  config::Address to{"127.0.0.1", 2575};
  TlsOptions tls;
  base::Duration timeout = std::chrono::seconds(10);
};

// What is configured, whether it fits, when it ends: for each listener with TLS.
// Returns 0 if all is well for 30 days at least, 1 if something is wrong or ends
// before, 2 if the settings cannot be read.
[[nodiscard]] int run_certs_check(const config::ConfigurationSources& sources,
                                  const base::Clock& clock);

// Makes one handshake and says what came of it, or in one sentence why none did.
// Returns 0 if it stands, 1 if not, 2 if the host or a file cannot be found.
[[nodiscard]] int run_certs_probe(const CertsProbeOptions& options, const base::Clock& clock);

}  // namespace cli
