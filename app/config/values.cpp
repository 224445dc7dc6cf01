#include "config/values.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

namespace config {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kMillisecondsMax = 100ULL * 366 * 24 * 3600 * 1000;  // 100 years
constexpr std::uint64_t kSizeMax = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kHostBytesMax = 253;  // RFC 1035, section 2.3.4

struct Unit {
  std::string_view name;
  std::uint64_t worth;
};

constexpr std::array<Unit, 5> kTimeUnits = {{
    {"d", 86'400'000},
    {"h", 3'600'000},
    {"m", 60'000},
    {"s", 1'000},
    {"ms", 1},
}};

constexpr std::array<Unit, 5> kSizeUnits = {{
    {"TiB", 1ULL << 40U},
    {"GiB", 1ULL << 30U},
    {"MiB", 1ULL << 20U},
    {"KiB", 1ULL << 10U},
    {"", 1},
}};

// Takes the digits that `text` begins with. None if there are none or too many.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::string_view take_letters(std::string_view& text) {
  const std::size_t end = text.find_first_of("0123456789");
  const std::string_view letters = text.substr(0, end);
  text.remove_prefix(letters.size());
  return letters;
}

// Index in kTimeUnits, or its size.
std::size_t time_unit_index(std::string_view name) {
  std::size_t index = 0;
  while (index < kTimeUnits.size() && kTimeUnits[index].name != name) ++index;
  return index;
}

bool is_host_name(std::string_view host) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  return host.size() <= kHostBytesMax && host.find_first_not_of(kLetters) == std::string_view::npos;
}

bool is_ip(int family, std::string_view host) {
  std::array<unsigned char, sizeof(in6_addr)> octets{};
  return ::inet_pton(family, std::string(host).c_str(), octets.data()) == 1;
}

bool is_host(std::string_view host) {
  if (host.empty()) return true;
  const bool numeric = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return numeric ? is_ip(AF_INET, host) : is_host_name(host);
}

// Splits "[::1]:2575" and "host:2575" before the colon of the port.
std::optional<std::string_view> take_host(std::string_view& text) {
  if (!text.starts_with('[')) {
    const std::string_view host = text.substr(0, text.find(':'));
    text.remove_prefix(host.size());
    return is_host(host) ? std::optional(host) : std::nullopt;
  }
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view host = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  return is_ip(AF_INET6, host) ? std::optional(host) : std::nullopt;
}

}  // namespace

std::optional<base::Duration> parse_duration(std::string_view text) {
  if (text == "0") return base::Duration::zero();
  if (text.empty()) return std::nullopt;
  std::uint64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    const auto number = take_number(text);
    const std::size_t unit = time_unit_index(take_letters(text));
    if (!number || unit < next_unit || unit == kTimeUnits.size()) return std::nullopt;
    if (*number > kMillisecondsMax / kTimeUnits[unit].worth) return std::nullopt;
    total += *number * kTimeUnits[unit].worth;
    next_unit = unit + 1;
  }
  if (total > kMillisecondsMax) return std::nullopt;
  return milliseconds(static_cast<std::int64_t>(total));
}

std::string to_string(base::Duration duration) {
  auto rest = static_cast<std::uint64_t>(std::chrono::floor<milliseconds>(duration).count());
  std::string out;
  for (const Unit& unit : kTimeUnits) {
    if (rest >= unit.worth) out += fmt::format("{}{}", rest / unit.worth, unit.name);
    rest %= unit.worth;
  }
  return out.empty() ? "0s" : out;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  for (const Unit& unit : kSizeUnits) {
    if (unit.name != text) continue;
    if (*number > kSizeMax / unit.worth) return std::nullopt;
    return *number * unit.worth;
  }
  return std::nullopt;
}

std::string size_to_string(std::uint64_t bytes) {
  if (bytes == 0) return "0";
  for (const Unit& unit : kSizeUnits) {
    if (bytes % unit.worth == 0) return fmt::format("{}{}", bytes / unit.worth, unit.name);
  }
  return std::to_string(bytes);
}

std::optional<Address> parse_address(std::string_view text) {
  const auto host = take_host(text);
  if (!host || !text.starts_with(':')) return std::nullopt;
  text.remove_prefix(1);
  const auto port = take_number(text);
  if (!port || !text.empty() || *port > std::numeric_limits<std::uint16_t>::max()) {
    return std::nullopt;
  }
  return Address{std::string(*host), static_cast<std::uint16_t>(*port)};
}

std::string to_string(const Address& address) {
  const bool in_brackets = address.host.find(':') != std::string::npos;
  if (in_brackets) return fmt::format("[{}]:{}", address.host, address.port);
  return fmt::format("{}:{}", address.host, address.port);
}

}  // namespace config
