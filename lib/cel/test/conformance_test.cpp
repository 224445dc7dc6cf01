// The official suite, from the shared folder: all tests that need no protobuf messages.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "lib/cel/test_support/suite.hpp"

namespace cel::conformance {
namespace {

namespace fs = std::filesystem;

fs::path suite_folder() {
  const char* shared = std::getenv("MLLP_SHARED");
  const fs::path root = fs::path(__FILE__).parent_path().parent_path().parent_path().parent_path();
  return (shared != nullptr ? fs::path(shared) : root / "../shared") / "data/cel-conformance";
}

// It wants a fault of the types to be one of the evaluation: a checking engine says it earlier.
constexpr std::string_view kFaultOfTypes = "network_ext/ip_type/is_ip_cidr_compile_error";

// Where the cost counted is not the reference's.
constexpr std::string_view kOtherCosts[] = {
    // We refuse the message, the reference the field.
    "dynamic/any/literal_no_field_access",
    // The reference does not see that the key is a bad one or there twice, and goes on.
    "fields/qualified_identifier_resolution/map_key_float",
    "fields/qualified_identifier_resolution/map_value_repeat_key",
    "fields/qualified_identifier_resolution/map_value_repeat_key_heterogeneous",
    "optionals/optionals/map_optional_select_has",
    // After an error in a fold the reference charges less for what it builds on; over a map, how
    // much depends on the order.
    "macros2/transformList/error_filter",
    "macros2/transformMap/error",
};

std::vector<FileReport> run_all(const SuiteOptions& options) {
  std::vector<FileReport> reports;
  for (const std::string& file : list_files(suite_folder().string())) {
    reports.push_back(run_file(file, options));
  }
  return reports;
}

std::vector<std::string> failures(const std::vector<FileReport>& reports) {
  std::vector<std::string> lines;
  for (const FileReport& report : reports) {
    EXPECT_EQ(report.fault, "") << report.file;
    for (const Outcome& outcome : report.outcomes) {
      if (outcome.verdict == Verdict::kFail) lines.push_back(outcome.id + ": " + outcome.reason);
    }
  }
  return lines;
}

std::size_t count(const std::vector<FileReport>& reports, Verdict verdict) {
  std::size_t sum = 0;
  for (const FileReport& report : reports) sum += report.count(verdict);
  return sum;
}

class Suite : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::is_directory(suite_folder())) {
      GTEST_SKIP() << "no suite at " << suite_folder() << "; set MLLP_SHARED";
    }
  }
};

TEST_F(Suite, PassesWithTheCostsOfTheReference) {
  const auto reports = run_all({});
  const auto failed = failures(reports);
  ASSERT_EQ(failed.size(), 1U) << testing::PrintToString(failed);
  EXPECT_EQ(failed[0].substr(0, kFaultOfTypes.size()), kFaultOfTypes);
  EXPECT_EQ(count(reports, Verdict::kPass), 1855U);
  EXPECT_EQ(count(reports, Verdict::kSkip), 600U) << "those that need protobuf messages";

  const auto costs = compare_costs((suite_folder() / "reference_results.json").string(), reports);
  EXPECT_GT(costs.compared, 1800U);
  for (const std::string& difference : costs.differences) {
    const bool is_known = std::any_of(
        std::begin(kOtherCosts), std::end(kOtherCosts),
        [&](std::string_view known) { return difference.substr(0, known.size()) == known; });
    EXPECT_TRUE(is_known) << difference;
  }
}

TEST_F(Suite, CostsWhatWasEstimated) {
  std::size_t bounded = 0;
  for (const FileReport& report : run_all({})) {
    for (const Outcome& outcome : report.outcomes) {
      if (!outcome.has_cost) continue;
      EXPECT_LE(outcome.cost, outcome.estimate_max) << outcome.id << ": " << outcome.expression;
      if (outcome.estimate_max != UINT64_MAX) ++bounded;
      if (outcome.is_error) continue;
      EXPECT_GE(outcome.cost, outcome.estimate_min) << outcome.id << ": " << outcome.expression;
    }
  }
  EXPECT_GT(bounded, 1500U) << "an estimate that bounds nothing is always right";
}

TEST_F(Suite, PassesWithoutTypesAndWithoutOptimizationAlike) {
  const auto plain = run_all({.check_types = false, .optimize = false});
  const auto optimized = run_all({.check_types = false, .optimize = true});
  for (const std::string& failure : failures(plain)) {
    EXPECT_NE(failure.find(": type dyn instead of "), std::string::npos) << failure;
  }
  ASSERT_EQ(plain.size(), optimized.size());
  for (std::size_t file = 0; file < plain.size(); ++file) {
    ASSERT_EQ(plain[file].outcomes.size(), optimized[file].outcomes.size());
    for (std::size_t test = 0; test < plain[file].outcomes.size(); ++test) {
      const Outcome& one = plain[file].outcomes[test];
      const Outcome& other = optimized[file].outcomes[test];
      EXPECT_EQ(one.verdict, other.verdict) << one.id;
      EXPECT_EQ(one.reason, other.reason) << one.id;
      EXPECT_EQ(one.cost, other.cost) << one.id << ": " << one.expression;
    }
  }
}

}  // namespace
}  // namespace cel::conformance
