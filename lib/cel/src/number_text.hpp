// number_text.hpp: numbers and truth values to text and back.
//
// Printing never fails but with its sink. Reading takes the whole text or nothing:
// no white space, no digit separators, no value out of range.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "text_sink.hpp"

namespace cel {

enum class LetterCase : std::uint8_t { kLower, kUpper };

// REQUIRES: base is 2, 8, 10 or 16.
void append_int(TextSink& out, std::int64_t value, int base = 10,
                LetterCase letters = LetterCase::kLower) noexcept;
void append_uint(TextSink& out, std::uint64_t value, int base = 10,
                 LetterCase letters = LetterCase::kLower) noexcept;

// Each octet as two digits.
void append_hex(TextSink& out, std::string_view octets, LetterCase letters) noexcept;

// As `string(double)` prints: the fewest digits that read back to the same value,
// with an exponent below 1e-4 and from 1e6 on (1e+06); NaN, +Inf, -Inf.
void append_double(TextSink& out, double value) noexcept;

// The fewest digits that read back to the same value, never with an exponent; as
// `format` prints: NaN, Infinity, -Infinity.
void append_plain_double(TextSink& out, double value) noexcept;

// As %.Nf and %.Ne, correctly rounded from the exact value; NaN, Infinity, -Infinity.
// REQUIRES: 0 <= digits_count <= kPrecisionMax.
inline constexpr int kPrecisionMax = 100;
void append_fixed(TextSink& out, double value, int digits_count) noexcept;
void append_scientific(TextSink& out, double value, int digits_count) noexcept;

// An optional sign and decimal digits.
[[nodiscard]] std::optional<std::int64_t> parse_int(std::string_view text) noexcept;
// Decimal digits.
[[nodiscard]] std::optional<std::uint64_t> parse_uint(std::string_view text) noexcept;
// Decimal, or hexadecimal with a binary exponent (0x1.8p3), or NaN, Inf, Infinity in
// any case; the nearest value. None above the largest double.
[[nodiscard]] std::optional<double> parse_double(std::string_view text) noexcept;
// 1, t, true, True, TRUE and 0, f, false, False, FALSE.
[[nodiscard]] std::optional<bool> parse_bool(std::string_view text) noexcept;

// The whole part of the value. None where it does not fit, and, as the reference
// has it, at the end of the range below: int(-9223372036854775808.0) is an error.
[[nodiscard]] std::optional<std::int64_t> to_int(double value) noexcept;
// None also below 0.
[[nodiscard]] std::optional<std::uint64_t> to_uint(double value) noexcept;

}  // namespace cel
