// The cases of test/cases/*.txt and the examples of docs/reference/cel.md: an expression and the
// literal of its result on each line.
//
//   'tacocat'.charAt(3) => "o"
//   1 / 0 => error(division_by_zero)
//   unchecked int(true) => error(no_such_overload)
//   unchecked 1 / 0 => error
//
// A bare `error` is any error; `unchecked` leaves out the checker. Each is evaluated as the line
// says, without folding, and, where it compiles, with the checker turned: the results must be the
// same.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "cel/environment.hpp"
#include "cel/fault.hpp"
#include "cel/render.hpp"
#include "families.hpp"
#include "operators.hpp"

namespace cel {
namespace {

constexpr std::string_view kArrow = " => ";
constexpr std::string_view kUnchecked = "unchecked ";
constexpr std::string_view kDoesNotCompile = "does not compile: ";

struct Case {
  std::string place;
  std::string source;
  std::string literal;
  bool is_checked = true;
};

std::string_view trimmed(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  while (text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

void add_case(std::vector<Case>& cases, std::string_view line, const std::string& place) {
  const std::size_t arrow = line.rfind(kArrow);
  ASSERT_NE(arrow, std::string_view::npos) << place << ": no arrow in: " << line;
  Case each;
  each.place = place;
  std::string_view source = trimmed(line.substr(0, arrow));
  each.is_checked = !source.starts_with(kUnchecked);
  if (!each.is_checked) source.remove_prefix(kUnchecked.size());
  each.source = source;
  each.literal = trimmed(line.substr(arrow + kArrow.size()));
  cases.push_back(each);
}

std::vector<Case> cases_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  const bool is_page = path.extension() == ".md";
  bool is_inside = !is_page;
  std::vector<Case> cases;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (is_page && line.starts_with("```")) {
      is_inside = line == "```cel";
      continue;
    }
    if (!is_inside || line.empty() || line.starts_with("#")) continue;
    add_case(cases, line, path.filename().string() + ":" + std::to_string(number));
  }
  return cases;
}

Environment make_environment(bool check_types, bool optimize) {
  EnvironmentOptions options;
  options.check_types = check_types;
  options.optimize = optimize;
  return Environment(options);
}

const Environment& environment_for(bool check_types, bool optimize) {
  static const Environment environments[] = {
      make_environment(false, false),
      make_environment(false, true),
      make_environment(true, false),
      make_environment(true, true),
  };
  return environments[(check_types ? 2 : 0) + (optimize ? 1 : 0)];
}

std::string result_of(const Case& each, bool optimize) {
  const auto program = environment_for(each.is_checked, optimize).compile(each.source);
  if (!program) return std::string(kDoesNotCompile) + render(program.error(), each.source);
  Evaluation evaluation;
  const Activation activation(0);
  return to_literal(program->evaluate(activation, evaluation));
}

void expect_literal(const Case& each, const std::string& result, std::string_view how) {
  const bool is_any_error = each.literal == "error" && result.starts_with("error(");
  if (is_any_error) return;
  EXPECT_EQ(result, each.literal) << each.place << how << ": " << each.source;
}

void expect_all(const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    expect_literal(each, result_of(each, true), "");
    expect_literal(each, result_of(each, false), ", not optimized");
    Case turned = each;
    turned.is_checked = !each.is_checked;
    const std::string other = result_of(turned, true);
    if (!other.starts_with(kDoesNotCompile)) expect_literal(each, other, ", checker turned");
  }
}

const std::filesystem::path kRoot = MLLP_SOURCE_DIR;

std::vector<std::filesystem::path> case_files() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(kRoot / "lib/cel/test/cases")) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

TEST(CaseFiles, HoldWhatTheySay) {
  const auto paths = case_files();
  EXPECT_GE(paths.size(), 10U);
  for (const auto& path : paths) {
    const std::vector<Case> cases = cases_of(path);
    EXPECT_FALSE(cases.empty()) << path;
    expect_all(cases);
  }
}

TEST(CaseFiles, TheReferenceHoldsWhatItSays) {
  expect_all(cases_of(kRoot / "docs/reference/cel.md"));
}

// A call of a function: `name(` that no other name ends with.
bool is_called_in(std::string_view source, std::string_view name) {
  const std::string call = std::string(name) + "(";
  for (std::size_t at = source.find(call); at != std::string_view::npos;
       at = source.find(call, at + 1)) {
    const bool is_whole = at == 0 || std::isalnum(static_cast<unsigned char>(source[at - 1])) == 0;
    if (is_whole) return true;
  }
  return false;
}

bool is_called_in(const std::vector<Case>& cases, std::string_view name) {
  return std::any_of(cases.begin(), cases.end(),
                     [&](const Case& each) { return is_called_in(each.source, name); });
}

// Of all functions, but for those that a macro becomes.
std::vector<std::string_view> names_of_functions() {
  std::vector<std::string_view> names;
  for (const auto family :
       {core_functions(), optional_functions(), standard_text_functions(), conversion_functions(),
        time_functions(), string_functions(), math_functions(), list_functions(), set_functions(),
        regex_functions(), encoder_functions(), network_functions()}) {
    for (const Overload& overload : family) {
      if (overload.name.find('@') == std::string_view::npos) names.push_back(overload.name);
    }
  }
  return names;
}

TEST(CaseFiles, TheReferenceHasAnExampleOfEachFunction) {
  const std::vector<Case> cases = cases_of(kRoot / "docs/reference/cel.md");
  for (const std::string_view name : names_of_functions()) {
    EXPECT_TRUE(is_called_in(cases, name)) << name;
  }
}

// Those of the files that were written by hand, without the suite and without a peer.
TEST(CaseFiles, CoverEachFunctionOperatorAndError) {
  std::vector<Case> cases;
  for (const auto& path : case_files()) {
    if (path.filename() == "peer.txt") continue;
    for (Case& each : cases_of(path)) cases.push_back(std::move(each));
  }
  for (const std::string_view name : names_of_functions()) {
    EXPECT_TRUE(is_called_in(cases, name)) << name;
  }
  for (const std::string_view spelling :
       {" + ",  " - ",  " * ",  " / ",  " % ", " == ", " != ", " < ", " <= ", " > ",
        " >= ", " in ", " && ", " || ", " ? ", "!",    "-",    "[",   ".?",   "[?"}) {
    EXPECT_TRUE(std::any_of(cases.begin(), cases.end(), [&](const Case& each) {
      return each.source.find(spelling) != std::string::npos;
    })) << spelling;
  }
  for (std::uint8_t number = 1; number <= static_cast<std::uint8_t>(Fault::kUnsupported);
       ++number) {
    const auto fault = static_cast<Fault>(number);
    // A line has no host and no budget.
    if (fault == Fault::kHost || fault == Fault::kCostLimit || fault == Fault::kMemoryLimit)
      continue;
    const std::string literal = "error(" + std::string(to_string(fault)) + ")";
    EXPECT_TRUE(std::any_of(cases.begin(), cases.end(), [&](const Case& each) {
      return each.literal == literal;
    })) << literal;
  }
}

}  // namespace
}  // namespace cel
