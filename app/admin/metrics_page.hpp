// admin/metrics_page.hpp: all metrics of this moment, and /metrics.
#pragma once

#include <string>

#include "admin/facts.hpp"
#include "telemetry/snapshot.hpp"

namespace admin {

// Those of the process, and what is asked of the house.
[[nodiscard]] telemetry::Snapshot all_metrics(Facts& facts);

[[nodiscard]] std::string metrics_page(Facts& facts);

}  // namespace admin
