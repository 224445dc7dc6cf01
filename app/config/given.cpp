#include "config/given.hpp"

#include <fmt/format.h>

#include "config/env_file.hpp"
#include "config/environment.hpp"
#include "config/near_miss.hpp"

namespace config {
namespace {

using Values = std::map<std::string_view, GivenValue>;

GivenValue make_value(std::string name, std::string text, std::string origin) {
  GivenValue value;
  value.text = std::move(text);
  value.name = std::move(name);
  value.place.origin = origin;
  value.origin = std::move(origin);
  return value;
}

// Adds one source's value for the row of its name, or says why not.
void add(const Setting& setting, GivenValue value, Values& values, Given& given) {
  if (value.text.empty()) return;
  if (setting.presence == Presence::kIgnored) {
    given.warnings.push_back(
        value.problem(fmt::format("ignored, as this version has no {} yet", setting.lacking)));
    return;
  }
  const std::string refused = refusal(setting, value.text);
  if (!refused.empty()) {
    given.problems.push_back(value.problem(refused));
    return;
  }
  const auto [first, is_new] = values.emplace(setting.name, value);
  if (is_new || first->second.text == value.text) return;
  given.problems.push_back(
      value.problem(fmt::format("another name of {}, which says {} and not {}", first->second.name,
                                shown(first->second.text), shown(value.text))));
}

std::string unknown(std::string_view name) {
  return fmt::format("unknown setting{}", suggestion(name, setting_names()));
}

Values read_env_file(const Source& source, Given& given) {
  Values values;
  auto lines = parse_env_file(source);
  if (!lines) {
    given.problems.insert(given.problems.end(), lines.error().begin(), lines.error().end());
    return values;
  }
  for (EnvLine& line : *lines) {
    GivenValue value = make_value(std::move(line.name), std::move(line.value),
                                  fmt::format("{}:{}", source.name(), line.line));
    value.place = source.problem(line.line, line.value_column, "");
    const Setting* const setting = find_setting(value.name);
    if (setting == nullptr || value.name == "ENV_FILE") {
      value.place.column = line.name_column;
      given.problems.push_back(value.problem(
          setting == nullptr ? unknown(value.name) : "an env file does not name another one"));
      continue;
    }
    add(*setting, std::move(value), values, given);
  }
  return values;
}

Values read_environment(const std::map<std::string, std::string>& environment, Given& given) {
  Values values;
  for (const auto& [name, text] : environment) {
    GivenValue value = make_value(name, text, "environment");
    if (const Setting* const setting = find_setting(name)) {
      add(*setting, std::move(value), values, given);
    } else if (const auto meant = meant_setting(name)) {
      given.warnings.push_back(
          value.problem(fmt::format("not a setting; did you mean {}?", *meant)));
    }
  }
  return values;
}

Values read_command_line(const std::map<std::string, std::string>& command_line, Given& given) {
  Values values;
  for (const auto& [name, text] : command_line) {
    GivenValue value = make_value(name, text, "command line");
    if (const Setting* const setting = find_setting(name)) {
      add(*setting, std::move(value), values, given);
    } else {
      given.problems.push_back(value.problem(unknown(name)));
    }
  }
  return values;
}

}  // namespace

Problem GivenValue::problem(std::string_view what) const {
  Problem problem = place;
  problem.text = fmt::format("{}: {}", name, what);
  return problem;
}

const GivenValue* Given::find(std::string_view name) const {
  const auto found = values.find(name);
  return found == values.end() ? nullptr : &found->second;
}

Given collect_given(const ConfigurationSources& sources, const std::optional<Source>& env_file) {
  Given given;
  given.values = read_command_line(sources.command_line, given);
  given.values.merge(read_environment(sources.environment, given));  // keeps what is there
  if (env_file) given.values.merge(read_env_file(*env_file, given));
  return given;
}

}  // namespace config
