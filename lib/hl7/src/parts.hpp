// parts.hpp: the n-th part of a text that separators cut.
#pragma once

#include <cstddef>
#include <string_view>

namespace hl7 {

// Part `index`, counted from 0; empty if there are fewer. A separator of 0 does
// not cut: the whole text is part 0.
inline std::string_view nth_part(std::string_view text, char separator,
                                 std::size_t index) noexcept {
  if (separator == 0) return index == 0 ? text : std::string_view{};
  for (; index > 0; --index) {
    const std::size_t at = text.find(separator);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + 1);
  }
  return text.substr(0, text.find(separator));
}

inline std::string_view trim_blanks(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace hl7
