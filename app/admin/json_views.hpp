// admin/json_views.hpp: facts as the API's JSON. Times are RFC 3339 in UTC, ages seconds.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "admin/facts.hpp"

namespace admin {

[[nodiscard]] boost::json::value readiness_view(const std::vector<Unready>& reasons);
[[nodiscard]] boost::json::value status_view(const StatusFacts& facts);
[[nodiscard]] boost::json::value connectors_view(const std::vector<ConnectorFacts>& facts);
[[nodiscard]] boost::json::value connections_view(const std::vector<ConnectionFacts>& facts);

// {"lines":[…]}, the oldest first: they are JSON already.
[[nodiscard]] std::string logs_text(const std::vector<std::string>& lines);

}  // namespace admin
