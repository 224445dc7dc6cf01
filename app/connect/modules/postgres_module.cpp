#include "connect/modules/entry.hpp"
#include "connect/modules/postgres.hpp"

const connectors::abi::ModuleApi* mllp_connector_v1() {
  return connectors::module_api(connectors::make_postgres_plan);
}
