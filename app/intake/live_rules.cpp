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
  std::shared_ptr<const InForce> in_force;
};

}  // namespace

LiveRules::LiveRules(InForce first)
    : in_force_(std::make_shared<const InForce>(std::move(first))), version_(next_version()) {}

void LiveRules::replace(InForce next) {
  auto in_force = std::make_shared<const InForce>(std::move(next));
  const base::Lock lock(mutex_);
  in_force_ = std::move(in_force);
  version_.store(next_version(), std::memory_order_release);
}

const std::shared_ptr<const InForce>& LiveRules::current() const {
  thread_local Seen seen;
  if (seen.version != version_.load(std::memory_order_acquire)) {
    const base::Lock lock(mutex_);
    seen.in_force = in_force_;
    seen.version = version_.load(std::memory_order_relaxed);
  }
  return seen.in_force;
}

}  // namespace intake
