// admin/http_message.hpp: a request and its response, as far as this room needs them.
//
// What knows HTTP's form is http_server.cpp alone; what is asked and answered is known
// here, so that routes are tried without a socket.
#pragma once

#include <string>
#include <string_view>

namespace admin {

struct Request {
  std::string method;         // "GET"
  std::string path;           // "/api/connectors", as sent: nothing is decoded
  std::string query;          // behind the "?", or empty
  std::string authorization;  // the header's value, or empty
};

struct Response {
  unsigned status = 200;
  std::string type = "application/json";
  std::string body{};
  std::string allow{};     // of 405: the methods there are
  bool challenge = false;  // of 401: WWW-Authenticate
};

// The value of a query's parameter, or empty: "lanes=1&x" has lanes and x.
[[nodiscard]] std::string_view parameter(std::string_view query, std::string_view name) noexcept;

[[nodiscard]] Response json_error(unsigned status, std::string_view text);

}  // namespace admin
