// telemetry/exposition.hpp: metrics as Prometheus' text format, version 0.0.4.
//
//   Exposition page;
//   page.add(Family::kQueue, {"lab"}, 17);
//   send(page.render());
//
// Holds what is only known at this moment; render() puts it beside all that is counted.
#pragma once

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

#include "telemetry/metric_table.hpp"

namespace telemetry {

class Exposition {
 public:
  // One series. Values of its labels, in the order of the table.
  // REQUIRES: as many as the table names; not the family of a histogram.
  void add(Family family, std::initializer_list<std::string_view> label_values, double value);

  // The page: each family that has a series, in the order of the table.
  [[nodiscard]] std::string render() &&;

 private:
  void add_line(Family family, std::string_view suffix, std::string_view labels, double value);
  void add_counted();
  void add_observed();

  std::array<std::string, index_of(Family::kCount)> lines_;  // by family
};

}  // namespace telemetry
