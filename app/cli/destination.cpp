#include "cli/destination.hpp"

#include <fmt/format.h>
#include <netdb.h>

#include <cstring>
#include <memory>

namespace cli {

base::Result<Destination, std::string> resolve(const config::Address& address) {
  const std::string host = address.host.empty() ? "127.0.0.1" : address.host;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code =
      ::getaddrinfo(host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (code != 0) return base::fail(fmt::format("{}: {}", host, ::gai_strerror(code)));

  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  Destination destination;
  destination.server_name = host;
  destination.name = fmt::format("{}:{}", host, address.port);
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    SocketAddress& added = destination.addresses.emplace_back();
    std::memcpy(&added.storage, each->ai_addr, each->ai_addrlen);
    added.size = each->ai_addrlen;
  }
  return destination;
}

}  // namespace cli
