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

}  // namespace connectors
