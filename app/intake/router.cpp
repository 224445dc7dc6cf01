#include "intake/router.hpp"

namespace intake {

Router::Router(std::vector<store::ConnectorId> connectors) {
  lanes_.reserve(connectors.size());
  for (const store::ConnectorId connector : connectors) lanes_.push_back({connector, 0});
}

std::vector<store::LaneKey> Router::plan(const hl7::Message& /*message*/) const { return lanes_; }

}  // namespace intake
