#include "cel/diagnostic.hpp"

#include <algorithm>

namespace cel {

namespace {

// Longer lines are shown around the caret only.
constexpr std::size_t kShownBytesMax = 100;
constexpr std::size_t kBeforeCaret = 60;

bool begins_code_point(char octet) noexcept { return (octet & '\xC0') != '\x80'; }

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_code_point));
}

std::size_t line_begin(std::string_view source, std::size_t offset) {
  const std::size_t newline = offset == 0 ? std::string_view::npos : source.rfind('\n', offset - 1);
  return newline == std::string_view::npos ? 0 : newline + 1;
}

}  // namespace

Diagnostic make_diagnostic(std::string_view source, std::size_t offset, std::string message) {
  offset = std::min(offset, source.size());
  const std::size_t begin = line_begin(source, offset);
  const auto lines =
      std::count(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
  return {.offset = static_cast<std::uint32_t>(offset),
          .line = static_cast<std::uint32_t>(lines + 1),
          .column = static_cast<std::uint32_t>(
              count_code_points(source.substr(begin, offset - begin)) + 1),
          .message = std::move(message)};
}

std::string render(const Diagnostic& diagnostic, std::string_view source, std::string_view name) {
  std::string text;
  if (!name.empty()) (text += name) += ':';
  text += std::to_string(diagnostic.line) + ':' + std::to_string(diagnostic.column) + ": " +
          diagnostic.message + '\n';
  const std::size_t offset = std::min<std::size_t>(diagnostic.offset, source.size());
  std::size_t begin = line_begin(source, offset);
  if (offset - begin > kBeforeCaret) begin = offset - kBeforeCaret;
  while (begin < offset && !begins_code_point(source[begin])) ++begin;
  std::size_t end = std::min(source.find('\n', offset), source.size());
  end = std::min(end, begin + kShownBytesMax);
  while (end < source.size() && !begins_code_point(source[end])) ++end;
  text += "  ";
  for (const char octet : source.substr(begin, end - begin)) {
    text += static_cast<unsigned char>(octet) < 0x20 ? ' ' : octet;
  }
  text += "\n  ";
  text.append(count_code_points(source.substr(begin, offset - begin)), ' ');
  text += "^\n";
  return text;
}

std::string render(const Diagnostics& diagnostics, std::string_view source, std::string_view name) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) text += render(diagnostic, source, name);
  return text;
}

}  // namespace cel
