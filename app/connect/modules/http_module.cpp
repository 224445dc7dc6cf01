#include "connect/modules/entry.hpp"
#include "connect/modules/http.hpp"

const connectors::abi::ModuleApi* mllp_connector_v1() {
  return connectors::module_api(connectors::make_http_plan);
}
