// main.cpp: cel-conformance DIR|FILE… [--json] [--unchecked] [--unoptimized] [--costs REFERENCE]
//
// Prints a line for every test that fails and the totals of each file. Exit status: 0 all passed,
// 1 a test failed, 2 nothing could be run.
#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "suite.hpp"

namespace {

using cel::conformance::FileReport;
using cel::conformance::Outcome;
using cel::conformance::Verdict;

struct Arguments {
  std::vector<std::string> paths;
  std::string costs;
  cel::conformance::SuiteOptions options;
  bool as_json = false;
  bool is_bad = false;
};

Arguments read_arguments(int argc, char** argv) {
  Arguments arguments;
  for (int index = 1; index < argc; ++index) {
    const std::string argument = argv[index];
    if (argument == "--json") {
      arguments.as_json = true;
    } else if (argument == "--unchecked") {
      arguments.options.check_types = false;
    } else if (argument == "--unoptimized") {
      arguments.options.optimize = false;
    } else if (argument == "--costs" && index + 1 < argc) {
      arguments.costs = argv[++index];
    } else if (argument.substr(0, 2) == "--") {
      arguments.is_bad = true;
    } else if (std::filesystem::is_directory(argument)) {
      for (std::string& file : cel::conformance::list_files(argument)) {
        arguments.paths.push_back(std::move(file));
      }
    } else {
      arguments.paths.push_back(argument);
    }
  }
  return arguments;
}

const char* to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass: return "pass";
    case Verdict::kFail: return "fail";
    case Verdict::kSkip: break;
  }
  return "skip";
}

void print_text(const std::vector<FileReport>& reports) {
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t skipped = 0;
  for (const FileReport& report : reports) {
    if (!report.fault.empty()) std::printf("%s: %s\n", report.file.c_str(), report.fault.c_str());
    for (const Outcome& outcome : report.outcomes) {
      if (outcome.verdict != Verdict::kFail) continue;
      std::printf("FAIL %s: %s: %s\n", outcome.id.c_str(), outcome.expression.c_str(),
                  outcome.reason.c_str());
    }
    std::printf("%-24s %4zu passed, %zu failed, %zu skipped\n", report.file.c_str(),
                report.count(Verdict::kPass), report.count(Verdict::kFail),
                report.count(Verdict::kSkip));
    passed += report.count(Verdict::kPass);
    failed += report.count(Verdict::kFail);
    skipped += report.count(Verdict::kSkip);
  }
  std::printf("%-24s %4zu passed, %zu failed, %zu skipped\n", "total", passed, failed, skipped);
}

void print_json(const std::vector<FileReport>& reports) {
  boost::json::array files;
  for (const FileReport& report : reports) {
    boost::json::array tests;
    for (const Outcome& outcome : report.outcomes) {
      boost::json::object test{{"id", outcome.id}, {"result", to_text(outcome.verdict)}};
      if (!outcome.reason.empty()) test["reason"] = outcome.reason;
      if (!outcome.type.empty()) test["type"] = outcome.type;
      if (outcome.has_cost) test["cost"] = outcome.cost;
      tests.push_back(std::move(test));
    }
    files.push_back(boost::json::object{{"file", report.file},
                                        {"passed", report.count(Verdict::kPass)},
                                        {"failed", report.count(Verdict::kFail)},
                                        {"skipped", report.count(Verdict::kSkip)},
                                        {"tests", std::move(tests)}});
  }
  const std::string text = boost::json::serialize(boost::json::object{{"files", std::move(files)}});
  std::printf("%s\n", text.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = read_arguments(argc, argv);
  if (arguments.is_bad || arguments.paths.empty()) {
    std::fprintf(stderr,
                 "usage: cel-conformance DIR|FILE... [--json] [--unchecked] [--unoptimized]\n"
                 "                       [--costs REFERENCE]\n");
    return 2;
  }
  std::vector<FileReport> reports;
  for (const std::string& path : arguments.paths) {
    reports.push_back(cel::conformance::run_file(path, arguments.options));
  }
  arguments.as_json ? print_json(reports) : print_text(reports);
  if (!arguments.costs.empty()) {
    const auto comparison = cel::conformance::compare_costs(arguments.costs, reports);
    for (const std::string& line : comparison.differences) std::printf("COST %s\n", line.c_str());
    std::printf("costs: %zu of %zu equal\n", comparison.compared - comparison.differences.size(),
                comparison.compared);
  }
  bool is_faulty = false;
  bool has_failure = false;
  for (const FileReport& report : reports) {
    is_faulty = is_faulty || !report.fault.empty();
    has_failure = has_failure || report.count(Verdict::kFail) > 0;
  }
  if (is_faulty) return 2;
  return has_failure ? 1 : 0;
}
