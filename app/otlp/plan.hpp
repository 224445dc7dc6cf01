// otlp/plan.hpp: OTEL_* as where to send what, checked before anything starts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/configuration.hpp"
#include "net/tls/context.hpp"
#include "otlp/payload.hpp"

namespace otlp {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// One signal's collector.
struct Target {
  bool has_tls = false;
  config::Address address;
  std::string path;  // "/v1/traces"
  Pairs headers;
};

struct Plan {
  std::optional<Target> traces;  // none: not sent
  std::optional<Target> metrics;
  Resource resource;
  double ratio = 1;  // of the messages that are traced
  std::size_t queue_max = 0;
  std::size_t batch_max = 0;
  base::Duration span_delay{};
  base::Duration metric_interval{};
  base::Duration timeout{};  // of one request
  net::TlsClientFiles tls;
};

// None where no endpoint is given, or nothing shall be sent. Fails with what is wrong:
// "OTEL_EXPORTER_OTLP_ENDPOINT: expected a URL such as http://…, found …".
[[nodiscard]] base::Result<std::optional<Plan>, std::string> make_plan(
    const config::OtelSettings& settings, std::string_view version);

// "name=value,other=value" with percent-encoded values. None where it is not of that form.
[[nodiscard]] std::optional<Pairs> parse_pairs(std::string_view text);

// "http://collector:4318/v1/traces". The port may be left out (80, 443), the path too.
[[nodiscard]] std::optional<Target> parse_url(std::string_view url);

}  // namespace otlp
