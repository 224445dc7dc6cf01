// connect/resolver.hpp: finds the socket addresses of a host, within a deadline.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/values.hpp"
#include "connect/patience.hpp"

namespace connectors {

// As connect(2) wants it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t bytes = 0;
};

// Looks a name up at each call, so that a changed entry counts at the next
// connection. The system's lookup knows no deadline: it runs on a thread of its
// own and is left behind when ours is over, at most one for each resolver.
//
// Not thread-safe.
class Resolver {
 public:
  // At least one address, in the system's order of preference. Fails with words
  // for the operator: "no such host", "the lookup took too long".
  [[nodiscard]] base::Result<std::vector<SocketAddress>, std::string> resolve(
      const config::Address& address, Patience& patience);

 private:
  struct Lookup;
  std::shared_ptr<Lookup> left_behind_;
};

}  // namespace connectors
