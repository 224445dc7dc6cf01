// config/shape.hpp: what a value must look like, and how it is read, told and written.
//
// The settings of the environment, the env file, listeners and connectors all go
// through here, so a duration is read the same and refused with the same words
// wherever it stands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/networks.hpp"
#include "config/values.hpp"

namespace config {

enum class Kind : std::uint8_t {
  kText,
  kFlag,      // true, false
  kNumber,    // whole, not negative
  kDecimal,   // 0.2
  kSize,      // 32MiB
  kDuration,  // 30s
  kAddress,   // :2575
  kChoice,    // one of some words
  kList,      // texts, separated by commas
  kNetworks   // 10.0.0.0/8, 192.0.2.7
};

inline constexpr std::uint64_t kNoMost = std::numeric_limits<std::int64_t>::max();

struct Shape {
  Kind kind = Kind::kText;
  std::uint64_t least = 0;  // of a number or a size
  std::uint64_t most = kNoMost;
  double decimal_least = 0;
  double decimal_most = 1;
  std::span<const std::string_view> choices{};  // live for ever
};

// Which of the shape's choices, from 0.
struct Choice {
  std::size_t index = 0;

  friend bool operator==(const Choice&, const Choice&) = default;
};

// The alternative follows from the kind; a number and a size are both uint64_t.
using Value = std::variant<std::string, bool, std::uint64_t, double, base::Duration, Address,
                           Choice, std::vector<std::string>, Networks>;

// The error is a sentence's end: "expected a duration such as 30s, found 30 parsecs".
[[nodiscard]] base::Result<Value, std::string> parse_value(const Shape& shape,
                                                           std::string_view text);

// What is expected: "a whole number from 1 to 2", "header, any or close".
[[nodiscard]] std::string describe(const Shape& shape);

// "expected ..., found ...", for a value that is no scalar: "found a list".
[[nodiscard]] std::string mismatch(const Shape& shape, std::string_view found);

// As it would be written. REQUIRES: the value is of this shape.
[[nodiscard]] std::string render_value(const Shape& shape, const Value& value);

// A text of unknown origin for a message: control characters escaped, cut after
// some 60 octets, "nothing" if empty.
[[nodiscard]] std::string shown(std::string_view text);

// "a", "a or b", "a, b or c".
[[nodiscard]] std::string join_with_or(std::span<const std::string_view> words);

}  // namespace config
