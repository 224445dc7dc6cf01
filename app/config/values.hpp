// config/values.hpp: how durations, sizes and addresses are written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace config {

// "30s", "1h30m", "250ms", "10m", "7d", "0". Units d h m s ms, from large to small,
// each at most once. No sign, no blanks, no fraction. None if malformed or over 100
// years.
[[nodiscard]] std::optional<base::Duration> parse_duration(std::string_view text);

// As parse_duration() reads it, without parts that are zero: "1h30m", "7d", "0s".
// What is less than a millisecond is cut off. REQUIRES: not negative.
[[nodiscard]] std::string to_string(base::Duration duration);

// "65536", "64KiB", "32MiB", "1GiB", "2TiB". None if malformed or over 2^63-1.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

// With the largest unit that leaves a whole number: "32MiB", "1000".
[[nodiscard]] std::string size_to_string(std::uint64_t bytes);

// "host:port", ":port" (all addresses, both families), "[::1]:2575". Port 0: any
// free one. A host is a name, an IPv4 address or, in brackets, an IPv6 address.
struct Address {
  std::string host;  // empty: all; no brackets
  std::uint16_t port = 0;

  friend bool operator==(const Address&, const Address&) = default;
};

[[nodiscard]] std::optional<Address> parse_address(std::string_view text);
[[nodiscard]] std::string to_string(const Address& address);

}  // namespace config
