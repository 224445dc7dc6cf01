// server/admin_door.hpp: the admin server, as ADMIN_ADDR and ADMIN_TOKEN_FILE ask for it.
#pragma once

#include <memory>
#include <string>

#include "admin/facts.hpp"
#include "admin/http_server.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/configuration.hpp"

namespace server {

// Serves at once. Null where the address is taken that nobody asked for: a second server
// on a machine has no health to show, which the log says, but does its work. An address
// that was asked for, or a token file that cannot be read, fails with the reason. The file
// is read again for each request. Settings, facts and clock outlive it.
[[nodiscard]] base::Result<std::unique_ptr<admin::HttpServer>, std::string> open_admin_door(
    const config::ServerSettings& settings, admin::Facts& facts, const base::Clock& clock);

}  // namespace server
