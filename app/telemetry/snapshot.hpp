// telemetry/snapshot.hpp: all metrics at one moment, for whoever shows them.
//
//   Snapshot now = Snapshot::of_process();
//   now.add(Family::kQueue, {"lab"}, 17);
//   send(render_exposition(now));
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/distribution.hpp"
#include "telemetry/metric_table.hpp"

namespace telemetry {

struct Label {
  std::string_view name;  // of the table
  std::string value;
};

// What a histogram has counted. `bounds` outlive the snapshot: they are constants.
struct Spread {
  std::span<const std::uint64_t> bounds;
  double scale = 1;  // of a value to the family's unit
  Distribution counts;

  [[nodiscard]] std::uint64_t count() const noexcept;
};

struct Series {
  std::vector<Label> labels;
  double value = 0;  // nothing, where the family is a histogram
  Spread spread;     // nothing, where it is not
};

class Snapshot {
 public:
  // What is counted, measured and observed in this process (metrics.hpp, message_counts.hpp).
  [[nodiscard]] static Snapshot of_process();

  // One more series. Values of its labels, in the order of the table.
  // REQUIRES: as many as the table names; of a histogram a spread, of others a value.
  void add(Family family, std::initializer_list<std::string_view> label_values, double value);
  void add(Family family, std::initializer_list<std::string_view> label_values, Spread spread);

  [[nodiscard]] const std::vector<Series>& series(Family family) const noexcept {
    return series_[index_of(family)];
  }

 private:
  Series& add_series(Family family, std::span<const std::string_view> label_values);

  std::array<std::vector<Series>, index_of(Family::kCount)> series_;
};

}  // namespace telemetry
