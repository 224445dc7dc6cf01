// rule_set_fixture.hpp: a document in, a configuration or a rule set out.
#pragma once

#include <string>
#include <string_view>

#include "config/compose.hpp"
#include "config/given.hpp"
#include "intake/rule_set.hpp"

namespace intake {

inline base::Result<config::Configuration, config::Problems> compose(std::string_view document) {
  const config::Given given = config::collect_given({}, std::nullopt);
  return config::compose(given, config::NamedText{"config.yaml", std::string(document)},
                         config::Machine{1, std::uint64_t{1} << 32U});
}

inline base::Result<std::shared_ptr<const RuleSet>, config::Problems> make_rules(
    std::string_view document) {
  auto configuration = compose(document);
  if (!configuration) return base::fail(configuration.error());
  return RuleSet::make(*configuration, 7);
}

}  // namespace intake
