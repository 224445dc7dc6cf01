#include "suite.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <map>
#include <set>

#include "cel/environment.hpp"
#include "cel/render.hpp"
#include "json_values.hpp"

namespace cel::conformance {

namespace {

using boost::json::object;
using boost::json::value;

// What a folder's manifest says about one file.
struct Needs {
  bool all_need_protobuf = false;
  std::set<std::string> protobuf_tests;  // section/test

  [[nodiscard]] bool is_out_of_scope(const std::string& test) const {
    return all_need_protobuf || protobuf_tests.count(test) > 0;
  }
};

std::string text_of(const object& json, std::string_view name) {
  const value* found = json.if_contains(name);
  if (found == nullptr || !found->is_string()) return {};
  return {found->as_string().data(), found->as_string().size()};
}

bool flag_of(const object& json, std::string_view name) {
  const value* found = json.if_contains(name);
  return found != nullptr && found->is_bool() && found->as_bool();
}

bool read_json(const std::string& path, value& json) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return false;
  std::string text;
  std::array<char, 65536> block{};
  while (const std::size_t size = std::fread(block.data(), 1, block.size(), file)) {
    text.append(block.data(), size);
  }
  std::fclose(file);
  boost::json::parse_options options;
  options.max_depth = 256;
  boost::system::error_code error;
  json = boost::json::parse(text, error, {}, options);
  return !error;
}

Needs read_needs(const std::filesystem::path& path) {
  Needs needs;
  value json;
  if (!read_json((path.parent_path() / "manifest.json").string(), json)) return needs;
  for (const value& file : json.at("files").as_array()) {
    const object& entry = file.as_object();
    if (text_of(entry, "file") != path.filename().string()) continue;
    const value* tests = entry.if_contains("tests_needing_proto");
    if (tests == nullptr) continue;
    if (tests->is_string()) needs.all_need_protobuf = true;
    if (!tests->is_array()) continue;
    for (const value& test : tests->as_array()) needs.protobuf_tests.emplace(test.as_string());
  }
  return needs;
}

// One test under way.
class Test {
 public:
  Test(const object& json, const SuiteOptions& suite_options)
      : json_(json), environment_(options_of(json, suite_options)) {}

  void run(Outcome& outcome) {
    outcome.expression = text_of(json_, "expr");
    declare();
    if (!fault_.empty()) return fail(outcome, fault_);
    const auto program = environment_.compile(outcome.expression);
    if (!program) return fail(outcome, render(program.error(), outcome.expression));
    outcome.type = program->result_type();
    if (!check_type(outcome)) return;
    if (flag_of(json_, "check_only")) {
      outcome.verdict = Verdict::kPass;
      return;
    }
    Activation activation(variables_.size());
    bind(activation);
    Evaluation evaluation;
    const Value result = program->evaluate(activation, evaluation);
    outcome.has_cost = true;
    outcome.cost = evaluation.cost();
    outcome.estimate_min = program->cost_estimate().min;
    outcome.estimate_max = program->cost_estimate().max;
    outcome.is_error = result.is_error();
    judge(result, outcome);
  }

 private:
  static EnvironmentOptions options_of(const object& json, const SuiteOptions& suite_options) {
    EnvironmentOptions options;
    options.container = text_of(json, "container");
    options.check_types = suite_options.check_types && !flag_of(json, "disable_check");
    options.optimize = suite_options.optimize;
    options.test_macros = true;
    return options;
  }

  static void fail(Outcome& outcome, std::string reason) {
    outcome.verdict = Verdict::kFail;
    outcome.reason = std::move(reason);
  }

  void declare() {
    if (const value* declarations = json_.if_contains("type_env")) {
      for (const value& each : declarations->as_array()) declare_one(each.as_object());
    }
    const value* bindings = json_.if_contains("bindings");
    if (bindings == nullptr) return;
    // Without a check nothing need be declared.
    for (const auto& binding : bindings->as_object()) {
      const std::string name(binding.key());
      if (std::find(variables_.begin(), variables_.end(), name) == variables_.end()) {
        add_variable(name, "dyn");
      }
    }
  }

  void declare_one(const object& declaration) {
    const std::string name = text_of(declaration, "name");
    if (const value* ident = declaration.if_contains("ident")) {
      add_variable(name, read_type(ident->at("type")));
    } else if (const value* function = declaration.if_contains("function")) {
      for (const value& overload : function->at("overloads").as_array()) {
        add_function(name, overload.as_object());
      }
    }
  }

  void add_variable(const std::string& name, const std::string& type) {
    const auto added = environment_.add_variable(name, type);
    if (!added) fault_ = added.error();
    variables_.push_back(name);
  }

  void add_function(const std::string& name, const object& json) {
    std::string signature = "(";
    if (const value* params = json.if_contains("params")) {
      for (const value& param : params->as_array()) {
        if (signature.size() > 1) signature += ", ";
        signature += read_type(param);
      }
    }
    signature += ") -> " + read_type(json.at("result_type"));
    texts_.push_back(name);
    const std::string& kept_name = texts_.back();
    texts_.push_back(text_of(json, "overload_id"));
    const std::string& kept_id = texts_.back();
    texts_.push_back(std::move(signature));
    Overload overload{.id = kept_id, .name = kept_name, .signature = texts_.back()};
    overload.run = [](Context& context, Args) {
      return context.fail(Fault::kHost, "this function is only declared");
    };
    overload.pure = false;
    const auto added = environment_.add_function(overload);
    if (!added) fault_ = added.error();
  }

  void bind(Activation& activation) {
    const value* bindings = json_.if_contains("bindings");
    if (bindings == nullptr) return;
    for (const auto& binding : bindings->as_object()) {
      const auto at = std::find(variables_.begin(), variables_.end(), std::string(binding.key()));
      activation.bind(static_cast<std::size_t>(at - variables_.begin()),
                      read_value(binding.value().at("value"), arena_));
    }
  }

  bool check_type(Outcome& outcome) {
    const value* typed = json_.if_contains("typed_result");
    if (typed == nullptr || flag_of(json_, "disable_check")) return true;
    const value* wanted = typed->as_object().if_contains("deduced_type");
    if (wanted == nullptr || outcome.type == read_type(*wanted)) return true;
    fail(outcome, "type " + outcome.type + " instead of " + read_type(*wanted));
    return false;
  }

  void judge(const Value& result, Outcome& outcome) {
    if (json_.if_contains("eval_error") != nullptr) {
      if (result.is_error()) {
        outcome.verdict = Verdict::kPass;
        return;
      }
      return fail(outcome, to_literal(result) + " instead of an error");
    }
    Value wanted = Value::boolean(true);
    if (const value* json = json_.if_contains("value")) wanted = read_value(*json, arena_);
    if (const value* typed = json_.if_contains("typed_result")) {
      wanted = read_value(typed->at("result"), arena_);
    }
    if (result.is_error()) return fail(outcome, "error: " + describe(result));
    if (identical(result, wanted, arena_)) {
      outcome.verdict = Verdict::kPass;
      return;
    }
    fail(outcome, to_literal(result) + " instead of " + to_literal(wanted));
  }

  const object& json_;
  Environment environment_;
  std::vector<std::string> variables_;
  std::deque<std::string> texts_;  // of the functions that are only declared
  std::string fault_;
  Arena arena_;
};

void run_section(const object& section, const std::string& name, const Needs& needs,
                 const SuiteOptions& options, FileReport& report) {
  const value* tests = section.if_contains("test");
  if (tests == nullptr) return;
  for (const value& test : tests->as_array()) {
    const std::string id = text_of(section, "name") + "/" + text_of(test.as_object(), "name");
    Outcome outcome;
    outcome.id = name + "/" + id;
    if (needs.is_out_of_scope(id)) {
      outcome.verdict = Verdict::kSkip;
      outcome.reason = "needs protobuf";
    } else {
      Test(test.as_object(), options).run(outcome);
    }
    report.outcomes.push_back(std::move(outcome));
  }
}

}  // namespace

std::size_t FileReport::count(Verdict verdict) const {
  return static_cast<std::size_t>(
      std::count_if(outcomes.begin(), outcomes.end(),
                    [&](const Outcome& outcome) { return outcome.verdict == verdict; }));
}

FileReport run_file(const std::string& path, const SuiteOptions& options) {
  const std::filesystem::path file(path);
  FileReport report;
  report.file = file.filename().string();
  value json;
  if (!read_json(path, json) || !json.is_object()) {
    report.fault = "this is no file of tests";
    return report;
  }
  const Needs needs = read_needs(file);
  const std::string name = text_of(json.as_object(), "name");
  if (const value* sections = json.as_object().if_contains("section")) {
    for (const value& section : sections->as_array()) {
      run_section(section.as_object(), name, needs, options, report);
    }
  }
  return report;
}

std::vector<std::string> list_files(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const auto& path = entry.path();
    if (path.extension() != ".json" || path.filename() == "manifest.json" ||
        path.filename() == "reference_results.json") {
      continue;
    }
    files.push_back(path.string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

CostComparison compare_costs(const std::string& reference_path,
                             const std::vector<FileReport>& reports) {
  CostComparison comparison;
  value json;
  if (!read_json(reference_path, json)) return comparison;
  // Names of tests repeat, so both sides are walked in their order.
  std::map<std::string, std::vector<const object*>> wanted;
  for (const value& each : json.as_array()) {
    wanted[text_of(each.as_object(), "id")].push_back(&each.as_object());
  }
  std::map<std::string, std::size_t> seen;
  for (const FileReport& report : reports) {
    for (const Outcome& outcome : report.outcomes) {
      const auto found = wanted.find(outcome.id);
      const std::size_t turn = seen[outcome.id]++;
      if (found == wanted.end() || turn >= found->second.size() || !outcome.has_cost) continue;
      const value* cost = found->second[turn]->if_contains("actual_cost");
      if (cost == nullptr || !cost->is_number()) continue;
      ++comparison.compared;
      const auto reference = cost->to_number<std::uint64_t>();
      if (reference == outcome.cost) continue;
      comparison.differences.push_back(outcome.id + ": " + std::to_string(outcome.cost) +
                                       " instead of " + std::to_string(reference) + ": " +
                                       outcome.expression);
    }
  }
  return comparison;
}

}  // namespace cel::conformance
