#include "config/networks.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace config {
namespace {

constexpr unsigned kV4Offset = 96;  // bits in front of an IPv4 address

bool bit_of(const AddressBytes& address, unsigned index) noexcept {
  const unsigned octet = address.at(index / 8);
  return (octet >> (7U - index % 8U) & 1U) != 0;
}

std::optional<Network> parse_address_bytes(const std::string& text) {
  Network network;
  if (inet_pton(AF_INET6, text.c_str(), network.address.data()) == 1) return network;
  std::array<std::uint8_t, 4> v4{};
  if (inet_pton(AF_INET, text.c_str(), v4.data()) != 1) return std::nullopt;
  network.address = {};
  network.address[10] = network.address[11] = 0xFF;
  std::ranges::copy(v4, network.address.begin() + 12);
  network.is_v4 = true;
  return network;
}

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  auto network = parse_address_bytes(std::string(text.substr(0, slash)));
  if (!network || slash == std::string_view::npos) return network;
  const std::string_view length = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (error != std::errc() || end != length.data() + length.size()) return std::nullopt;
  if (bits > (network->is_v4 ? 32U : 128U)) return std::nullopt;
  if (network->is_v4) bits += kV4Offset;
  network->prefix_bits = static_cast<std::uint8_t>(bits);
  for (unsigned index = bits; index < 128; ++index) {
    if (bit_of(network->address, index)) return std::nullopt;
  }
  return network;
}

std::string to_string(const Network& network) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = network.is_v4 ? AF_INET : AF_INET6;
  const std::uint8_t* const octets = network.address.data() + (network.is_v4 ? 12 : 0);
  if (inet_ntop(family, octets, text.data(), text.size()) == nullptr) return {};
  std::string out = text.data();
  if (network.prefix_bits < 128) {
    out += "/" + std::to_string(network.prefix_bits - (network.is_v4 ? kV4Offset : 0U));
  }
  return out;
}

bool contains(const Network& network, const AddressBytes& address) noexcept {
  const unsigned whole = network.prefix_bits / 8U;
  if (!std::equal(address.begin(), address.begin() + whole, network.address.begin())) return false;
  for (unsigned index = whole * 8U; index < network.prefix_bits; ++index) {
    if (bit_of(network.address, index) != bit_of(address, index)) return false;
  }
  return true;
}

}  // namespace

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view part = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

std::optional<Networks> parse_networks(std::string_view text) {
  Networks networks;
  for (const std::string& part : split_list(text)) {
    const auto network = parse_network(part);
    if (!network) return std::nullopt;
    networks.push_back(*network);
  }
  return networks;
}

std::string to_string(const Networks& networks) {
  std::string out;
  for (const Network& network : networks) {
    if (!out.empty()) out += ", ";
    out += to_string(network);
  }
  return out;
}

bool contains(const Networks& networks, const AddressBytes& address) noexcept {
  return std::ranges::any_of(
      networks, [&address](const Network& network) { return contains(network, address); });
}

}  // namespace config
