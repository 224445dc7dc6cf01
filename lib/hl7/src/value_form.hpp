// value_form.hpp: whether a value has the form of its data type.
#pragma once

#include <string_view>

#include "hl7/version.hpp"

namespace hl7 {

// A sign, digits, a point: "-12.5", ".5", "12.".
[[nodiscard]] bool is_number(std::string_view text) noexcept;

// Digits alone.
[[nodiscard]] bool is_sequence_id(std::string_view text) noexcept;

// YYYY[MM[DD]]; up to 2.2 all of it.
[[nodiscard]] bool is_date(std::string_view text, Version version) noexcept;

// HH[MM[SS[.S…]]][+/-ZZZZ], with up to four digits behind the point.
[[nodiscard]] bool is_time(std::string_view text) noexcept;

// YYYY[MM[DD[HH[MM[SS[.S…]]]]]][+/-ZZZZ]
[[nodiscard]] bool is_date_time(std::string_view text) noexcept;

}  // namespace hl7
