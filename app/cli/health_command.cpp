#include "cli/health_command.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "admin/http_client.hpp"
#include "cli/exit_code.hpp"

namespace cli {
namespace {

constexpr unsigned kOk = 200;

std::string target_of(const HealthCommandOptions& options) {
  if (!options.ready) return "/healthz";
  return options.lanes ? "/readyz?lanes=1" : "/readyz";
}

}  // namespace

int run_health_command(const config::ConfigurationSources& sources,
                       const HealthCommandOptions& options) {
  const auto configuration = config::load_configuration(sources);
  if (!configuration) {
    fmt::print(stderr, "{}\n", config::to_string(configuration.error()));
    return kExitUsage;
  }
  const auto reply =
      admin::http_get(configuration->server.admin_addr, target_of(options), options.timeout);
  if (!reply) {
    fmt::print(stderr, "mllp-server health: {}\n", reply.error());
    return kExitFailed;
  }
  if (reply->status == kOk) return kExitDone;
  fmt::print(stderr, "mllp-server health: {} {}", reply->status, reply->body);
  return kExitFailed;
}

}  // namespace cli
