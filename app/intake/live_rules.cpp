#include "intake/live_rules.hpp"

#include <utility>

namespace intake {
namespace {

std::uint64_t next_version() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

struct Seen {
  std::uint64_t version = 0;
  std::shared_ptr<const RuleSet> rules;
};

}  // namespace

LiveRules::LiveRules(std::shared_ptr<const RuleSet> rules)
    : rules_(std::move(rules)), version_(next_version()) {}

void LiveRules::replace(std::shared_ptr<const RuleSet> rules) {
  const base::Lock lock(mutex_);
  rules_ = std::move(rules);
  version_.store(next_version(), std::memory_order_release);
}

const std::shared_ptr<const RuleSet>& LiveRules::current() const {
  thread_local Seen seen;
  if (seen.version != version_.load(std::memory_order_acquire)) {
    const base::Lock lock(mutex_);
    seen.rules = rules_;
    seen.version = version_.load(std::memory_order_relaxed);
  }
  return seen.rules;
}

}  // namespace intake
