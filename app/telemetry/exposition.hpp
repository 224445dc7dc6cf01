// telemetry/exposition.hpp: metrics as Prometheus' text format, version 0.0.4.
#pragma once

#include <string>

#include "telemetry/snapshot.hpp"

namespace telemetry {

// The page: each family that has a series, in the order of the table.
[[nodiscard]] std::string render_exposition(const Snapshot& snapshot);

}  // namespace telemetry
