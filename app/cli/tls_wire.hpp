// cli/tls_wire.hpp: a wire with TLS around another one.
#pragma once

#include <memory>
#include <string>

#include "cli/wire.hpp"
#include "net/tls/context.hpp"

namespace cli {

// `server_name`: whose certificate it must be, where the context verifies.
[[nodiscard]] std::unique_ptr<Wire> make_tls_wire(
    std::unique_ptr<Wire> plain, std::shared_ptr<const net::TlsClientContext> context,
    const std::string& server_name);

// The side that is called.
[[nodiscard]] std::unique_ptr<Wire> make_accepting_tls_wire(
    std::unique_ptr<Wire> plain, std::shared_ptr<const net::TlsServerContext> context);

}  // namespace cli
