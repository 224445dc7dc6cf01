#include "config/env_file.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <string_view>

#include "config/shape.hpp"
#include "telemetry/utf8.hpp"

namespace config {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kNameLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

// What is wrong with a line, and at which of its octets.
struct LineFault {
  std::size_t offset;
  std::string text;
};

using LineResult = base::Result<std::optional<EnvLine>, LineFault>;
using ValueResult = base::Result<std::string, LineFault>;

std::size_t skip_blanks(std::string_view line, std::size_t at) {
  const std::size_t found = line.find_first_not_of(kBlanks, at);
  return found == std::string_view::npos ? line.size() : found;
}

std::optional<LineFault> check_octets(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size()) {
    const std::size_t bytes = telemetry::utf8_char_bytes(line.substr(at));
    if (bytes == 0) return LineFault{at, "not valid UTF-8"};
    const std::string_view character = line.substr(at, bytes);
    if (character != "\t" && telemetry::is_control(character)) {
      return LineFault{at, "a control character"};
    }
    at += bytes;
  }
  return std::nullopt;
}

ValueResult read_plain(std::string_view line, std::size_t at) {
  const std::string_view rest = line.substr(at);
  for (std::size_t hash = rest.find('#'); hash != std::string_view::npos;
       hash = rest.find('#', hash + 1)) {
    const bool after_blank = hash == 0 || kBlanks.find(rest[hash - 1]) != std::string_view::npos;
    if (!after_blank) continue;
    return base::fail(LineFault{
        at + hash, "a comment stands on a line of its own; put quotes around a value with a #"});
  }
  return std::string(rest.substr(0, rest.find_last_not_of(kBlanks) + 1));
}

ValueResult read_quoted(std::string_view line, std::size_t opening) {
  const char quote = line[opening];
  std::string value;
  std::size_t at = opening + 1;
  while (at < line.size() && line[at] != quote) {
    const bool escape = quote == '"' && line[at] == '\\';
    if (escape) ++at;
    if (escape && (at == line.size() || (line[at] != '"' && line[at] != '\\'))) {
      return base::fail(LineFault{at - 1, "expected \\\" or \\\\ after a backslash"});
    }
    value += line[at++];
  }
  if (at == line.size()) return base::fail(LineFault{opening, "a quote that is never closed"});
  const std::size_t behind = skip_blanks(line, at + 1);
  if (behind == line.size()) return value;
  return base::fail(LineFault{behind, "expected the end of the line after the closing quote"});
}

// The name begins at `start` and ends before the equals sign at `equals`.
LineResult read_pair(std::string_view line, std::size_t start, std::size_t equals) {
  std::string_view name = line.substr(start, equals - start);
  name = name.substr(0, name.find_last_not_of(kBlanks) + 1);
  if (name.starts_with("export ")) {
    return base::fail(LineFault{start, "expected NAME=value without export"});
  }
  const std::size_t odd = name.find_first_not_of(kNameLetters);
  if (name.empty() || odd != std::string_view::npos) {
    return base::fail(
        LineFault{name.empty() ? start : start + odd, "expected a name of letters, digits and _"});
  }
  const std::size_t at = skip_blanks(line, equals + 1);
  const bool quoted = at < line.size() && (line[at] == '"' || line[at] == '\'');
  auto value = quoted ? read_quoted(line, at) : read_plain(line, at);
  if (!value) return base::fail(std::move(value).error());
  EnvLine pair;
  pair.name = name;
  pair.value = std::move(*value);
  pair.name_column = static_cast<int>(start) + 1;
  pair.value_column = static_cast<int>(at) + (quoted ? 2 : 1);
  return std::optional(std::move(pair));
}

// Nothing for a blank line or a comment.
LineResult read_line(std::string_view line) {
  if (auto fault = check_octets(line)) return base::fail(std::move(*fault));
  const std::size_t start = skip_blanks(line, 0);
  if (start == line.size() || line[start] == '#') return std::optional<EnvLine>();
  const std::size_t equals = line.find('=', start);
  if (equals != std::string_view::npos) return read_pair(line, start, equals);
  return base::fail(
      LineFault{start, fmt::format("expected NAME=value, found {}", shown(line.substr(start)))});
}

}  // namespace

base::Result<std::vector<EnvLine>, Problems> parse_env_file(const Source& source) {
  std::vector<EnvLine> lines;
  Problems problems;
  std::set<std::string> seen;
  if (source.text().size() > kEnvFileBytesMax) {
    return base::fail(
        Problems{source.problem(0, 0, fmt::format("over {}", size_to_string(kEnvFileBytesMax)))});
  }
  for (int number = 1; number <= source.line_count(); ++number) {
    auto read = read_line(source.line(number));
    if (!read) {
      const int column = static_cast<int>(read.error().offset) + 1;
      problems.push_back(source.problem(number, column, std::move(read.error().text)));
      continue;
    }
    if (!*read) continue;
    EnvLine pair = std::move(**read);
    pair.line = number;
    if (!seen.insert(pair.name).second) {
      problems.push_back(
          source.problem(number, pair.name_column, fmt::format("{} is given twice", pair.name)));
    }
    lines.push_back(std::move(pair));
  }
  if (!problems.empty()) return base::fail(std::move(problems));
  return lines;
}

}  // namespace config
