#include "hl7/version.hpp"

namespace hl7 {
namespace {

constexpr std::uint64_t kPartMax = 9'999;  // larger ones are all alike

// "2.5.1" as one number that compares as versions do.
constexpr std::uint64_t make_number(std::uint64_t first, std::uint64_t second,
                                    std::uint64_t third) noexcept {
  return (first * (kPartMax + 1) + second) * (kPartMax + 1) + third;
}

struct Known {
  Version version;
  std::uint64_t number;
  std::string_view text;
};

constexpr Known kKnown[] = {
    {Version::kV20, make_number(2, 0, 0), "2.0"},
    {Version::kV21, make_number(2, 1, 0), "2.1"},
    {Version::kV22, make_number(2, 2, 0), "2.2"},
    {Version::kV23, make_number(2, 3, 0), "2.3"},
    {Version::kV231, make_number(2, 3, 1), "2.3.1"},
    {Version::kV24, make_number(2, 4, 0), "2.4"},
    {Version::kV25, make_number(2, 5, 0), "2.5"},
    {Version::kV251, make_number(2, 5, 1), "2.5.1"},
    {Version::kV26, make_number(2, 6, 0), "2.6"},
    {Version::kV27, make_number(2, 7, 0), "2.7"},
    {Version::kV271, make_number(2, 7, 1), "2.7.1"},
    {Version::kV28, make_number(2, 8, 0), "2.8"},
    {Version::kV281, make_number(2, 8, 1), "2.8.1"},
    {Version::kV282, make_number(2, 8, 2), "2.8.2"},
    {Version::kV29, make_number(2, 9, 0), "2.9"},
    {Version::kV291, make_number(2, 9, 1), "2.9.1"},
};

constexpr bool is_digit(char octet) noexcept { return octet >= '0' && octet <= '9'; }

// Takes the digits at the start of `text`; none if there is no digit.
std::optional<std::uint64_t> take_part(std::string_view& text) noexcept {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  std::uint64_t part = 0;
  while (!text.empty() && is_digit(text.front())) {
    part = part * 10 + static_cast<std::uint64_t>(text.front() - '0');
    if (part > kPartMax) part = kPartMax;
    text.remove_prefix(1);
  }
  return part;
}

// The next part where a point and digits follow, else 0.
std::uint64_t take_next_part(std::string_view& text) noexcept {
  if (!text.starts_with('.')) return 0;
  text.remove_prefix(1);
  return take_part(text).value_or(0);
}

std::optional<std::uint64_t> read_number(std::string_view text) noexcept {
  while (text.starts_with(' ')) text.remove_prefix(1);
  const auto first = take_part(text);
  if (!first) return std::nullopt;
  const std::uint64_t second = take_next_part(text);
  const std::uint64_t third = take_next_part(text);
  return make_number(*first, second, third);
}

}  // namespace

std::string_view to_string(Version version) noexcept {
  for (const Known& known : kKnown) {
    if (known.version == version) return known.text;
  }
  return "unknown";
}

std::optional<Version> find_version(std::string_view text) noexcept {
  const auto number = read_number(text);
  if (!number) return std::nullopt;
  std::optional<Version> found;
  for (const Known& known : kKnown) {
    if (known.number > *number) break;
    found = known.version;
  }
  return found;
}

}  // namespace hl7
