#include "connect/settings_reader.hpp"

namespace connectors {

config::Reader make_settings_reader(const config::ConnectorSettings& settings,
                                    config::Problems& problems) {
  config::Reader reader(settings.node, "connectors." + settings.name, problems);
  for (const std::string& key : config::common_connector_keys()) {
    static_cast<void>(reader.has(key));  // asking is what makes a key known
  }
  return reader;
}

base::Duration read_timeout(config::Reader& reader, std::string_view key,
                            base::Duration otherwise) {
  const base::Duration timeout = reader.duration(key, otherwise);
  if (timeout > base::Duration::zero()) return timeout;
  reader.report(key, "expected a duration of more than 0, such as 30s");
  return otherwise;
}

}  // namespace connectors
