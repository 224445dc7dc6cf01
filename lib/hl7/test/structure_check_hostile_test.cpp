// Messages that are meant to keep the check busy or make it grow.
#include <gtest/gtest.h>

#include <string>

#include "hl7/structure_check.hpp"
#include "test_support/allocation_count.hpp"

namespace hl7 {
namespace {

using test_support::allocation_count;

constexpr const char* kHeader = "MSH|^~\\&|A|B|C|D|20260401||";

std::string repeat(std::string_view text, std::size_t count) {
  std::string all;
  all.reserve(text.size() * count);
  for (std::size_t done = 0; done < count; ++done) all += text;
  return all;
}

struct Case {
  const char* name;
  std::string text;
};

class HostileCheckTest : public testing::TestWithParam<Case> {};

// Each takes milliseconds; one that were quadratic would take minutes.
TEST_P(HostileCheckTest, EndsSoonAndStaysSmall) {
  Message message;
  ASSERT_TRUE(message.parse(base::as_bytes(GetParam().text)));
  CheckReport report;
  for (const auto strictness : {Strictness::kReceiver, Strictness::kStrict}) {
    check_structure(message, {.strictness = strictness, .findings_max = 5'000}, report);
    EXPECT_LE(report.findings.size(), 5'000U);
    EXPECT_LT(report.scratch.missing.size(), 200'000U);
    EXPECT_FALSE(report.is_stopped);
    EXPECT_GT(report.work, 100U);
  }
}

// What is left to do when the limit is met is little, whatever the message.
TEST_P(HostileCheckTest, StopsAtItsWork) {
  Message message;
  ASSERT_TRUE(message.parse(base::as_bytes(GetParam().text)));
  CheckReport report;
  for (const std::uint64_t work_max : {0U, 1U, 50U, 100U}) {
    check_structure(message, {.strictness = Strictness::kStrict, .work_max = work_max}, report);
    EXPECT_TRUE(report.is_stopped) << work_max;
    const bool is_indexed_first = message.segments().size() > work_max;
    EXPECT_LT(report.work, work_max + 10'000 + (is_indexed_first ? message.segments().size() : 0));
  }
}

std::vector<Case> make_cases() {
  const std::string oru = kHeader + std::string("ORU^R01^ORU_R01|1|P|2.5.1\r");
  const std::string adt = kHeader + std::string("ADT^A01^ADT_A01|1|P|2.5.1\r");
  return {
      {"fields", oru + "OBX|" + repeat("|", 200'000)},
      {"repetitions", oru + "PID|1||" + repeat("~x", 200'000)},
      {"components", oru + "PID|1||" + repeat("^x", 200'000)},
      {"subcomponents", oru + "PID|1||1^^^" + repeat("&x", 200'000)},
      {"escapes", oru + "PID|1||" + repeat("\\", 200'000)},
      {"null_octets", oru + "PID|1||" + std::string(200'000, '\0')},
      {"segments_out_of_order", adt + repeat("EVN|\rPD1|\r", 10'000)},
      {"segments_unknown", adt + repeat("QQQ|\r", 20'000)},
      {"groups_without_heads", oru + repeat("OBX|1\rSPM|1\r", 10'000)},
      {"observations", oru + repeat("OBX|1|NM|x||y\r", 20'000)},
      {"headers", repeat(adt, 1'000)},
  };
}

INSTANTIATE_TEST_SUITE_P(Each, HostileCheckTest, testing::ValuesIn(make_cases()),
                         [](const auto& each) { return std::string(each.param.name); });

void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

// A required field of which nothing but the beginning was looked at is not missing.
TEST(StructureCheck, WhatStopsItIsNoFinding) {
  const std::string text = kHeader +
                           std::string("ADT^A01^ADT_A01|1|P|2.5.1\rEVN||20260401\rPID|1||") +
                           std::string(100'000, ' ') + "4711||Doe\rPV1|1|I\r";
  Message message;
  CheckReport report;
  ASSERT_TRUE(message.parse(base::as_bytes(text)));
  check_structure(message, {}, report);
  const auto all = report.findings;
  ASSERT_TRUE(all.empty() || all[0].kind == FindingKind::kTooLong);
  for (std::uint64_t work_max = 0; work_max < report.work; work_max += 97) {
    CheckReport stopped;
    check_structure(message, {.work_max = work_max}, stopped);
    EXPECT_TRUE(stopped.is_stopped);
    EXPECT_FALSE(stopped.has_errors()) << work_max;
  }
}

TEST(StructureCheck, AllocatesNothingInTheSteadyState) {
  const std::string text = kHeader + std::string(
                                         "ADT^A01^ADT_A01|1|P|2.5.1\rPID|x||||Doe||2000-01-01\r"
                                         "PV1|1\rOBX|1|NM|||x\r");
  Message message;
  CheckReport report;
  ASSERT_TRUE(message.parse(base::as_bytes(text)));
  check_structure(message, {}, report);
  ASSERT_GT(report.findings.size(), 3U);
  const std::size_t before = allocation_count();
  check_structure(message, {}, report);
  EXPECT_EQ(allocation_count(), before);
}

}  // namespace
}  // namespace hl7
