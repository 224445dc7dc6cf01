#include "cli/check_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace cli {
namespace {

hl7::CheckReport check(const std::string& text) {
  hl7::Message message;
  EXPECT_TRUE(message.parse(base::as_bytes(text)));
  hl7::CheckReport report;
  check_structure(message, {}, report);
  return report;
}

constexpr const char* kBad =
    "MSH|^~\\&|A|B|C|D|2026||ADT^A01^ADT_A01|1|P|2.5.1\rEVN||2026\r"
    "PID|12345||||Doe\rPV1|1|I\r";
constexpr const char* kGood = "MSH|^~\\&|A|B|C|D|2026||ACK^A01^ACK|1|P|2.5.1\rMSA|AA|1\r";

TEST(CheckText, SaysHowItStandsAndEachFinding) {
  EXPECT_EQ(render_check(check(kBad), "a.hl7", false),
            "a.hl7: ADT_A01, version 2.5.1: 1 error, 1 warning\n"
            "  warning  PID-1  104  Set ID - PID has 5 characters, at most 4\n"
            "  error    PID-3  101  Patient Identifier List is required\n");
  EXPECT_EQ(render_check(check(kGood), "a.hl7", false),
            "a.hl7: ACK, version 2.5.1: nothing to say\n");
  EXPECT_EQ(render_check(check("MSH|^~\\&|A|B|C|D|2026||ZZZ^Z01|1|P|2.3\r"), "-", false),
            "-: no known structure, version 2.3: nothing to say\n");
}

TEST(CheckText, ColorsSeveritiesOnATerminal) {
  EXPECT_THAT(render_check(check(kBad), "a", true), testing::HasSubstr("\033[1;31merror  \033[0m"));
}

TEST(CheckText, IsAnObjectForMachines) {
  EXPECT_EQ(render_check_json(check(kBad), "a \"b\".hl7"),
            R"({"origin":"a \u0022b\u0022.hl7","version":"2.5.1","structure":"ADT_A01",)"
            R"("errors":1,"warnings":1,"cut":false,"findings":[)"
            R"({"path":"PID-1","severity":"warning","code":"104","kind":"too_long",)"
            R"("text":"Set ID - PID has 5 characters, at most 4"},)"
            R"({"path":"PID-3","severity":"error","code":"101","kind":"field_missing",)"
            R"("text":"Patient Identifier List is required"}]})"
            "\n");
}

TEST(CheckText, TellsThatThereIsMore) {
  hl7::CheckReport report = check(kBad);
  report.is_cut = true;
  EXPECT_THAT(render_check(report, "a", false), testing::HasSubstr("1 warning, and more\n"));
}

}  // namespace
}  // namespace cli
