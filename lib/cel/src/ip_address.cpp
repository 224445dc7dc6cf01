#include "ip_address.hpp"

#include <algorithm>
#include <cstddef>

#include "number_text.hpp"

namespace cel {
namespace {

constexpr std::size_t kGroupsCount = 8;

bool is_digit(char octet) noexcept { return octet >= '0' && octet <= '9'; }

// Decimal, no leading zero, at most `most`; up to the first other octet.
std::optional<int> take_decimal(std::string_view& text, int most) noexcept {
  std::size_t size = 0;
  int value = 0;
  while (size < text.size() && size < 4 && is_digit(text[size])) {
    value = value * 10 + (text[size++] - '0');
  }
  if (size == 0 || value > most || (size > 1 && text.front() == '0')) return std::nullopt;
  text.remove_prefix(size);
  return value;
}

std::optional<IpAddress> parse_v4(std::string_view text) noexcept {
  IpAddress address;
  for (std::size_t index = 0; index < 4; ++index) {
    if (index > 0) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
    const auto octet = take_decimal(text, 255);
    if (!octet) return std::nullopt;
    address.octets[index] = static_cast<std::uint8_t>(*octet);
  }
  if (!text.empty()) return std::nullopt;
  return address;
}

int hex_value(char octet) noexcept {
  if (is_digit(octet)) return octet - '0';
  const char lower = static_cast<char>(octet | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// One to four hexadecimal digits.
std::optional<std::uint16_t> take_group(std::string_view& text) noexcept {
  unsigned value = 0;
  std::size_t size = 0;
  for (; size < text.size() && hex_value(text[size]) >= 0; ++size) {
    if (size == 4) return std::nullopt;
    value = value << 4U | static_cast<unsigned>(hex_value(text[size]));
  }
  if (size == 0) return std::nullopt;
  text.remove_prefix(size);
  return static_cast<std::uint16_t>(value);
}

void put_group(IpAddress& address, std::size_t index, std::uint16_t group) noexcept {
  address.octets[index * 2] = static_cast<std::uint8_t>(group >> 8U);
  address.octets[index * 2 + 1] = static_cast<std::uint8_t>(group & 0xFFU);
}

std::uint16_t group_at(const IpAddress& address, std::size_t index) noexcept {
  return static_cast<std::uint16_t>(address.octets[index * 2] << 8U |
                                    address.octets[index * 2 + 1]);
}

struct Groups {
  std::array<std::uint16_t, kGroupsCount> values{};
  std::size_t count = 0;
  std::optional<std::size_t> gap;  // how many stand before the "::"
  bool has_dotted_tail = false;
};

// The last 32 bits may be written as an IPv4 address.
bool take_dotted_tail(std::string_view text, Groups& groups) noexcept {
  const auto tail = parse_v4(text);
  if (!tail || groups.count + 2 > kGroupsCount) return false;
  groups.values[groups.count++] = group_at(*tail, 0);
  groups.values[groups.count++] = group_at(*tail, 1);
  groups.has_dotted_tail = true;
  return true;
}

// After a group: a colon and more, a gap, or the end. False if neither.
bool take_separator(std::string_view& text, Groups& groups) noexcept {
  if (!text.starts_with(':')) return false;
  text.remove_prefix(1);
  if (!text.starts_with(':')) return !text.empty();
  if (groups.gap) return false;
  text.remove_prefix(1);
  groups.gap = groups.count;
  return true;
}

std::optional<Groups> read_groups(std::string_view text) noexcept {
  Groups groups;
  if (text.starts_with("::")) {
    text.remove_prefix(2);
    groups.gap = 0;
  }
  while (!text.empty()) {
    if (groups.count == kGroupsCount) return std::nullopt;
    const std::string_view before = text;
    const auto group = take_group(text);
    if (!group) return std::nullopt;
    if (text.starts_with('.')) {
      if (!take_dotted_tail(before, groups)) return std::nullopt;
      break;
    }
    groups.values[groups.count++] = *group;
    if (!text.empty() && !take_separator(text, groups)) return std::nullopt;
  }
  const bool is_complete = groups.gap ? groups.count < kGroupsCount : groups.count == kGroupsCount;
  if (!is_complete) return std::nullopt;
  return groups;
}

bool is_mapped_v4(const IpAddress& address) noexcept {
  for (std::size_t index = 0; index < 5; ++index) {
    if (group_at(address, index) != 0) return false;
  }
  return group_at(address, 5) == 0xFFFF;
}

IpAddress unmapped(const IpAddress& address) noexcept {
  IpAddress plain;
  std::copy(address.octets.begin() + 12, address.octets.end(), plain.octets.begin());
  return plain;
}

enum class MappedForms : std::uint8_t { kHexOnly, kNone };

std::optional<IpAddress> parse_v6(std::string_view text, MappedForms mapped) noexcept {
  const auto groups = read_groups(text);
  if (!groups) return std::nullopt;
  IpAddress address;
  address.family = IpFamily::kV6;
  const std::size_t before_gap = groups->gap.value_or(groups->count);
  const std::size_t shift = kGroupsCount - groups->count;
  for (std::size_t index = 0; index < groups->count; ++index) {
    put_group(address, index < before_gap ? index : index + shift, groups->values[index]);
  }
  if (!is_mapped_v4(address)) return address;
  if (mapped == MappedForms::kNone || groups->has_dotted_tail) return std::nullopt;
  return unmapped(address);
}

bool is_v6_text(std::string_view text) noexcept { return text.find(':') != std::string_view::npos; }

int bits_of(IpFamily family) noexcept { return family == IpFamily::kV4 ? 32 : 128; }

struct Run {
  std::size_t begin = 0;
  std::size_t size = 0;
};

// The first of the longest runs of zero groups, if it is of two groups or more.
Run longest_zero_run(const IpAddress& address) noexcept {
  Run longest;
  Run current;
  for (std::size_t index = 0; index < kGroupsCount; ++index) {
    if (group_at(address, index) != 0) {
      current = {index + 1, 0};
      continue;
    }
    ++current.size;
    if (current.size > longest.size) longest = current;
  }
  return longest.size < 2 ? Run{kGroupsCount, 0} : longest;
}

void append_v6(TextSink& out, const IpAddress& address) noexcept {
  const Run zeros = longest_zero_run(address);
  for (std::size_t index = 0; index < kGroupsCount;) {
    if (index == zeros.begin && zeros.size > 0) {
      out.append("::");
      index += zeros.size;
      continue;
    }
    if (index > 0 && index != zeros.begin + zeros.size) out.append(':');
    append_uint(out, group_at(address, index), 16);
    ++index;
  }
}

bool is_multicast(const IpAddress& address) noexcept {
  if (address.family == IpFamily::kV4) return (address.octets[0] & 0xF0U) == 0xE0;
  return address.octets[0] == 0xFF;
}

bool has_all(const IpAddress& address, std::uint8_t octet) noexcept {
  const auto count = static_cast<std::ptrdiff_t>(bits_of(address.family) / 8);
  return std::all_of(address.octets.begin(), address.octets.begin() + count,
                     [octet](std::uint8_t each) { return each == octet; });
}

bool has_same_prefix(const IpAddress& left, const IpAddress& right, int bits) noexcept {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(left.octets.begin(), left.octets.begin() + static_cast<std::ptrdiff_t>(whole),
                  right.octets.begin())) {
    return false;
  }
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xFF00U >> static_cast<unsigned>(bits % 8);
  return ((left.octets[whole] ^ right.octets[whole]) & mask & 0xFFU) == 0;
}

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) noexcept {
  return is_v6_text(text) ? parse_v6(text, MappedForms::kHexOnly) : parse_v4(text);
}

std::optional<IpNetwork> parse_cidr(std::string_view text) noexcept {
  const std::size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view front = text.substr(0, slash);
  const auto address = is_v6_text(front) ? parse_v6(front, MappedForms::kNone) : parse_v4(front);
  if (!address) return std::nullopt;
  std::string_view rest = text.substr(slash + 1);
  const auto length = take_decimal(rest, bits_of(address->family));
  if (!length || !rest.empty()) return std::nullopt;
  return IpNetwork{*address, *length};
}

void append_ip(TextSink& out, const IpAddress& address) noexcept {
  if (address.family == IpFamily::kV6) return append_v6(out, address);
  for (std::size_t index = 0; index < 4; ++index) {
    if (index > 0) out.append('.');
    append_uint(out, address.octets[index]);
  }
}

void append_cidr(TextSink& out, const IpNetwork& network) noexcept {
  append_ip(out, network.address);
  out.append('/');
  append_int(out, network.prefix_length);
}

bool is_unspecified(const IpAddress& address) noexcept { return has_all(address, 0); }

bool is_loopback(const IpAddress& address) noexcept {
  if (address.family == IpFamily::kV4) return address.octets[0] == 127;
  IpAddress one;
  one.family = IpFamily::kV6;
  one.octets[15] = 1;
  return address == one;
}

bool is_link_local_unicast(const IpAddress& address) noexcept {
  if (address.family == IpFamily::kV4) return address.octets[0] == 169 && address.octets[1] == 254;
  return address.octets[0] == 0xFE && (address.octets[1] & 0xC0U) == 0x80;
}

bool is_link_local_multicast(const IpAddress& address) noexcept {
  if (address.family == IpFamily::kV4) {
    return address.octets[0] == 224 && address.octets[1] == 0 && address.octets[2] == 0;
  }
  return address.octets[0] == 0xFF && (address.octets[1] & 0x0FU) == 0x02;
}

bool is_global_unicast(const IpAddress& address) noexcept {
  const bool is_broadcast = address.family == IpFamily::kV4 && has_all(address, 0xFF);
  return !is_broadcast && !is_unspecified(address) && !is_loopback(address) &&
         !is_multicast(address) && !is_link_local_unicast(address);
}

bool contains_ip(const IpNetwork& network, const IpAddress& address) noexcept {
  return network.address.family == address.family &&
         has_same_prefix(network.address, address, network.prefix_length);
}

bool contains_cidr(const IpNetwork& network, const IpNetwork& inner) noexcept {
  return network.prefix_length <= inner.prefix_length && contains_ip(network, inner.address);
}

IpNetwork masked(const IpNetwork& network) noexcept {
  IpNetwork result = network;
  for (int bit = network.prefix_length; bit < bits_of(network.address.family); ++bit) {
    const auto index = static_cast<std::size_t>(bit / 8);
    const unsigned mask = 0x80U >> static_cast<unsigned>(bit % 8);
    result.address.octets[index] = static_cast<std::uint8_t>(result.address.octets[index] & ~mask);
  }
  return result;
}

}  // namespace cel
