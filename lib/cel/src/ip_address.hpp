// ip_address.hpp: addresses and networks of IPv4 and IPv6.
//
// Octets are in network order. An IPv4 address that comes as an IPv6 one, mapped as
// ::ffff:c0a8:1, is that IPv4 address; the mixed form ::ffff:192.168.0.1 is refused,
// as are zones (fe80::1%en0).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "text_sink.hpp"

namespace cel {

enum class IpFamily : std::uint8_t { kV4 = 4, kV6 = 6 };

struct IpAddress {
  IpFamily family = IpFamily::kV4;
  std::array<std::uint8_t, 16> octets{};  // the first 4, the rest 0, or all 16

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

// An address and how many of its leading bits name the network. The other bits may be
// set; equality looks at them.
struct IpNetwork {
  IpAddress address;
  int prefix_length = 0;  // 0 to 32, or to 128

  friend bool operator==(const IpNetwork&, const IpNetwork&) = default;
};

[[nodiscard]] std::optional<IpAddress> parse_ip(std::string_view text) noexcept;

// "10.0.0.0/8". Mapped IPv4 addresses are refused in any form.
[[nodiscard]] std::optional<IpNetwork> parse_cidr(std::string_view text) noexcept;

// In the form of RFC 5952: lower case, the longest run of zero groups as "::".
void append_ip(TextSink& out, const IpAddress& address) noexcept;
void append_cidr(TextSink& out, const IpNetwork& network) noexcept;

[[nodiscard]] bool is_unspecified(const IpAddress& address) noexcept;
[[nodiscard]] bool is_loopback(const IpAddress& address) noexcept;
[[nodiscard]] bool is_link_local_unicast(const IpAddress& address) noexcept;
[[nodiscard]] bool is_link_local_multicast(const IpAddress& address) noexcept;
// Neither unspecified, loopback, link-local, multicast nor the IPv4 broadcast address;
// private addresses count.
[[nodiscard]] bool is_global_unicast(const IpAddress& address) noexcept;

// False where the families differ.
[[nodiscard]] bool contains_ip(const IpNetwork& network, const IpAddress& address) noexcept;
[[nodiscard]] bool contains_cidr(const IpNetwork& network, const IpNetwork& inner) noexcept;

// The same network with the bits of the host cleared.
[[nodiscard]] IpNetwork masked(const IpNetwork& network) noexcept;

}  // namespace cel
