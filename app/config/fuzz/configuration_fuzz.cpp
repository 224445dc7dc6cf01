// Three properties, for any two texts at all:
//   1. Reading them ends, in a configuration or in problems, without a crash.
//   2. What it yields is within its limits: a listener at least, every name a name,
//      every problem at a place that its source has.
//   3. The same texts yield the same again.
// The input is the env file, then an octet FF, then the YAML document.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/compose.hpp"
#include "config/given.hpp"
#include "config/listeners.hpp"
#include "config/settings_report.hpp"

namespace {

using config::Configuration;
using config::Problems;

base::Result<Configuration, Problems> read(const std::string& env_file, const std::string& yaml) {
  const config::Given given = config::collect_given({}, config::Source("site.env", env_file));
  return config::compose(given, config::NamedText{"config.yaml", yaml},
                         config::Machine{4, 1U << 30U});
}

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const Configuration& configuration) {
  require(!configuration.listeners.empty());
  for (const auto& listener : configuration.listeners) {
    require(config::is_name(listener.name));
    require(listener.max_frame_size >= 1024 && listener.max_in_flight >= 1);
    require(listener.max_frame_size <= configuration.server.max_buffered_bytes);
  }
  for (const auto& connector : configuration.connectors) {
    require(config::is_name(connector.name) && !connector.type.empty());
    require(connector.retry.initial.count() > 0 && connector.retry.initial <= connector.retry.max);
  }
}

void check(const Problems& problems) {
  require(!problems.empty());
  for (const auto& problem : problems) {
    require(!problem.text.empty() && problem.line >= 0 && problem.column >= 0);
  }
}

// Everything that a person would be shown.
std::string shown(const base::Result<Configuration, Problems>& result) {
  if (!result) return config::to_string(result.error());
  return config::render_table(*result, config::Colors::kTerminal) + config::render_json(*result) +
         config::to_string(result->warnings);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t split = input.find('\xFF');
  const std::string env_file(input.substr(0, split));
  const std::string yaml(split == std::string_view::npos ? std::string_view()
                                                         : input.substr(split + 1));
  const auto result = read(env_file, yaml);
  if (result) check(*result);
  if (!result) check(result.error());
  require(shown(result) == shown(read(env_file, yaml)));
  return 0;
}
