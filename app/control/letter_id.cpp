#include "control/letter_id.hpp"

#include <charconv>
#include <cstdint>

namespace control {

std::string to_string(const LetterId& id) {
  return id.connector + "/" + std::to_string(id.id.value);
}

std::optional<LetterId> parse_letter_id(std::string_view text) {
  const std::size_t slash = text.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  const std::string_view digits = text.substr(slash + 1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (!whole || number == 0) return std::nullopt;
  return LetterId{std::string(text.substr(0, slash)), {number}};
}

}  // namespace control
