// config/given.hpp: what the sources say, each setting once, with where it was said.
//
// The command line wins over the environment, the environment over the env file. A
// variable that is set to nothing counts as not set.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "config/configuration.hpp"
#include "config/node.hpp"
#include "config/problem.hpp"
#include "config/settings_table.hpp"

namespace config {

// One setting's text, as it was given.
struct GivenValue {
  std::string text;
  std::string name;    // as it was given: MLLP_ADDR for LISTEN_ADDR
  std::string origin;  // "environment", "command line", "site.env:3"
  Problem place;       // of the value, its text still empty

  // "LISTEN_ADDR: <what>", at this place.
  [[nodiscard]] Problem problem(std::string_view what) const;
};

struct Given {
  std::map<std::string_view, GivenValue> values;  // by the setting's name in the table
  Problems problems;
  Problems warnings;

  // nullptr if it was not given.
  [[nodiscard]] const GivenValue* find(std::string_view name) const;
};

// `env_file` is what ENV_FILE names, if it names anything. Reported as problems:
// unknown names on the command line and in the env file, both names of a setting with
// different values, what this version does not have. Reported as warnings: near
// misses in the environment, and what is ignored.
[[nodiscard]] Given collect_given(const ConfigurationSources& sources,
                                  const std::optional<Source>& env_file);

}  // namespace config
