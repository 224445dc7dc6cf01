#include "telemetry/exposition.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <string_view>

#include "telemetry/utf8.hpp"

namespace telemetry {
namespace {

// A value of a label: what the format cannot hold is escaped or replaced.
void append_value(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = utf8_char_bytes(text);
    const char first = text.front();
    if (bytes == 0) {
      out += "\xEF\xBF\xBD";
    } else if (first == '\\' || first == '"') {
      out += {'\\', first};
    } else if (first == '\n') {
      out += "\\n";
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
}

// Whole numbers without an exponent, as people read them.
std::string to_number(double value) {
  constexpr double kWholeMax = 9007199254740992.0;  // 2^53
  if (std::abs(value) <= kWholeMax && value == std::floor(value)) {
    return fmt::format("{:.0f}", value);
  }
  return fmt::format("{}", value);
}

// reason="cut",kind="x"
std::string labels_of(const Series& series) {
  std::string text;
  for (const Label& label : series.labels) {
    text += fmt::format("{}{}=\"", text.empty() ? "" : ",", label.name);
    append_value(text, label.value);
    text += '"';
  }
  return text;
}

// `suffix` is a histogram's "_sum" and so on.
void append_line(std::string& page, std::string_view name, std::string_view suffix,
                 std::string_view labels, double value) {
  page += name;
  page += suffix;
  if (!labels.empty()) fmt::format_to(std::back_inserter(page), "{{{}}}", labels);
  fmt::format_to(std::back_inserter(page), " {}\n", to_number(value));
}

void append_spread(std::string& page, std::string_view name, const Series& series) {
  const Spread& spread = series.spread;
  const std::string labels = labels_of(series);
  const std::string prefix = labels.empty() ? "" : labels + ",";
  double count = 0;
  for (std::size_t bound = 0; bound < spread.bounds.size(); ++bound) {
    count += static_cast<double>(spread.counts.counts[bound]);
    const double limit = static_cast<double>(spread.bounds[bound]) * spread.scale;
    append_line(page, name, "_bucket", fmt::format("{}le=\"{:g}\"", prefix, limit), count);
  }
  const auto all = static_cast<double>(spread.count());
  append_line(page, name, "_bucket", prefix + "le=\"+Inf\"", all);
  append_line(page, name, "_sum", labels, static_cast<double>(spread.counts.sum) * spread.scale);
  append_line(page, name, "_count", labels, all);
}

}  // namespace

std::string render_exposition(const Snapshot& snapshot) {
  std::string page;
  for (const FamilyInfo& each : all_families()) {
    const std::vector<Series>& all = snapshot.series(each.family);
    if (all.empty()) continue;
    fmt::format_to(std::back_inserter(page), "# HELP {0} {1}\n# TYPE {0} {2}\n", each.name,
                   each.help, to_string(each.type));
    for (const Series& series : all) {
      if (each.type == MetricType::kHistogram) {
        append_spread(page, each.name, series);
      } else {
        append_line(page, each.name, "", labels_of(series), series.value);
      }
    }
  }
  return page;
}

}  // namespace telemetry
