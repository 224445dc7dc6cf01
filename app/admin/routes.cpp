#include "admin/routes.hpp"

#include <array>
#include <boost/json/serialize.hpp>
#include <string_view>

#include "admin/json_views.hpp"
#include "admin/metrics_page.hpp"
#include "admin/openapi.hpp"
#include "admin/route.hpp"
#include "telemetry/log.hpp"

namespace admin {
namespace {

Response as_json(const boost::json::value& value) {
  Response response;
  response.body = boost::json::serialize(value);
  response.body += '\n';
  return response;
}

Response show_health(const Request&, Facts&) { return as_json({{"alive", true}}); }

Response show_readiness(const Request& request, Facts& facts) {
  const auto reasons = facts.unready(parameter(request.query, "lanes") == "1");
  Response response = as_json(readiness_view(reasons));
  if (!reasons.empty()) response.status = 503;
  return response;
}

Response show_status(const Request&, Facts& facts) { return as_json(status_view(facts.status())); }

Response show_connectors(const Request&, Facts& facts) {
  return as_json(connectors_view(facts.connectors()));
}

Response show_connections(const Request&, Facts& facts) {
  return as_json(connections_view(facts.connections()));
}

Response show_logs(const Request&, Facts&) {
  Response response;
  response.body = logs_text(telemetry::recent_log_lines());
  return response;
}

Response show_metrics(const Request&, Facts& facts) {
  Response response;
  response.type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = metrics_page(facts);
  return response;
}

Response show_document(const Request&, Facts& facts) {
  Response response;
  response.body = openapi_document(facts.status().version);
  return response;
}

constexpr std::array<Route, 8> kRoutes = {{
    {"/healthz", true, show_health, "Whether the process lives.", "Health"},
    {"/readyz", true, show_readiness, "Whether it should get traffic, or why not.", "Readiness",
     "lanes", "1: a lane that has stopped counts as well.", true},
    {"/metrics", false, show_metrics, "All metrics, for Prometheus.", ""},
    {"/api/openapi.json", false, show_document, "This document.", "Document"},
    {"/api/status", false, show_status, "Version, phase, store, listeners.", "Status"},
    {"/api/connectors", false, show_connectors, "State, depth and last failure of each.",
     "Connectors"},
    {"/api/connections", false, show_connections, "Who is connected, the first thousand.",
     "Connections"},
    {"/api/logs", false, show_logs, "The latest lines of the log.", "Logs"},
}};

// Takes the same time wherever they differ.
bool is_same(std::string_view given, std::string_view wanted) noexcept {
  unsigned difference = given.size() == wanted.size() ? 0 : 1;
  for (std::size_t index = 0; index < given.size(); ++index) {
    const char other = wanted.empty() ? '\0' : wanted[index % wanted.size()];
    difference |= static_cast<unsigned char>(given[index] ^ other);
  }
  return difference == 0 && !wanted.empty();
}

std::string_view bearer_of(std::string_view authorization) noexcept {
  constexpr std::string_view kScheme = "Bearer ";
  if (!authorization.starts_with(kScheme)) return {};
  return authorization.substr(kScheme.size());
}

}  // namespace

std::span<const Route> all_routes() noexcept { return kRoutes; }

Response Routes::answer(const Request& request) const {
  for (const Route& route : kRoutes) {
    if (route.path != request.path) continue;
    if (!route.is_open) {
      if (auto refusal = refuse(request)) return *std::move(refusal);
    }
    if (request.method != "GET" && request.method != "HEAD") {
      Response response = json_error(405, "only GET and HEAD");
      response.allow = "GET, HEAD";
      return response;
    }
    return route.answer(request, facts_);
  }
  return json_error(404, "there is nothing here");
}

std::optional<Response> Routes::refuse(const Request& request) const {
  const auto token = token_();
  if (!token) return json_error(403, "ADMIN_TOKEN_FILE: without a token nobody may look");
  if (is_same(bearer_of(request.authorization), *token)) return std::nullopt;
  Response response = json_error(401, "expected Authorization: Bearer with the token of the file");
  response.challenge = true;
  return response;
}

}  // namespace admin
