// intake/router.hpp: to which connectors a message is owed.
//
// Today every connector gets every message; filters and order keys by CEL are
// evaluated here when rules come.
#pragma once

#include <vector>

#include "hl7/message.hpp"
#include "store/entry.hpp"

namespace intake {

// Immutable; shared by threads.
class Router {
 public:
  explicit Router(std::vector<store::ConnectorId> connectors);

  // The debts of a message, in the order of the configuration; may be none.
  [[nodiscard]] std::vector<store::LaneKey> plan(const hl7::Message& message) const;

 private:
  std::vector<store::LaneKey> lanes_;
};

}  // namespace intake
