#include "config/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "telemetry/utf8.hpp"

namespace config {
namespace {

constexpr std::size_t kExcerptBytesMax = 120;
constexpr std::size_t kBeforeCaretBytesMax = 80;
constexpr std::size_t kProblemsShownMax = 50;

// One line that is safe on a terminal: one column for each character.
struct Excerpt {
  std::string text;
  std::size_t caret_column = 0;  // from 0
};

// First octet of the character that holds `offset`, within reason for bad UTF-8.
std::size_t character_start(std::string_view text, std::size_t offset) noexcept {
  for (int back = 0; back < 3 && offset > 0; ++back) {
    if ((static_cast<unsigned char>(text[offset]) & 0xC0U) != 0x80U) break;
    --offset;
  }
  return offset;
}

Excerpt make_excerpt(std::string_view line, std::size_t fault_offset) {
  Excerpt excerpt;
  std::size_t offset = 0;
  if (fault_offset > kBeforeCaretBytesMax) {
    offset = character_start(line, fault_offset - kBeforeCaretBytesMax);
    excerpt.text = "...";
  }
  const std::size_t end = std::min(line.size(), offset + kExcerptBytesMax);
  excerpt.caret_column = excerpt.text.size();
  while (offset < end) {
    const std::size_t bytes = telemetry::utf8_char_bytes(line.substr(offset));
    const std::string_view character = line.substr(offset, std::max<std::size_t>(bytes, 1));
    const bool printable = bytes > 0 && !telemetry::is_control(character);
    if (offset < fault_offset) ++excerpt.caret_column;
    if (printable) excerpt.text += character;
    if (!printable) excerpt.text += character == "\t" ? ' ' : '?';
    offset += character.size();
  }
  if (end < line.size()) excerpt.text += "...";
  return excerpt;
}

}  // namespace

std::string to_string(const Problem& problem) {
  std::string out = problem.origin;
  if (problem.line > 0) out += fmt::format(":{}", problem.line);
  if (problem.line > 0 && problem.column > 0) out += fmt::format(":{}", problem.column);
  if (!out.empty()) out += ": ";
  out += problem.text;
  if (problem.source.empty() || problem.column <= 0) return out;
  const std::size_t fault_offset =
      std::min(static_cast<std::size_t>(problem.column) - 1, problem.source.size());
  const Excerpt excerpt = make_excerpt(problem.source, fault_offset);
  out += fmt::format("\n    {}\n    {:>{}}", excerpt.text, '^', excerpt.caret_column + 1);
  return out;
}

std::string to_string(const Problems& problems) {
  std::string out;
  const std::size_t shown_count = std::min(problems.size(), kProblemsShownMax);
  for (std::size_t index = 0; index < shown_count; ++index) {
    if (index > 0) out += '\n';
    out += to_string(problems[index]);
  }
  if (problems.size() > shown_count) {
    out += fmt::format("\nand {} problems more", problems.size() - shown_count);
  }
  return out;
}

}  // namespace config
