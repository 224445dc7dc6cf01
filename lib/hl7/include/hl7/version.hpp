// hl7/version.hpp: the versions of the standard, in order.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hl7 {

// Grows with the version: compare with <.
enum class Version : std::uint8_t {
  kV20 = 1,
  kV21,
  kV22,
  kV23,
  kV231,
  kV24,
  kV25,
  kV251,
  kV26,
  kV27,
  kV271,
  kV28,
  kV281,
  kV282,
  kV29,
  kV291,
};

inline constexpr std::string_view kDefaultVersion = "2.5.1";

// As table 0104 writes it, e.g. "2.3.1".
[[nodiscard]] std::string_view to_string(Version version) noexcept;

// The version that MSH-12.1 names, or the nearest lower one that is known:
// "2.6.1" is 2.6, "2.999" and "5.0" the last one. Blanks in front and what
// stands behind the number are not looked at ("2.3a"). None if there is no
// number or nothing as old is known ("", "P", "1.0").
[[nodiscard]] std::optional<Version> find_version(std::string_view text) noexcept;

}  // namespace hl7
