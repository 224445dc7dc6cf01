// format_clause.hpp: the pieces of a format text.
//
//   "%s is %.2f%%"  →  clause s · text " is " · clause f, 2 digits · text "%"
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cel {

enum class FormatVerb : std::uint8_t {
  kString,      // %s
  kDecimal,     // %d
  kFixed,       // %f
  kScientific,  // %e
  kBinary,      // %b
  kHex,         // %x
  kUpperHex,    // %X
  kOctal,       // %o
};

struct FormatClause {
  FormatVerb verb;
  int precision;  // digits behind the point, 0 to 100; 6 if the text says nothing
};

// Either a text to copy, or a clause for the next argument.
struct FormatPiece {
  std::string_view text;
  std::optional<FormatClause> clause;
};

enum class FormatFault : std::uint8_t {
  kUnknownVerb = 1,
  kNoVerb = 2,        // the text ends within a clause
  kBadPrecision = 3,  // a point without a number of at most three digits behind it
  kPrecisionMax = 4,  // above 100
};

// A sentence for people, e.g. "unrecognized formatting clause".
[[nodiscard]] std::string_view to_reason(FormatFault fault) noexcept;

// Reads a format text front to back:
//
//   for (FormatReader reader(text); const auto piece = reader.next();) use(*piece);
//
// After the last piece, fault() tells whether the end was reached or a bad clause.
class FormatReader {
 public:
  explicit FormatReader(std::string_view text) noexcept : rest_(text) {}

  [[nodiscard]] std::optional<FormatPiece> next() noexcept;

  [[nodiscard]] std::optional<FormatFault> fault() const noexcept { return fault_; }

 private:
  [[nodiscard]] std::optional<FormatPiece> read_clause() noexcept;
  [[nodiscard]] std::optional<int> read_precision() noexcept;
  std::optional<FormatPiece> fail(FormatFault fault) noexcept;

  std::string_view rest_;
  std::optional<FormatFault> fault_;
};

}  // namespace cel
