// connect/mllp.hpp: the connector type `mllp`, as it is configured.
//
//   address          host:port, required
//   backup_address   host:port, tried when the first cannot be connected
//   connect_timeout  10s, for each address, name lookup included
//   answer_timeout   30s, for handing a message over, and again for its answer
//   keep_alive       60s, 0 is never
//   tls              {ca, cert, key, key_password_file, server_name, verify: true,
//                     min_version: 1.2}; all may be left out: the system's authorities
//   on_answer        {AE: retry, AR: park, CE: retry, CR: park}
//   match            strict | prefix20 | order: see mllp_answer.hpp
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "config/configuration.hpp"
#include "connect/connector.hpp"

namespace connectors {

// As make_plan() in registry.hpp.
[[nodiscard]] std::unique_ptr<ConnectorPlan> make_mllp_plan(
    const config::ConnectorSettings& settings, const base::Clock& clock,
    config::Problems& problems);

}  // namespace connectors
