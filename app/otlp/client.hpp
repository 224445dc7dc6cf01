// otlp/client.hpp: one request to a collector of OpenTelemetry, with a deadline.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "connect/resolver.hpp"
#include "connect/tls_stream.hpp"
#include "otlp/plan.hpp"

namespace otlp {

enum class Reception : std::uint8_t {
  kTaken,    // 2xx
  kRefused,  // it will not take this, now or later
  kAway      // not there, too slow, or it asks to be tried again (429, 502, 503, 504)
};

struct Reply {
  Reception reception = Reception::kAway;
  std::string reason{};                         // for the log; empty where it was taken
  std::optional<base::Duration> retry_after{};  // it said so
};

// Each request has a connection of its own. Not thread-safe; blocks.
class Client {
 public:
  // The clock outlives it.
  Client(const Plan& plan, const base::Clock& clock);

  // POSTs a request in protobuf; comes back within `timeout`, or at a stop.
  [[nodiscard]] Reply post(const Target& target, std::string_view body, base::Duration timeout,
                           const std::stop_token& stop);

 private:
  using Opened = base::Result<std::unique_ptr<connectors::Stream>, std::string>;

  [[nodiscard]] Opened open(const Target& target, connectors::Patience& patience);
  [[nodiscard]] Opened add_tls(const Target& target, std::unique_ptr<connectors::Stream> plain,
                               connectors::Patience& patience);

  const base::Clock& clock_;
  const std::string user_agent_;
  connectors::Resolver resolver_;
  connectors::TlsCredentials credentials_;
};

// What the head of an HTTP response says: "HTTP/1.1 503 …\r\nRetry-After: 7\r\n…". None: it
// is no such head.
[[nodiscard]] std::optional<Reply> parse_head(std::string_view head);

}  // namespace otlp
