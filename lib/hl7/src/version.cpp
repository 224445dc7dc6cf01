#include "hl7/version.hpp"

#include <array>
#include <compare>
#include <cstddef>

namespace hl7 {
namespace {

constexpr std::uint32_t kNumberMax = 9'999;  // larger ones are all alike

struct Number {
  std::array<std::uint32_t, 3> parts{};

  friend auto operator<=>(const Number&, const Number&) = default;
};

struct Known {
  Version version;
  Number number;
  std::string_view text;
};

constexpr Known kKnown[] = {
    {Version::kV20, {{2, 0, 0}}, "2.0"},    {Version::kV21, {{2, 1, 0}}, "2.1"},
    {Version::kV22, {{2, 2, 0}}, "2.2"},    {Version::kV23, {{2, 3, 0}}, "2.3"},
    {Version::kV231, {{2, 3, 1}}, "2.3.1"}, {Version::kV24, {{2, 4, 0}}, "2.4"},
    {Version::kV25, {{2, 5, 0}}, "2.5"},    {Version::kV251, {{2, 5, 1}}, "2.5.1"},
    {Version::kV26, {{2, 6, 0}}, "2.6"},    {Version::kV27, {{2, 7, 0}}, "2.7"},
    {Version::kV271, {{2, 7, 1}}, "2.7.1"}, {Version::kV28, {{2, 8, 0}}, "2.8"},
    {Version::kV281, {{2, 8, 1}}, "2.8.1"}, {Version::kV282, {{2, 8, 2}}, "2.8.2"},
    {Version::kV29, {{2, 9, 0}}, "2.9"},    {Version::kV291, {{2, 9, 1}}, "2.9.1"},
};

constexpr bool is_digit(char octet) noexcept { return octet >= '0' && octet <= '9'; }

// Takes the digits at the start of `text`; none if there is no digit.
std::optional<std::uint32_t> take_number(std::string_view& text) noexcept {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  std::uint32_t number = 0;
  while (!text.empty() && is_digit(text.front())) {
    number = number * 10 + static_cast<std::uint32_t>(text.front() - '0');
    if (number > kNumberMax) number = kNumberMax;
    text.remove_prefix(1);
  }
  return number;
}

std::optional<Number> read_number(std::string_view text) noexcept {
  while (text.starts_with(' ')) text.remove_prefix(1);
  Number number;
  for (std::size_t index = 0; index < number.parts.size(); ++index) {
    const auto part = take_number(text);
    if (!part && index == 0) return std::nullopt;
    number.parts[index] = part.value_or(0);
    if (!text.starts_with('.')) break;
    text.remove_prefix(1);
  }
  return number;
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
    if (known.number <= *number) found = known.version;
  }
  return found;
}

}  // namespace hl7
