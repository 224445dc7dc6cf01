// Index fields: what a document may say, what it is told where it is wrong, and what comes out.
#include "intake/index_fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "rule_set_fixture.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace intake {
namespace {

using store::FieldValue;
using telemetry::Counter;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kOru =
    "MSH|^~\\&|LAB|CENTRAL|HIS|WARD|20260403120000+0200||ORU^R01^ORU_R01|M1|P|2.5.1\r"
    "PID|1||4711^^^MRN~0815^^^SS||M\xDCLLER^JANE||19800229\r"
    "PV1|1|I|ICU^3||||||||||||||||V123\r"
    "OBX|1|NM|GLU^Glucose||5.4\r"
    "OBX|2|NM|NA^Sodium||140\r";

// All that a document is told at start, warnings behind faults.
std::string told(std::string_view document) {
  const auto rules = make_rules(document);
  return config::to_string(rules ? (*rules)->warnings() : rules.error());
}

class IndexFieldsTest : public testing::Test {
 protected:
  IndexFieldsTest() { telemetry::start_log(telemetry::Level::kOff, telemetry::LogFormat::kText); }

  // What the message has in these fields.
  std::vector<FieldValue> read(const std::string& fields, std::string_view octets = kOru) {
    const std::string document = "listeners: [{name: lab, default_character_set: 8859/1}]\n" +
                                 std::string("index:\n") + fields;
    const auto configuration = compose(document);
    EXPECT_TRUE(configuration) << config::to_string(configuration.error());
    auto rules = RuleSet::make(*configuration, 1);
    EXPECT_TRUE(rules) << config::to_string(rules.error());
    IndexFields source(*configuration, *rules);
    std::vector<FieldValue> values;
    source.read({.message = base::as_bytes(octets),
                 .received_at = base::WallTime(std::chrono::seconds(1'775'217'600)),
                 .listener = "lab",
                 .peer = "192.0.2.7:51034",
                 .tls_identity = "CN=lab"},
                values);
    return values;
  }
};

TEST_F(IndexFieldsTest, AValueIsATextANumberOrABool) {
  EXPECT_THAT(
      read("  visit: msg.get('PV1-19')\n"
           "  count: msg.count('OBX')\n"
           "  inpatient: pv1.patient_class == 'I'\n"
           "  none: msg.get('PV1-20')\n"
           "  peer: conn.tls_subject + ' ' + conn.address + ' ' + conn.listener\n"
           "  year: now.getFullYear()\n"),
      ElementsAre(FieldValue{"visit", "V123"}, FieldValue{"count", "2"},
                  FieldValue{"inpatient", "true"}, FieldValue{"peer", "CN=lab 192.0.2.7:51034 lab"},
                  FieldValue{"year", "2026"}));
}

TEST_F(IndexFieldsTest, AListHasSeveral) {
  EXPECT_THAT(read("  ids: msg.all('PID-3(*).1')\n"
                   "  tests: obx_list.map(o, o.identifier)\n"
                   "  empty: msg.all('ZZZ(*)-1')\n"),
              ElementsAre(FieldValue{"ids", "4711"}, FieldValue{"ids", "0815"},
                          FieldValue{"tests", "GLU"}, FieldValue{"tests", "NA"}));
}

TEST_F(IndexFieldsTest, TheListenersCharacterSetIsThatOfItsMessages) {
  EXPECT_THAT(read("  name: msg.get('PID-5.1')\n"), ElementsAre(FieldValue{"name", "MÜLLER"}));
}

TEST_F(IndexFieldsTest, WhatGoesWrongIsLeftOutAloneAndCounted) {
  const auto counts = [] {
    return std::vector<std::uint64_t>{
        telemetry::counted(Counter::kFieldsFailed), telemetry::counted(Counter::kFieldsOverBudget),
        telemetry::counted(Counter::kFieldsTooLong), telemetry::counted(Counter::kFieldsTooMany)};
  };
  const auto before = counts();
  const std::string seventeen = "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]";
  const std::string inner = seventeen + ".all(c, " + seventeen + ".all(d, a + b + c + d > 0))";
  const auto values = read(
      "  bad: obx_list[7].value\n"
      "  long: \"'" +
      std::string(257, 'y') +
      "'\"\n"
      "  most: \"'" +
      std::string(256, 'y') +
      "'\"\n"
      "  many: \"" +
      seventeen +
      "\"\n"
      "  endless: \"" +
      seventeen + ".all(a, " + seventeen + ".all(b, " + inner +
      "))\"\n"
      "  dear: msg.get('PV1-19')\n");
  ASSERT_EQ(values.size(), 17u);
  EXPECT_EQ(values.front(), (FieldValue{"most", std::string(256, 'y')}));
  EXPECT_EQ(values.back(), (FieldValue{"many", "16"}));
  const auto after = counts();
  EXPECT_EQ(after[0] - before[0], 1u) << "error";
  EXPECT_EQ(after[1] - before[1], 2u) << "budget: with the message's all behind it go";
  EXPECT_EQ(after[2] - before[2], 1u) << "too_long";
  EXPECT_EQ(after[3] - before[3], 1u) << "too_many";
}

TEST_F(IndexFieldsTest, OctetsThatAreNoMessageHaveNone) {
  const std::uint64_t before = telemetry::counted(Counter::kFieldsFailed);
  EXPECT_THAT(read("  visit: msg.get('PV1-19')\n", "no message"), IsEmpty());
  EXPECT_EQ(telemetry::counted(Counter::kFieldsFailed), before + 1);
}

TEST_F(IndexFieldsTest, AReloadCountsForTheNextMessage) {
  const auto first = compose("index: {visit: msg.get('PV1-19')}").value();
  IndexFields source(first, RuleSet::make(first, 1).value());
  EXPECT_THAT(source.names(), ElementsAre("visit"));
  source.replace(make_rules("index: {ward: pv1.assigned_location}").value());
  EXPECT_THAT(source.names(), ElementsAre("ward"));
  std::vector<FieldValue> values;
  source.read({.message = base::as_bytes(kOru),
               .received_at = {},
               .listener = "lab",
               .peer = "",
               .tls_identity = ""},
              values);
  EXPECT_THAT(values, ElementsAre(FieldValue{"ward", "ICU^3"}));
}

struct Mistake {
  std::string_view document;
  std::string_view told;
};

constexpr Mistake kMistakes[] = {
    {"index: [visit]", "config.yaml:1:8: index: expected a mapping of names to expressions"},
    {"index: {visit: [a]}", "config.yaml:1:16: index.visit: expected a text, found a list"},
    {"index: {visit: }", "index.visit: expected a text, found nothing"},
    {"index: {Visit: '1'}", "config.yaml:1:9: index.Visit: expected a name of at most 64"},
    {"index:\n  visit: msg.get(\"PV1-\")",
     "config.yaml:2:14: index.visit: 'PV1-' is no path such as PID-3.1"},
    {"index:\n  visit: msg.gett('PV1-19')", "config.yaml:2:"},
    {"index:\n  visit: pdi.id", "config.yaml:2:10: index.visit: nothing is named 'pdi'"},
    {"index:\n  visit: now",
     "config.yaml:2:10: index.visit: expected string, int, uint, bool, or a list of one of them,"
     " this yields"},
    {"index:\n  visit: hl7.number('1')", "expected string, int, uint, bool"},
    {"index:\n  visit: '[[1]]'", "this yields list(list(int))"},
    {"index:\n  visit: '{1: 2}'", "this yields map(int, int)"},
    {"index:\n  visit: 1.5", "this yields double"},
    // Warnings.
    {"index:\n  visit: pid.id", "config.yaml:2:10: index.visit: "},
};

TEST_F(IndexFieldsTest, AMistakeIsToldWithItsPlace) {
  for (const Mistake& each : kMistakes) {
    EXPECT_THAT(told(each.document), HasSubstr(each.told)) << each.document;
  }
  EXPECT_EQ(told("index:\n  visit: \"has(pid.id) ? pid.id : ''\""), "");
}

TEST_F(IndexFieldsTest, ThereAreSixteenAtMost) {
  std::string document = "index:\n";
  for (int number = 0; number < 16; ++number) {
    document += "  f" + std::to_string(number) + ": msg.get('PV1-19')\n";
  }
  EXPECT_EQ(told(document), "");
  EXPECT_THAT(told(document + "  more: msg.get('PV1-19')\n"), HasSubstr("index: more than 16"));
}

}  // namespace
}  // namespace intake
