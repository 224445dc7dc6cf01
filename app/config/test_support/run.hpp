// test_support/run.hpp: a run of the whole room over texts, without any file.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "config/compose.hpp"
#include "config/given.hpp"

namespace config::test_support {

using Environment = std::map<std::string, std::string>;

// What is given to a run. The files are called site.env and config.yaml.
struct Texts {
  Environment environment{};
  std::optional<std::string> env_file{};
  std::optional<std::string> yaml{};
  Environment command_line{};
};

// A machine of 4 cores and 2 GiB.
inline base::Result<Configuration, Problems> run(const Texts& texts) {
  const ConfigurationSources sources{texts.environment, texts.command_line};
  std::optional<Source> env_file;
  if (texts.env_file) env_file.emplace("site.env", *texts.env_file);
  std::optional<NamedText> document;
  if (texts.yaml) document = NamedText{"config.yaml", *texts.yaml};
  return compose(collect_given(sources, env_file), document, Machine{4, 2048 * base::kMiB});
}

// What the operator would read; "fine" if there is nothing to complain about.
inline std::string said(const Texts& texts) {
  const auto result = run(texts);
  if (!result) return to_string(result.error());
  return result->warnings.empty() ? "fine" : "warning: " + to_string(result->warnings);
}

}  // namespace config::test_support
