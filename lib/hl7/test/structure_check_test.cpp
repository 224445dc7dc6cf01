#include "hl7/structure_check.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hl7 {
namespace {

using Lines = std::vector<std::string>;

// A message with the header that each case shares: "2.5.1" and "ADT^A01^ADT_A01" go into it.
std::string make(std::string_view version, std::string_view type, std::string_view rest) {
  std::string text = "MSH|^~\\&|A|B|C|D|20260401120000||" + std::string(type) + "|1|P|" +
                     std::string(version) + "\r";
  return text + std::string(rest);
}

CheckReport check(const std::string& text, CheckOptions options = {}) {
  Message message;
  EXPECT_TRUE(message.parse(base::as_bytes(text))) << text;
  CheckReport report;
  check_structure(message, options, report);
  return report;
}

// "PID-3: 101 E Patient Identifier List is required"
Lines describe(const CheckReport& report) {
  Lines lines;
  for (const Finding& each : report.findings) {
    lines.push_back(to_string(each.path) + ": " + std::string(code_of(each.kind)) +
                    (each.severity == Severity::kError ? " E " : " W ") + to_string(each));
  }
  return lines;
}

struct Case {
  const char* name;
  const char* version;
  const char* type;
  const char* rest;
  Lines want;
  Lines want_strict_too{};  // beside those
};

constexpr const char* kAdmitted = "EVN||20260401\rPID|1||4711||Doe^Jane\rPV1|1|I\r";

const Case kCases[] = {
    {"nothing_to_say", "2.5.1", "ADT^A01^ADT_A01", kAdmitted, {}},

    // Segments.
    {"segment_missing",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rPV1|1|I\r",
     {"PID: 100 E PID is required before PV1"}},
    {"segments_missing_at_the_end",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\r",
     {"PID: 100 E PID is required", "PV1: 100 E PV1 is required"}},
    {"required_segment_in_another_place",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "PID|1||4711||Doe^Jane\rEVN||20260401\rPV1|1|I\r",
     {"EVN: 100 E EVN stands out of order"}},
    {"optional_segment_in_another_place",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rPID|1||4711||Doe^Jane\rPV1|1|I\rPD1|S\r",
     {"PD1: 100 W PD1 stands out of order"}},
    {"group_without_its_head",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rPID|1||4711||Doe^Jane\rPV1|1|I\rIN2|1\r",
     {"IN1: 100 E IN1 is required before IN2"}},
    {"second_group_without_its_head",
     "2.5.1",
     "ORM^O01^ORM_O01",
     "ORC|NW\rOBR|1|||X\rOBX|1|ST|X||v||||||F\rOBR|2|||X\r",
     {"ORC(2): 100 E ORC is required before OBR"}},
    {"groups_repeat",
     "2.5.1",
     "ORU^R01^ORU_R01",
     "PID|1||1||D\rOBR|1|||X\rNTE|1\rOBX|1|ST|X||v||||||F\rNTE|1\rOBX|2|ST|X||v||||||F\r"
     "OBR|2|||X\rOBX|1|ST|X||v||||||F\rSPM|1|||ABS\rOBX|1|ST|X||v||||||F\r"
     "PID|2||2||D\rOBR|1|||X\rOBX|1|ST|X||v||||||F\r",
     {}},
    {"too_early_for_what_follows",
     "2.5.1",
     "ORU^R01^ORU_R01",
     "OBX|1|ST|X||v||||||F\rOBR|1|||X\r",
     {"OBX: 100 W OBX stands out of order"}},
    {"choice", "2.5.1", "ORM^O01^ORM_O01", "ORC|NW\rRXO|A\rORC|NW\rODS|D||A\r", {}},
    {"segment_too_often",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rPID|1||4711||Doe^Jane\rPV1|1|I\rPID|1||4711||Doe^Jane\r",
     {},
     {"PID(2): 198 W PID is there too often"}},
    {"segment_of_another_structure",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rPID|1||4711||Doe^Jane\rORC|NW\rPV1|1|I\r",
     {},
     {"ORC: 100 W no such segment is expected"}},
    {"segment_of_no_version",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rQQQ|x\rPID|1||4711||Doe^Jane\rPV1|1|I\rq|\rTOOLONG|\r",
     {},
     {"QQQ: 100 W no such segment is expected"}},
    {"local_segment",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rZZZ|x\rPID|1||4711||Doe^Jane\rPV1|1|I\rZPI|1\r",
     {}},
    {"continuation",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rADD|rest\rPID|1||4711||Doe^Jane\rPV1|1|I\r",
     {}},

    // Structures.
    {"structure_of_another_event",
     "2.5.1",
     "ADT^A04^ADT_A04",
     kAdmitted,
     {"MSH-9.3: 200 W the structure of this event is ADT_A01"}},
    {"event_not_known_structure_known",
     "2.5.1",
     "ZDT^Z01^ADT_A01",
     "PID|1||4711||Doe^Jane\rPV1|1|I\r",
     {"EVN: 100 E EVN is required before PID"}},
    {"nothing_known_no_order", "2.5.1", "ZDT^Z01^ZDT_Z01", "PV1|1|I\r", {}},
    {"older_versions_name_events", "2.2", "ADT^A04", "EVN|A04|20260401\rPID|||1||D\rPV1||I\r", {}},
    {"every_ack", "2.5.1", "ACK^A01^ACK", "MSA|AA|1\r", {}},

    // Fields.
    {"field_missing",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rPID|1||||Doe^Jane\rPV1|1|\r",
     {"PID-3: 101 E Patient Identifier List is required",
      "PV1-2: 101 E Patient Class is required"}},
    {"field_of_delimiters_alone",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rPID|1||^^^&~||Doe^Jane\rPV1|1|I\r",
     {"PID-3: 101 E Patient Identifier List is required"}},
    {"null_is_a_value",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rPID|1||\"\"||\"\"||\"\"\rPV1|1|\"\"\r",
     {}},
    {"field_behind_the_last",
     "2.5.1",
     "ACK^A01^ACK",
     "MSA|AA|1||||||X\r",
     {},
     {"MSA-8: 199 W behind the last part of MSA"}},
    {"repetitions",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rPID|1||4711||Doe^Jane||2000~2001\rPV1|1|I\r",
     {},
     {"PID-7: 198 W Date/Time of Birth repeats 2 times, at most 1"}},
    {"component_missing",
     "2.7",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rPID|1||4711||Doe^Jane\rPV1|1|I\r",
     {},
     {"PID-3.5: 101 W Identifier Type Code is required"}},
    {"component_behind_the_last",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rPID|1||4711^^^^^^^^^^x||Doe^Jane|||M^x\rPV1|1|I\r",
     {},
     {"PID-3.11: 199 W behind the last part of CX", "PID-8.2: 199 W behind the last part of IS"}},
    {"too_long",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rPID|12345|123456789012345678901|4711||Doe^Jane\rPV1|1|I\r",
     {"PID-1: 104 W Set ID - PID has 5 characters, at most 4",
      "PID-2: 104 W Patient ID has 21 characters, at most 20"}},
    {"no_lengths_from_27_on", "2.7", "ACK^A01^ACK", "MSA|AA|123456789012345678901234567890\r", {}},
    {"characters_not_octets",
     "2.5.1",
     "ACK^A01^ACK",
     "MSA|AA|\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC"
     "\\X0D\\\\T\\\r",
     {}},

    // Forms of values.
    {"bad_forms",
     "2.5.1",
     "ORU^R01^ORU_R01",
     "PID|x||1||D||2000-01-01\rOBR|1|||X\rOBX|1|NM|X||>100~12||||||F|||20261301\r",
     {"PID-1: 102 E Set ID - PID has not the form of an SI",
      "PID-7.1: 102 E Time has not the form of a DTM",
      "OBX-5: 102 E Observation Value has not the form of an NM",
      "OBX-14.1: 102 E Time has not the form of a DTM"}},
    {"bad_form_in_a_repetition",
     "2.5.1",
     "ORU^R01^ORU_R01",
     "OBR|1|||X\rOBX|1|NM|X||12~x||||||F\r",
     {"OBX-5(2): 102 E Observation Value has not the form of an NM"}},
    {"bad_form_in_a_subcomponent",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rPID|1||4711||Doe^Jane^^^^^^^^x&20260101\rPV1|1|I\r",
     {"PID-5.10.1: 102 E Range Start Date/Time has not the form of a DTM"}},
    {"type_that_obx_2_does_not_tell",
     "2.5.1",
     "ORU^R01^ORU_R01",
     "OBR|1|||X\rOBX|1|ZZ|X||any^thing||||||F\rOBX|1||X||||||||F\r",
     {}},

    // Codes.
    {"code_of_a_closed_table",
     "2.5.1",
     "ACK^A01^ACK",
     "MSA|XX|1\r",
     {"MSA-1: 103 E Acknowledgment Code is not in table 0008 (Acknowledgment code)"}},
    {"code_of_a_suggested_table",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rPID|1||4711||Doe^Jane|||K\rPV1|1|I\r",
     {},
     {"PID-8: 103 W Administrative Sex is not in table 0001 (Administrative Sex)"}},
    {"coded_element_of_a_suggested_table",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rPID|1||4711||Doe^Jane|||||||||||Q^^HL70002\rPV1|1|I\r",
     {},
     {"PID-16.1: 103 W Marital Status is not in table 0002 (Marital Status)"}},
    {"coded_element_of_another_system",
     "2.5.1",
     "ADT^A01^ADT_A01",
     "EVN||20260401\rPID|1||4711||Doe^Jane|||||||||||Q^^LOCAL\rPV1|1|I\r",
     {}},
    {"local_code", "2.5.1", "ORU^R01^ORU_R01", "OBR|1|||X\rOBX|1|ST|X||v||||||Z\r", {}},
    {"version_newer_than_the_tables", "2.9", "ACK^A01^ACK", "MSA|XX|1||||||||||||X\rQQQ|\r", {}},
};

class StructureCheckTest : public testing::TestWithParam<Case> {};

TEST_P(StructureCheckTest, ForAReceiver) {
  const Case& each = GetParam();
  EXPECT_EQ(describe(check(make(each.version, each.type, each.rest))), each.want);
}

TEST_P(StructureCheckTest, Strictly) {
  const Case& each = GetParam();
  Lines found = describe(
      check(make(each.version, each.type, each.rest), {.strictness = Strictness::kStrict}));
  Lines want = each.want;
  want.insert(want.end(), each.want_strict_too.begin(), each.want_strict_too.end());
  std::sort(found.begin(), found.end());
  std::sort(want.begin(), want.end());
  EXPECT_EQ(found, want);
}

INSTANTIATE_TEST_SUITE_P(Each, StructureCheckTest, testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(StructureCheck, TellsWhatItUsed) {
  const CheckReport newer = check(make("2.8.2", "ADT^A04^ADT_A01", kAdmitted));
  EXPECT_EQ(newer.version, Version::kV271);
  EXPECT_EQ(newer.structure, "ADT_A01");
  const CheckReport none = check("MSH|^~\\&|A\r", {.default_version = Version::kV23});
  EXPECT_EQ(none.version, Version::kV23);
  EXPECT_EQ(none.structure, "");
  EXPECT_TRUE(none.has_errors());
  EXPECT_FALSE(newer.has_errors());
}

TEST(StructureCheck, UsesTheDelimitersOfTheMessage) {
  const std::string text =
      "MSH#*!%$#A#B#C#D#2026##ACK*A01*ACK#1#P#2.5.1\rMSA#AA#1\r"
      "ERR##PID*1*3#101#Q\r";
  EXPECT_EQ(describe(check(text)),
            Lines({"ERR-4: 103 E Severity is not in table 0516 (Error severity)"}));
}

// The second octet of the first name is 5E in Shift_JIS: no component ends there.
TEST(StructureCheck, CutsWhereCharactersEnd) {
  const std::string text =
      "MSH|^~\\&|A|B|C|D|2026||ADT^A01^ADT_A01|1|P|2.5.1||||||SHIFT_JIS\rEVN||2026\r"
      "PID|1||4711^^\x83\x5E||Doe^Jane||||||\x83\x5E^\x83\x5E^\x83\x5E\rPV1|1|I\r";
  EXPECT_EQ(describe(check(text)),
            Lines({"MSH-18: 103 E Character Set is not in table 0211 (Alternate character sets)",
                   "PID-3.3: 103 E Check Digit Scheme is not in table 0061 (Check digit scheme)"}));
}

TEST(StructureCheck, CountsCharactersOfTheMessagesSet) {
  const auto make_with = [](std::string_view charset) {
    return "MSH|^~\\&|A|B|C|D|2026||ACK^A01^ACK|1|P|2.5.1||||||" + std::string(charset) +
           "\rMSA|AA|\xFC\xBC\xFC\xBC\xFC\xBC\xFC\xBC\xFC\xBC\xFC\xBC\xFC\xBC\xFC\xBC\xFC\xBC\xFC"
           "\xBC\xFC\xBC\r";
  };
  EXPECT_EQ(describe(check(make_with("8859/1"))),
            Lines({"MSA-2: 104 W Message Control ID has 22 characters, at most 20"}));
  EXPECT_EQ(describe(check(make_with("GB 18030-2000"))), Lines());
  EXPECT_EQ(describe(check(make_with(""))), Lines());
}

TEST(StructureCheck, EndsAtItsLimit) {
  std::string rest;
  for (int count = 0; count < 5'000; ++count) rest += "MSA|XX\r";
  const CheckReport report = check(make("2.5.1", "ACK^A01^ACK", rest), {.findings_max = 7});
  EXPECT_EQ(report.findings.size(), 7U);
  EXPECT_TRUE(report.is_cut);
  EXPECT_FALSE(check(make("2.5.1", "ACK^A01^ACK", "MSA|AA|1\r")).is_cut);
}

TEST(StructureCheck, StartsAnewWithEachMessage) {
  Message message;
  CheckReport report;
  const std::string bad = make("2.5.1", "ADT^A01^ADT_A01", "PV1|1\r");
  const std::string good = make("2.5.1", "ACK^A01^ACK", "MSA|AA|1\r");
  ASSERT_TRUE(message.parse(base::as_bytes(bad)));
  check_structure(message, {.findings_max = 1}, report);
  EXPECT_TRUE(report.is_cut);
  ASSERT_TRUE(message.parse(base::as_bytes(good)));
  check_structure(message, {}, report);
  EXPECT_EQ(describe(report), Lines());
  EXPECT_FALSE(report.is_cut);
  EXPECT_EQ(report.structure, "ACK");
}

TEST(StructureCheck, NamesEachKindAndItsCode) {
  EXPECT_EQ(to_string(FindingKind::kSegmentMissing), "segment_missing");
  EXPECT_EQ(to_string(FindingKind::kComponentMissing), "component_missing");
  EXPECT_EQ(code_of(FindingKind::kOtherStructure), "200");
  for (int kind = 1; kind <= 11; ++kind) {
    EXPECT_NE(standard_error_text(code_of(static_cast<FindingKind>(kind))), "") << kind;
  }
}

}  // namespace
}  // namespace hl7
