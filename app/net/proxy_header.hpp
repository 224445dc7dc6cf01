// net/proxy_header.hpp: the line that a load balancer puts in front of a connection
// (PROXY protocol, versions 1 and 2), with the address of the real peer.
//
// Read piece by piece, and never an octet more than the header has: what follows
// belongs to TLS or to the session.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "net/asio.hpp"

namespace net {

enum class ProxyStep : std::uint8_t {
  kMore,  // read again, into room()
  kDone,
  kFault  // no such header
};

// Not thread-safe.
class ProxyHeaderReader {
 public:
  // Where the next octets go, at most so many. REQUIRES: more are wanted.
  [[nodiscard]] std::span<std::byte> room() noexcept;

  // So many octets have been put there, from its beginning.
  [[nodiscard]] ProxyStep filled(std::size_t bytes);

  // None where the balancer speaks for itself (its own health check, LOCAL), or knows
  // no address of TCP (UNKNOWN). After kDone.
  [[nodiscard]] const std::optional<Endpoint>& source() const noexcept { return source_; }

 private:
  // The largest header of version 2 that is read: addresses of 216 octets and what
  // balancers add to them.
  static constexpr std::size_t kBytesMax = 2048;

  ProxyStep take_line();
  ProxyStep take_binary();
  [[nodiscard]] std::string_view text() const noexcept;

  std::array<std::byte, kBytesMax> header_{};
  std::size_t size_ = 0;
  std::size_t wanted_ = 12;  // of the header in all, as far as is known
  std::optional<Endpoint> source_;
};

}  // namespace net
