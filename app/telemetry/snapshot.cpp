#include "telemetry/snapshot.hpp"

#include <numeric>
#include <utility>

#include "base/check.hpp"
#include "telemetry/message_counts.hpp"
#include "telemetry/metrics.hpp"

namespace telemetry {
namespace {

using LabelValues = std::initializer_list<std::string_view>;

// Of a table's row that has one label, or none.
template <class Value>
void add_row(Snapshot& snapshot, Family family, std::string_view label, Value value) {
  if (label.empty()) return snapshot.add(family, {}, std::move(value));
  snapshot.add(family, {label}, std::move(value));
}

void add_counters(Snapshot& snapshot) {
  for (std::uint8_t each = 0; each < static_cast<std::uint8_t>(Counter::kCount); ++each) {
    const auto counter = static_cast<Counter>(each);
    const CounterInfo& row = info(counter);
    add_row(snapshot, row.family, row.label, static_cast<double>(counted(counter)));
  }
  for (const MessageCount& each : counted_messages()) {
    snapshot.add(Family::kMessages, {each.type, to_string(each.told)},
                 static_cast<double>(each.count));
  }
}

void add_gauges(Snapshot& snapshot) {
  for (std::uint8_t each = 0; each < static_cast<std::uint8_t>(Gauge::kCount); ++each) {
    const auto gauge = static_cast<Gauge>(each);
    const GaugeInfo& row = info(gauge);
    if (const auto now = value(gauge)) {
      snapshot.add(row.family, {}, static_cast<double>(*now * row.scale));
    }
  }
}

void add_histograms(Snapshot& snapshot) {
  for (std::uint8_t each = 0; each < static_cast<std::uint8_t>(Histogram::kCount); ++each) {
    const auto histogram = static_cast<Histogram>(each);
    const HistogramInfo& row = info(histogram);
    add_row(snapshot, row.family, row.label, Spread{row.bounds, row.scale, observed(histogram)});
  }
}

}  // namespace

std::uint64_t Spread::count() const noexcept {
  return std::accumulate(counts.counts.begin(), counts.counts.end(), std::uint64_t{0});
}

Snapshot Snapshot::of_process() {
  Snapshot snapshot;
  add_counters(snapshot);
  add_gauges(snapshot);
  add_histograms(snapshot);
  return snapshot;
}

void Snapshot::add(Family family, LabelValues label_values, double value) {
  CHECK(info(family).type != MetricType::kHistogram);
  add_series(family, label_values).value = value;
}

void Snapshot::add(Family family, LabelValues label_values, Spread spread) {
  CHECK(info(family).type == MetricType::kHistogram);
  add_series(family, label_values).spread = spread;
}

Series& Snapshot::add_series(Family family, std::span<const std::string_view> label_values) {
  std::string_view names = info(family).labels;
  Series& series = series_[index_of(family)].emplace_back();
  series.labels.reserve(label_values.size());
  for (const std::string_view text : label_values) {
    CHECK(!names.empty());
    const std::string_view name = names.substr(0, names.find(','));
    names.remove_prefix(name.size() == names.size() ? name.size() : name.size() + 1);
    series.labels.push_back({name, std::string(text)});
  }
  CHECK(names.empty());
  return series;
}

}  // namespace telemetry
