// intake/live_rules.hpp: what messages are judged by, replaced as a whole by a reload.
//
// A frame is judged by what it found, also when another comes meanwhile: no message
// meets half of each.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/mutex.hpp"
#include "intake/router.hpp"
#include "intake/rule_set.hpp"

namespace intake {

// Of one configuration. REQUIRES: as many routes as the router has connectors.
struct InForce {
  std::shared_ptr<const RuleSet> rules;  // none: every message passes, to every connector
  Router router;

  [[nodiscard]] std::uint64_t revision() const noexcept { return rules ? rules->revision() : 1; }
};

// Thread-safe.
class LiveRules {
 public:
  explicit LiveRules(InForce first);

  // From now on frames are judged by these.
  void replace(InForce next);

  // What is in force. The reference holds, and what it refers to lives, until this
  // thread asks again. Costs a load as long as nothing has changed.
  [[nodiscard]] const std::shared_ptr<const InForce>& current() const;

 private:
  mutable base::Mutex mutex_;
  std::shared_ptr<const InForce> in_force_ GUARDED_BY(mutex_);
  std::atomic<std::uint64_t> version_;  // unlike any other of the process
};

}  // namespace intake
