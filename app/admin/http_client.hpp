// admin/http_client.hpp: asks the admin server of this machine one thing.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/values.hpp"

namespace admin {

struct HttpReply {
  unsigned status = 0;
  std::string body;  // at most 64 KiB
};

// GET of a target such as "/readyz?lanes=1"; the connection is closed behind it. An
// address without a host is asked on the loopback. Blocks for `timeout` at most. Fails
// with what a person needs: "127.0.0.1:8575: Connection refused".
[[nodiscard]] base::Result<HttpReply, std::string> http_get(const config::Address& address,
                                                            const std::string& target,
                                                            base::Duration timeout);

}  // namespace admin
