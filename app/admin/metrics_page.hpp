// admin/metrics_page.hpp: /metrics.
#pragma once

#include <string>

#include "admin/facts.hpp"

namespace admin {

[[nodiscard]] std::string metrics_page(Facts& facts);

}  // namespace admin
