// cli/destination.hpp: where messages are sent, as the resolver understands it.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/values.hpp"
#include "net/tls/context.hpp"

namespace cli {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

// Every address of the host, in the resolver's order: tried one after the other.
struct Destination {
  std::string name;  // as it was given, for messages to people
  std::vector<SocketAddress> addresses;
  std::shared_ptr<const net::TlsClientContext> tls;  // null: plain TCP
  std::string server_name;                           // whose certificate is expected
};

// May block for as long as the resolver does. The error is a sentence. An empty
// host is this machine.
[[nodiscard]] base::Result<Destination, std::string> resolve(const config::Address& address);

}  // namespace cli
