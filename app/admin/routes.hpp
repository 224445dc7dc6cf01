// admin/routes.hpp: which path shows what, and to whom.
//
//   /healthz          200 while the process is alive                      no token
//   /readyz           200, or 503 with the reasons; ?lanes=1: also a
//                     lane that has stopped                               no token
//   /metrics          for Prometheus
//   /api/openapi.json what this server offers, as an OpenAPI document
//   /api/status       version, phase, store, listeners
//   /api/connectors   state, depth, oldest, last failure
//   /api/connections  who is connected (the first thousand)
//   /api/logs         the latest lines of the log
//
// GET and HEAD only. All but the first two ask for `Authorization: Bearer <token>`: 401
// without a right one, 403 where the server has none.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "admin/facts.hpp"
#include "admin/http_message.hpp"

namespace admin {

// The token that is right at this moment; none: nobody may look. Asked for each request,
// so that a token file may be replaced at any time.
using TokenSource = std::function<std::optional<std::string>()>;

class Routes {
 public:
  // `facts` outlives it.
  Routes(Facts& facts, TokenSource token) : facts_(facts), token_(std::move(token)) {}

  [[nodiscard]] Response answer(const Request& request) const;

 private:
  [[nodiscard]] std::optional<Response> refuse(const Request& request) const;

  Facts& facts_;
  TokenSource token_;
};

}  // namespace admin
