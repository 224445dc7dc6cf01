// intake/router.hpp: to which connectors a message is owed, and in which order.
//
// Every connector whose filter holds, or that has none. A filter that cannot be
// evaluated puts the message aside for that connector (park), passes it by (skip) or
// lets it through (deliver), as the connector says. `order_by` makes the key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "intake/hl7_in_cel.hpp"
#include "intake/rule_set.hpp"
#include "store/entry.hpp"

namespace intake {

// How a connector's filter went.
enum class RouteResult : std::uint8_t { kTaken, kPassedBy, kParked };

struct RoutePlan {
  RouteResult result = RouteResult::kTaken;
  std::uint64_t key_hash = 0;
  std::uint64_t joined_hash = store::kJoinsNone;
};

// REQUIRES: the context has the message open.
[[nodiscard]] RoutePlan plan_route(const Route& route, MessageContext& context);

// The same on every machine and for all time: it is stored. Never 0, which is no key.
[[nodiscard]] std::uint64_t hash_key(std::string_view key) noexcept;

// Immutable; shared by threads.
class Router {
 public:
  // A connector whose target may be asked while the sender waits: what it is asked stands
  // in a lane of its own.
  struct Answerer {
    std::string name;
    store::ConnectorId connector;
    store::ConnectorId answers;
  };

  // In the order of the configuration.
  explicit Router(std::vector<store::ConnectorId> connectors, std::vector<Answerer> answerers = {});

  // The debts of a message that no filter looks at.
  [[nodiscard]] const std::vector<store::LaneKey>& all() const noexcept { return lanes_; }

  // The debts of a message, in the order of the configuration; may be none.
  // REQUIRES: as many routes as connectors; the context has the message open.
  [[nodiscard]] std::vector<store::LaneKey> plan(const RuleSet& rules,
                                                 MessageContext& context) const;

  // Makes the debt to that connector one that is asked once, in order for each `key_hash`.
  // False if the message does not owe it anything, or owes it no delivery.
  [[nodiscard]] bool ask(std::vector<store::LaneKey>& lanes, std::string_view connector,
                         std::uint64_t key_hash) const;

 private:
  std::vector<Answerer> answerers_;
  std::vector<store::LaneKey> lanes_;
};

}  // namespace intake
