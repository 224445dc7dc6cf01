// connect/modules/http.hpp: the connector type `http`, as it is configured.
//
//   url                 http:// or https://, required; no user, no fragment
//   method              POST (default) | PUT | PATCH
//   body                er7 (default): the octets as received | json: see hl7/json.hpp
//   headers             {name: template}; templates: see message_template.hpp
//   idempotency_header  Idempotency-Key; it carries the message's UUID. Empty: none
//   timeout             30s, for a request and its answer as a whole
//   connect_timeout     10s, name lookup and TLS included
//   auth                {bearer_file} or {basic_file}, which holds user:password; read anew
//                       for each request
//   tls                 {ca, cert, key, key_password_file, verify: true, min_version: 1.2}
//   proxy               http://host:port; the environment's proxies are not heeded
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "config/configuration.hpp"
#include "connect/connector.hpp"

namespace connectors {

// As make_plan() in registry.hpp.
[[nodiscard]] std::unique_ptr<ConnectorPlan> make_http_plan(
    const config::ConnectorSettings& settings, const base::Clock& clock,
    config::Problems& problems);

}  // namespace connectors
