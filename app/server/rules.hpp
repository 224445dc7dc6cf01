// server/rules.hpp: the rules in force, and their reload by SIGHUP.
//
// A reload reads the configuration again and takes rules, filters, order keys, value
// sets and CEL_COST_LIMIT from it, all of them or none. All else counts from the next
// start; a document whose listeners or connectors are others is refused.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/result.hpp"
#include "config/configuration.hpp"
#include "intake/live_rules.hpp"

namespace server {

// How the configuration is read again.
using Loader = std::function<base::Result<config::Configuration, config::Problems>()>;

class Rules {
 public:
  // Compiles those of the start; says on the log what probably is not meant. The
  // configuration outlives the object.
  [[nodiscard]] static base::Result<std::unique_ptr<Rules>, config::Problems> make(
      const config::Configuration& configuration);

  [[nodiscard]] const intake::LiveRules& live() const noexcept { return live_; }

  // Replaces them, or says on the log why not. From one thread.
  void reload(const Loader& load);

 private:
  Rules(const config::Configuration& started, std::shared_ptr<const intake::RuleSet> rules)
      : started_(started), live_(std::move(rules)) {}

  [[nodiscard]] config::Problems compare(const config::Configuration& next) const;

  const config::Configuration& started_;
  intake::LiveRules live_;
  std::uint64_t revision_ = 1;
};

}  // namespace server
