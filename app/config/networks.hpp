// config/networks.hpp: lists of networks, as ALLOW_FROM and PROXY_FROM have them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace config {

// An IPv6 address; an IPv4 one stands as ::ffff:a.b.c.d.
using AddressBytes = std::array<std::uint8_t, 16>;

struct Network {
  AddressBytes address{};
  std::uint8_t prefix_bits = 128;  // of all 128
  bool is_v4 = false;

  friend bool operator==(const Network&, const Network&) = default;
};

using Networks = std::vector<Network>;

// "10.0.0.0/8, 192.0.2.7, fd00::/8": separated by commas, with blanks or not. Without a
// length it is one address. None if malformed; an address with bits beyond its length,
// such as 10.1.2.3/8, is as well: one of the two is a slip.
[[nodiscard]] std::optional<Networks> parse_networks(std::string_view text);

// As parse_networks() reads it.
[[nodiscard]] std::string to_string(const Networks& networks);

[[nodiscard]] bool contains(const Networks& networks, const AddressBytes& address) noexcept;

// "a, b ,c" as its parts, without the blanks around them. Empty parts are left out.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

}  // namespace config
