// server/reload.hpp: SIGHUP: the configuration is read again and put in force as one.
//
// Taken from it are rules, filters, order keys, value sets, index fields, CEL's limits, connectors
// and the files of certificates: all of them, or none. Everything is made and checked before
// anything is replaced. A frame under judgement ends under what it began with.
//
// All else counts from the next start; a document with other listeners is refused.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/configuration.hpp"
#include "deliver/dispatcher.hpp"
#include "intake/index_fields.hpp"
#include "intake/live_rules.hpp"
#include "server/certificates.hpp"
#include "store/outbox.hpp"

namespace server {

// How the configuration is read again.
using Loader = std::function<base::Result<config::Configuration, config::Problems>()>;

// Compiles the rules of a configuration.
[[nodiscard]] base::Result<std::shared_ptr<const intake::RuleSet>, config::Problems> compile_rules(
    const config::Configuration& configuration, std::uint64_t revision);

// Tells on the log what of the rules is probably not meant.
void tell_warnings(const intake::RuleSet& rules);

// What a reload replaces.
struct Replaceable {
  intake::LiveRules& rules;
  intake::IndexFields& fields;
  Certificates& certificates;
  deliver::Dispatcher& dispatcher;
  deliver::Questions& questions;
};

// From one thread. What it is given outlives it.
class Reloader {
 public:
  Reloader(const config::Configuration& started, const Replaceable& parts, store::Outbox& outbox,
           const base::Clock& clock)
      : started_(started), parts_(parts), outbox_(outbox), clock_(clock) {}

  // Replaces all, or says on the log why not, with every fault that was found. True if it
  // was replaced.
  bool reload(const Loader& load);

 private:
  [[nodiscard]] base::Status<std::string> take(const config::Configuration& next);
  [[nodiscard]] config::Problems compare(const config::Configuration& next) const;

  const config::Configuration& started_;
  const Replaceable parts_;
  store::Outbox& outbox_;
  const base::Clock& clock_;
};

}  // namespace server
