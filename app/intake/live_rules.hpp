// intake/live_rules.hpp: the rules that are in force, replaced as a whole by a reload.
//
// A frame is judged by the set that it found, also when another comes meanwhile: no
// message meets half of each.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/mutex.hpp"
#include "intake/rule_set.hpp"

namespace intake {

// Thread-safe.
class LiveRules {
 public:
  explicit LiveRules(std::shared_ptr<const RuleSet> rules);

  // From now on frames are judged by these.
  void replace(std::shared_ptr<const RuleSet> rules);

  // The rules in force. The reference holds, and what it refers to lives, until this
  // thread asks again. Costs a load as long as nothing has changed.
  [[nodiscard]] const std::shared_ptr<const RuleSet>& current() const;

 private:
  mutable base::Mutex mutex_;
  std::shared_ptr<const RuleSet> rules_ GUARDED_BY(mutex_);
  std::atomic<std::uint64_t> version_;  // unlike any other of the process
};

}  // namespace intake
