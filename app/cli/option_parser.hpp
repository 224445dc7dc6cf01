// cli/option_parser.hpp: the words of one verb as options, and what is wrong with them.
//
// The option library throws; its exceptions end in option_parser.cpp.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_line.hpp"

namespace cli {

using Words = std::vector<std::string>;
using Parsed = base::Result<Command, EarlyExit>;
using Check = std::string (*)(const std::string&);  // what is wrong with a value, or nothing

// Options are text while the library has them, and checked there, so that it can name the
// option that is wrong; they are converted when all are read.
[[nodiscard]] std::string check_duration(const std::string& text);
[[nodiscard]] std::string check_path(const std::string& text);

struct NumberRange {
  double least;
  double most;
};

// The words of one verb; the library's exceptions go no further.
class Parser {
 public:
  Parser(std::string verb, const std::string& description);

  // `names` ends in what stands for the value: "-t,--to HOST:PORT". A target that
  // is not empty holds the default, which the help then shows.
  CLI::Option* add_text(std::string_view names, std::string& target, Check check,
                        std::string_view description);

  template <class Number>
  CLI::Option* add_number(const char* names, Number& target, NumberRange range,
                          std::string_view description) {
    const std::string shown = target == Number{0} ? std::string() : fmt::format("{}", target);
    CLI::Option* option = app_.add_option(names, target, with_default(description, shown));
    const auto check = [range](const std::string& text) { return check_number(text, range); };
    return option->type_name("N")->check(check);
  }

  void add_flag(const char* names, bool& target, const char* description) {
    app_.add_flag(names, target, description);
  }

  // Any number of words without a name.
  void add_words(const char* name, Words& target, const char* description) {
    app_.add_option(name, target, description)->type_name("");
  }

  void add_paths(Words& target, const char* description) { add_words("FILE", target, description); }

  void add_word(const char* name, std::string& target, const char* description) {
    app_.add_option(name, target, description)->type_name("")->required();
  }

  void add_list(std::string_view names, Words& target, Check check, const char* description);

  // None if the words are right.
  [[nodiscard]] std::optional<EarlyExit> parse(Words words);

  [[nodiscard]] EarlyExit refuse(const std::string& what) const;

 private:
  [[nodiscard]] static std::string with_default(std::string_view description,
                                                std::string_view value);
  [[nodiscard]] static std::string check_number(const std::string& text, NumberRange range);
  [[nodiscard]] std::string to_unknown(const std::string& word) const;

  std::string verb_;
  CLI::App app_;
};

// The options by which settings are given: of `serve`, `config` and others.
struct SettingOptions {
  std::string config_file;
  std::string listen;
  std::string data_dir;
  Words settings;

  void add_to(Parser& parser);

  // Those of a command that needs to know where the store is, and no more.
  void add_places_to(Parser& parser);

  [[nodiscard]] SettingsGiven to_settings() const;
};

}  // namespace cli
