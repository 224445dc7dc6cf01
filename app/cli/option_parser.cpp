#include "cli/option_parser.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "cli/exit_code.hpp"
#include "cli/help_text.hpp"
#include "config/near_miss.hpp"
#include "config/values.hpp"
#include "hl7/path.hpp"

namespace cli {
namespace {

std::string check_setting(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos && equals > 0) return {};
  return fmt::format("expected NAME=VALUE, found {}", text);
}

}  // namespace

std::string check_duration(const std::string& text) {
  if (config::parse_duration(text)) return {};
  return fmt::format("expected a duration such as 30s or 1m30s, found {}", text);
}

std::string check_path(const std::string& text) {
  const auto path = hl7::parse_path(text);
  if (path) return {};
  return fmt::format("expected a path such as PID-3.1: {} at character {} of {}",
                     path.error().reason, path.error().text_index + 1, text);
}

// ── Parser ──────────────────────────────────────────────────────────────────

Parser::Parser(std::string verb, const std::string& description)
    : verb_(std::move(verb)), app_(description, "mllp-server " + verb_) {
  app_.get_formatter()->column_width(26);
  app_.set_help_flag("-h,--help", "Print this help");
  app_.footer(std::string(help_footer(verb_)));
}

CLI::Option* Parser::add_text(std::string_view names, std::string& target, Check check,
                              std::string_view description) {
  const std::size_t blank = names.find(' ');
  CLI::Option* option = app_.add_option(std::string(names.substr(0, blank)), target,
                                        with_default(description, target));
  option->type_name(std::string(names.substr(blank + 1)));
  if (check != nullptr) option->check(check);
  return option;
}

void Parser::add_list(std::string_view names, Words& target, Check check, const char* description) {
  const std::size_t blank = names.find(' ');
  app_.add_option(std::string(names.substr(0, blank)), target, description)
      ->type_name(std::string(names.substr(blank + 1)))
      ->allow_extra_args(false)
      ->check(check);
}

std::optional<EarlyExit> Parser::parse(Words words) {
  std::reverse(words.begin(), words.end());  // as the library takes them
  app_.allow_extras();
  try {
    app_.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    return EarlyExit{kExitDone, app_.help()};
  } catch (const CLI::ParseError& error) {
    return refuse(error.what());
  }
  const Words extras = app_.remaining();
  if (extras.empty()) return std::nullopt;
  return refuse(to_unknown(extras.front()));
}

EarlyExit Parser::refuse(const std::string& what) const {
  return {kExitUsage,
          fmt::format("mllp-server {}: {}\nsee: mllp-server {} --help\n", verb_, what, verb_)};
}

std::string Parser::with_default(std::string_view description, std::string_view value) {
  return value.empty() ? std::string(description) : fmt::format("{} ({})", description, value);
}

std::string Parser::check_number(const std::string& text, NumberRange range) {
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && number >= range.least && number <= range.most) return {};
  return fmt::format("expected a number from {} to {}, found {}", range.least, range.most, text);
}

std::string Parser::to_unknown(const std::string& word) const {
  if (!word.starts_with('-')) return fmt::format("unexpected argument '{}'", word);
  const std::string name = word.substr(0, word.find('='));
  Words names;
  for (const CLI::Option* option : app_.get_options()) {
    for (const std::string& each : option->get_lnames()) names.push_back("--" + each);
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  return fmt::format("unknown option {}{}", name, config::suggestion(name, known));
}

// ── SettingOptions ──────────────────────────────────────────────────────────

void SettingOptions::add_to(Parser& parser) {
  add_places_to(parser);
  parser.add_text("-l,--listen ADDRESS", listen, nullptr,
                  "Where to listen, e.g. :2575 (LISTEN_ADDR)");
  parser.add_list("--set NAME=VALUE", settings, check_setting, "Any setting; may be given again");
}

void SettingOptions::add_places_to(Parser& parser) {
  parser.add_text("-c,--config FILE", config_file, nullptr, "The YAML file (CONFIG_FILE)");
  parser.add_text("-d,--data-dir FOLDER", data_dir, nullptr, "Where the store is kept (DATA_DIR)");
}

SettingsGiven SettingOptions::to_settings() const {
  SettingsGiven given;
  for (const std::string& each : settings) {
    const std::size_t equals = each.find('=');
    given[each.substr(0, equals)] = each.substr(equals + 1);
  }
  if (!config_file.empty()) given["CONFIG_FILE"] = config_file;
  if (!listen.empty()) given["LISTEN_ADDR"] = listen;
  if (!data_dir.empty()) given["DATA_DIR"] = data_dir;
  return given;
}

}  // namespace cli
