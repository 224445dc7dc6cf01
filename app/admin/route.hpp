// admin/route.hpp: one path of the admin server: who answers, to whom, and what is said of it.
//
// One table, in routes.cpp, is what the server serves and what its OpenAPI document tells.
#pragma once

#include <span>
#include <string_view>

#include "admin/facts.hpp"
#include "admin/http_message.hpp"

namespace admin {

struct Route {
  std::string_view path;
  bool is_open;  // without a token
  Response (*answer)(const Request& request, Facts& facts);
  std::string_view summary;  // for the document
  std::string_view schema;   // of the answer, by its name in openapi.cpp; empty: text
  std::string_view query{};  // a parameter's name, or empty
  std::string_view query_help{};
  bool may_be_unready = false;  // 503 with the same schema
};

[[nodiscard]] std::span<const Route> all_routes() noexcept;

}  // namespace admin
