#include "server/admin_door.hpp"

#include <utility>

#include "admin/routes.hpp"
#include "base/try.hpp"
#include "connect/secret_file.hpp"
#include "net/connection.hpp"
#include "telemetry/log.hpp"

namespace server {
namespace {

using telemetry::Level;

admin::TokenSource token_of(const std::string& file) {
  return [file]() -> std::optional<std::string> {
    if (file.empty()) return std::nullopt;
    auto token = connectors::read_secret_file(file);
    if (token) return *std::move(token);
    telemetry::log(Level::kError, "admin_token_unreadable", {{"reason", token.error()}});
    return std::nullopt;
  };
}

}  // namespace

base::Result<std::unique_ptr<admin::HttpServer>, std::string> open_admin_door(
    const config::ServerSettings& settings, admin::Facts& facts, const base::Clock& clock) {
  if (!settings.admin_token_file.empty()) {
    const auto token = connectors::read_secret_file(settings.admin_token_file);
    if (!token) return base::fail("ADMIN_TOKEN_FILE: " + token.error());
  }
  admin::Routes routes(facts, token_of(settings.admin_token_file));
  auto opened = admin::HttpServer::open(
      settings.admin_addr,
      [routes = std::move(routes)](const admin::Request& request) {
        return routes.answer(request);
      },
      clock);
  if (!opened && settings.admin_addr_is_default) {
    telemetry::log(Level::kWarning, "admin_unavailable",
                   {{"reason", opened.error()}, {"text", "ADMIN_ADDR names another address"}});
    return std::unique_ptr<admin::HttpServer>();
  }
  if (!opened) return base::fail("ADMIN_ADDR: " + opened.error());
  telemetry::log(Level::kInfo, "admin_listening",
                 {{"address", net::to_string((*opened)->endpoint())},
                  {"token", !settings.admin_token_file.empty()}});
  return *std::move(opened);
}

}  // namespace server
