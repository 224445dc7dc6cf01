// connect/modules/postgres.hpp: the connector type `postgres`, as it is configured.
//
//   dsn              required: libpq's connection string or URI, TLS by its sslmode,
//                    sslrootcert, sslcert, sslkey. Not the place for a password:
//   password_file    its first line; read anew for each connection
//   table            mllp_messages, or schema.name; made if it is not there
//   connect_timeout  10s, login included
//   timeout          30s, of a statement at the server; a second later we give up waiting
//   batch            as common to all types; 256 where it is not given, one commit for each
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "config/configuration.hpp"
#include "connect/connector.hpp"

namespace connectors {

// As make_plan() in registry.hpp.
[[nodiscard]] std::unique_ptr<ConnectorPlan> make_postgres_plan(
    const config::ConnectorSettings& settings, const base::Clock& clock,
    config::Problems& problems);

}  // namespace connectors
