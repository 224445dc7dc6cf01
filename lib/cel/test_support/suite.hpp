// suite.hpp: runs files of the conformance suite, each test judged as the suite's README says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cel::conformance {

enum class Verdict : std::uint8_t { kPass, kFail, kSkip };

struct Outcome {
  std::string id;  // file/section/test
  std::string expression;
  Verdict verdict = Verdict::kFail;
  std::string reason;  // of a failure or a skip
  std::string type;    // what the checker deduced; empty where it did not run
  bool has_cost = false;
  std::uint64_t cost = 0;
  std::uint64_t estimate_min = 0;  // REQUIRES: the evaluation yields no error
  std::uint64_t estimate_max = 0;
  bool is_error = false;  // the evaluation's result
};

struct SuiteOptions {
  bool check_types = true;  // false: also of tests that ask for it
  bool optimize = true;
};

struct FileReport {
  std::string file;   // its name
  std::string fault;  // not empty: it could not be read
  std::vector<Outcome> outcomes;

  [[nodiscard]] std::size_t count(Verdict verdict) const;
};

// A file of tests. Beside it may lie manifest.json, which tells the tests that need protobuf: they
// are skipped.
[[nodiscard]] FileReport run_file(const std::string& path, const SuiteOptions& options);

// The files of tests in a folder, in the order of their names.
[[nodiscard]] std::vector<std::string> list_files(const std::string& folder);

// Compares costs with the reference's: a line for each test that differs.
struct CostComparison {
  std::size_t compared = 0;
  std::vector<std::string> differences;
};

[[nodiscard]] CostComparison compare_costs(const std::string& reference_path,
                                           const std::vector<FileReport>& reports);

}  // namespace cel::conformance
