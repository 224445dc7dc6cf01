#include "telemetry/exposition.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/check.hpp"
#include "telemetry/message_counts.hpp"
#include "telemetry/metrics.hpp"
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

}  // namespace

void Exposition::add(Family family, std::initializer_list<std::string_view> label_values,
                     double value) {
  std::string_view names = info(family).labels;
  std::string labels;
  for (const std::string_view text : label_values) {
    CHECK(!names.empty());
    const std::string_view name = names.substr(0, names.find(','));
    names.remove_prefix(name.size() == names.size() ? name.size() : name.size() + 1);
    labels += fmt::format("{}{}=\"", labels.empty() ? "" : ",", name);
    append_value(labels, text);
    labels += '"';
  }
  CHECK(names.empty());
  add_line(family, "", labels, value);
}

std::string Exposition::render() && {
  add_counted();
  add_observed();
  std::string page;
  for (const FamilyInfo& each : all_families()) {
    const std::string& lines = lines_[index_of(each.family)];
    if (lines.empty()) continue;
    page +=
        fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", each.name, each.help, to_string(each.type));
    page += lines;
  }
  return page;
}

void Exposition::add_line(Family family, std::string_view suffix, std::string_view labels,
                          double value) {
  std::string& lines = lines_[index_of(family)];
  lines += info(family).name;
  lines += suffix;
  if (!labels.empty()) lines += fmt::format("{{{}}}", labels);
  lines += fmt::format(" {}\n", to_number(value));
}

void Exposition::add_counted() {
  for (std::uint8_t each = 0; each < static_cast<std::uint8_t>(Counter::kCount); ++each) {
    const auto counter = static_cast<Counter>(each);
    add_line(info(counter).family, "", info(counter).labels, static_cast<double>(counted(counter)));
  }
  for (std::uint8_t each = 0; each < static_cast<std::uint8_t>(Gauge::kCount); ++each) {
    const auto gauge = static_cast<Gauge>(each);
    const GaugeInfo& row = info(gauge);
    if (const auto now = value(gauge)) add(row.family, {}, static_cast<double>(*now * row.scale));
  }
  for (const MessageCount& each : counted_messages()) {
    add(Family::kMessages, {each.type, to_string(each.told)}, static_cast<double>(each.count));
  }
}

void Exposition::add_observed() {
  for (std::uint8_t each = 0; each < static_cast<std::uint8_t>(Histogram::kCount); ++each) {
    const HistogramInfo& row = info(static_cast<Histogram>(each));
    const Distribution found = observed(static_cast<Histogram>(each));
    const std::string prefix = row.labels.empty() ? "" : std::string(row.labels) + ",";
    double count = 0;
    for (std::size_t bound = 0; bound < row.bounds.size(); ++bound) {
      count += static_cast<double>(found.counts[bound]);
      const double limit = static_cast<double>(row.bounds[bound]) * row.scale;
      add_line(row.family, "_bucket", fmt::format("{}le=\"{:g}\"", prefix, limit), count);
    }
    count += static_cast<double>(found.counts[row.bounds.size()]);
    add_line(row.family, "_bucket", prefix + "le=\"+Inf\"", count);
    add_line(row.family, "_sum", row.labels, static_cast<double>(found.sum) * row.scale);
    add_line(row.family, "_count", row.labels, count);
  }
}

}  // namespace telemetry
