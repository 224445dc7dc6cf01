#include "cli/printable.hpp"

#include <fmt/format.h>

#include "cli/progress.hpp"

namespace cli {
namespace {

bool continues_character(char octet) noexcept {
  return (static_cast<unsigned char>(octet) & 0xC0U) == 0x80U;
}

// How many octets of a control character stand at the start; 0 for any other. Those of
// U+0080 to U+009F are two octets in UTF-8, and terminals obey them, too.
std::size_t control_bytes(std::string_view text) noexcept {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x20 || first == 0x7F) return 1;
  const bool is_c1 = first == 0xC2 && text.size() > 1 && static_cast<unsigned char>(text[1]) < 0xA0;
  return is_c1 ? 2 : 0;
}

void append_control(std::string& out, std::string_view octets) {
  if (octets == "\n") {
    out += "\\n";
  } else if (octets == "\t") {
    out += "\\t";
  } else {
    out += fmt::format("\\x{:02X}", static_cast<unsigned char>(octets.back()));
  }
}

std::size_t count_characters(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char octet : text) count += continues_character(octet) ? 0U : 1U;
  return count;
}

}  // namespace

std::string make_printable(std::string_view text, std::size_t characters_max) {
  std::string shown;
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (++count > characters_max) {
      return shown + fmt::format("... ({} characters)", render_count(count_characters(text)));
    }
    const std::size_t control = control_bytes(text.substr(at));
    if (control != 0) {
      append_control(shown, text.substr(at, control));
      at += control;
      continue;
    }
    do {
      shown += text[at++];
    } while (at < text.size() && continues_character(text[at]));
  }
  return shown;
}

}  // namespace cli
