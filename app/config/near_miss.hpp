// config/near_miss.hpp: which known name was probably meant.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace config {

// Names over this many octets are never near to anything.
inline constexpr std::size_t kNearNameBytesMax = 64;

// How many octets must be put in, taken out, changed or swapped with their
// neighbour to turn one into the other. REQUIRES: both at most kNearNameBytesMax.
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);

// The known name nearest to `word`: equal but for case, or one edit away where the
// known name has at least three octets, or two where it has eight. None if none is near, or if
// `word` is known.
[[nodiscard]] std::optional<std::string_view> near_miss(std::string_view word,
                                                        std::span<const std::string_view> known);

// "; did you mean x?", or nothing.
[[nodiscard]] std::string suggestion(std::string_view word,
                                     std::span<const std::string_view> known);

}  // namespace config
