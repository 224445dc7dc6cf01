// A frame, the rules of a document, and what the sender and the connectors get.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "intake/intake.hpp"
#include "rule_set_fixture.hpp"
#include "test_support/manual_clock.hpp"

namespace intake {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

std::string adt(std::string_view pid, std::string_view version = "2.5.1",
                std::string_view asked = "") {
  return "MSH|^~\\&|HIS|CENTRAL|LAB|PATH|20260403120000||ADT^A01|M1|P|" + std::string(version) +
         "|||" + std::string(asked) + "\r" + std::string(pid);
}

class RulesTest : public testing::Test {
 protected:
  // The one answer to a frame, its MSH left out.
  std::string judge(std::string_view document, std::string_view payload) {
    configuration_ = *compose(document);
    auto rules = RuleSet::make(configuration_, 7);
    EXPECT_TRUE(rules.has_value()) << (rules ? "" : config::to_string(rules.error()));
    std::vector<store::ConnectorId> ids;
    for (std::uint32_t id = 1; id <= configuration_.connectors.size(); ++id) ids.push_back({id});
    const LiveRules live({*std::move(rules), Router(ids)});
    const config::ListenerSettings& listener = configuration_.listeners.front();
    const Intake intake(listener, *AckPolicy::make(listener.answers), {live, 0}, clock_);
    frame_ = payload;
    intake.judge(base::as_bytes(frame_), peer_, decision_);
    answer_ = intake.conclude(decision_, {});
    if (answer_.messages.size() != 1) return {};
    return answer_.messages[0].substr(answer_.messages[0].find('\r') + 1);
  }

  static std::string rule(std::string_view rest) {
    return "validation:\n  rules:\n    - name: need-id\n      " + std::string(rest) + "\n";
  }

  config::Configuration configuration_;
  test_support::ManualClock clock_;
  const Peer peer_{"192.0.2.7:51034", "lab", ""};
  std::string frame_;
  Decision decision_;
  Answer answer_;
};

constexpr std::string_view kNeedId =
    "expression: pid.id != ''\n      message: PID-3.1 is required\n      location: PID-3.1\n"
    "      code: 101";

TEST_F(RulesTest, AMessageThatPassesIsAccepted) {
  EXPECT_EQ(judge(rule(kNeedId), adt("PID|||4711\r")), "MSA|AA|M1\r");
  EXPECT_EQ(decision_.drafts.at(0).facts.config_revision, 7u);
}

TEST_F(RulesTest, ARefusalTeachesInTheFormOfTheVersion) {
  EXPECT_EQ(judge(rule(kNeedId), adt("PID|||\r")),
            "MSA|AR|M1|need-id: PID-3.1 is required\r"
            "ERR||PID^1^3^1^1|101^Required field missing^HL70357|E||||PID-3.1 is required\r");
  EXPECT_EQ(judge(rule(kNeedId), adt("PID|||\r", "2.3")),
            "MSA|AR|M1|need-id: PID-3.1 is required\r"
            "ERR|PID^1^3^101&Required field missing&HL70357\r");
  EXPECT_THAT(decision_.drafts, IsEmpty());
}

TEST_F(RulesTest, AnErrorIsWorthWhatTheRuleSays) {
  const std::string message = adt("");  // without a PID
  EXPECT_THAT(judge(rule(kNeedId), message),
              HasSubstr("MSA|AE|M1|need-id: the rule cannot be evaluated: no such key: \"id\""));
  EXPECT_TRUE(answer_.retry_later);
  EXPECT_THAT(judge(rule(std::string(kNeedId) + "\n      on_error: AR"), message),
              HasSubstr("MSA|AR|M1|"));
  EXPECT_THAT(judge(rule(std::string(kNeedId)) + "listeners: [{answers: ar_retries}]\n", message),
              HasSubstr("MSA|AE|M1|"));
}

TEST_F(RulesTest, TheListenersAnswersDecideTheCode) {
  const std::string message = adt("PID|||\r");
  EXPECT_THAT(judge(rule(kNeedId) + "listeners: [{answers: ar_retries}]\n", message),
              HasSubstr("MSA|AE|M1|"));
  EXPECT_EQ(judge(rule(kNeedId) + "listeners: [{answers: {rule_failed: none}}]\n", message), "");
  EXPECT_FALSE(answer_.close);
  EXPECT_EQ(judge(rule(kNeedId) + "listeners: [{answers: {rule_failed: close}}]\n", message), "");
  EXPECT_TRUE(answer_.close);
}

TEST_F(RulesTest, EnhancedModeHasTheCommitCodes) {
  const std::string enhanced = rule(kNeedId) + "listeners: [{ack_mode: enhanced}]\n";
  EXPECT_THAT(judge(enhanced, adt("PID|||1\r", "2.5.1", "AL|NE")), HasSubstr("MSA|CA|M1"));
  EXPECT_THAT(judge(enhanced, adt("PID|||\r", "2.5.1", "AL|NE")), HasSubstr("MSA|CR|M1"));
  EXPECT_THAT(judge(enhanced, adt("", "2.5.1", "AL|NE")), HasSubstr("MSA|CE|M1"));
}

TEST_F(RulesTest, AGuardAndTheOrderOfRules) {
  const std::string two = rule("when: msh.trigger == 'A08'\n      expression: 'false'") +
                          "    - {name: second, expression: 'false', message: no}\n"
                          "    - {name: third, expression: 'false'}\n";
  EXPECT_THAT(judge(two, adt("")), HasSubstr("MSA|AR|M1|second: no\r"));
}

TEST_F(RulesTest, WarningsAreToldAndRecorded) {
  const std::string warning =
      rule(
          "expression: pid.sex != ''\n      message: no sex\n      severity: warning\n"
          "      location: PID-8\n      code: 101") +
      "    - {name: again, expression: pid.dob != '', message: no birth, severity: warning}\n";
  EXPECT_EQ(judge(warning, adt("PID|||1\r")),
            "MSA|AA|M1\r"
            "ERR||PID^1^8|101^Required field missing^HL70357|W||||no sex\r"
            "ERR|||207^Application internal error^HL70357|W||||no birth\r");
  EXPECT_EQ(decision_.drafts.at(0).facts.answer_reason, "warning:need-id warning:again");
  EXPECT_EQ(judge(warning, adt("PID|||1\r", "2.3")), "MSA|AA|M1\r");
  EXPECT_THAT(judge(warning, adt("")), HasSubstr("MSA|AA|M1\r")) << "no warning refuses";
}

TEST_F(RulesTest, AWarningGoesAlongWithARefusal) {
  const std::string document =
      "validation:\n  rules:\n    - {name: w, expression: 'false', message: wm, severity: "
      "warning}\n"
      "    - {name: e, expression: 'false', message: em}\n";
  EXPECT_THAT(judge(document, adt("")),
              testing::ContainsRegex("MSA.AR.M1.e: em\rERR.*.E....em\rERR.*.W....wm\r$"));
}

TEST_F(RulesTest, AMessageMayBeAnExpression) {
  EXPECT_THAT(judge(rule("expression: msh.trigger != 'A01'\n"
                         "      message_expression: '\"not \" + msh.trigger + \"|\"'"),
                    adt("")),
              HasSubstr("MSA|AR|M1|need-id: not A01\\F\\\r"));
}

TEST_F(RulesTest, ABudgetThatIsSpentIsAnErrorOfTheRule) {
  EXPECT_THAT(judge(rule("expression: lists.range(1000).all(a, lists.range(1000).all(b, a >= 0))"),
                    adt("")),
              HasSubstr("MSA|AE|M1|need-id: the rule cannot be evaluated: "));
}

TEST_F(RulesTest, EachListenerHasItsOwnRules) {
  const std::string document = rule(kNeedId) + "listeners: [{validation: {rules: []}}]\n";
  EXPECT_THAT(judge(document, adt("PID|||\r")), HasSubstr("MSA|AA|M1"));
}

constexpr std::string_view kBroken =
    "EVN|A01|20260403120000\rPID|1||4711^^^MRN||DOE^JANE||19800229|7\rPV1|1\r";

TEST_F(RulesTest, AStructureCheckTellsEachFindingWithItsPlaceAndCode) {
  EXPECT_EQ(
      judge(rule("structure: required"), adt(kBroken)),
      "MSA|AR|M1|need-id: PV1-2: Patient Class is required\r"
      "ERR||PV1^1^2|101^Required field missing^HL70357|E||||PV1-2: Patient Class is required\r");
  EXPECT_THAT(
      judge(rule("structure: required"), adt("PID|1||4711^^^MRN\r")),
      testing::AllOf(HasSubstr("ERR||EVN^1|100^Segment sequence error^HL70357|E||||EVN: "),
                     HasSubstr("ERR||PID^1^5|101^Required field missing^HL70357|E||||PID-5"),
                     HasSubstr("ERR||PV1^1|100^Segment sequence error^HL70357|E||||PV1: ")));
  EXPECT_THAT(judge(rule("structure: required"), adt("PID|1||4711^^^MRN\r", "2.3")),
              testing::ContainsRegex("\rERR.EVN.1..100.*~PID.1.5.101.*~PV1.1..100"));
}

TEST_F(RulesTest, AStructureCheckMayWarnOrHaveAGuard) {
  EXPECT_THAT(judge(rule("structure: required\n      severity: warning"), adt(kBroken)),
              testing::StartsWith("MSA|AA|M1\rERR||PV1^1^2|101^"));
  EXPECT_THAT(judge(rule("structure: required\n      when: msh.trigger == 'A02'"), adt(kBroken)),
              testing::StartsWith("MSA|AA|M1\r"));
  const std::string good =
      "EVN|A01|20260403120000\rPID|1||4711^^^MRN||DOE^JANE\rPV1|1|I\rZZZ|1\rNTE|1\r";
  EXPECT_EQ(judge(rule("structure: required"), adt(good)), "MSA|AA|M1\r");
  EXPECT_THAT(judge(rule("structure: strict"), adt(good)),
              testing::AllOf(testing::StartsWith("MSA|AA|M1\rERR||NTE^1|100^"), HasSubstr("|W|")));
}

TEST_F(RulesTest, ACheckThatIsTooLongIsAnErrorOfItsRule) {
  std::string report = "PID|1||4711^^^MRN||DOE^JANE\rOBR|1|||GLU\r";
  for (int index = 1; index <= 20'000; ++index) {
    report += "OBX|" + std::to_string(index) + "|NM|GLU^Glucose||5.4||||||F\r";
  }
  const std::string octets =
      "MSH|^~\\&|HIS|C|LAB|P|20260403120000||ORU^R01^ORU_R01|M1|P|2.5.1\r" + report;
  EXPECT_THAT(judge(rule("structure: required"), octets),
              HasSubstr("MSA|AE|M1|need-id: the rule cannot be evaluated: the check of"));
  EXPECT_THAT(judge(rule("structure: required\n      on_error: AR"), octets),
              HasSubstr("MSA|AR|M1|"));
}

TEST_F(RulesTest, TheDefaultCharacterSetReachesRulesAndAnswers) {
  const std::string rules = rule(
      "expression: 'msg.get(\"PID-5.1\") == \"M\u00fcller\"'\n"
      "      message_expression: 'msg.get(\"PID-5.1\")'");
  const std::string dos = adt("PID|||1||M\xFCller\r");
  const std::string cyrillic = rules + "listeners: [{default_character_set: 8859/5}]\n";
  EXPECT_THAT(judge(rules, dos), HasSubstr("MSA|AA|M1\r")) << "auto: no UTF-8, so windows-1252";
  EXPECT_THAT(judge(rules + "listeners: [{default_character_set: 8859/1}]\n", dos),
              HasSubstr("MSA|AA|M1\r"));
  EXPECT_THAT(judge(cyrillic, dos), HasSubstr("MSA|AR|M1|need-id: M\xFCller"))
      << "it is M\u0447ller";
  EXPECT_THAT(answer_.messages[0], HasSubstr("|2.5.1||||||8859/5\rMSA"));
  const std::string named =
      "MSH|^~\\&|HIS|C|LAB|P|2026||ADT^A01|M1|P|2.5.1||||||8859/1\rPID|||1||M\xFCller\r";
  EXPECT_THAT(judge(cyrillic, named), HasSubstr("MSA|AA|M1\r")) << "MSH-18 goes before";
}

constexpr std::string_view kTo = "connectors:\n  - {name: a, type: file, filter: ";

TEST_F(RulesTest, AFilterChoosesConnectors) {
  const std::string document = std::string(kTo) +
                               "pid.sex == 'F'}\n  - {name: b, type: file}\n"
                               "  - {name: c, type: file, filter: pid.sex == 'M'}\n";
  judge(document, adt("PID|||1|||||F\r"));
  EXPECT_THAT(decision_.drafts.at(0).lanes,
              ElementsAre(store::LaneKey{{1}, 0}, store::LaneKey{{2}, 0}));
}

TEST_F(RulesTest, AFilterThatFailsParksSkipsOrDelivers) {
  const std::string message = adt("");
  judge(std::string(kTo) + "pid.sex == 'F'}\n", message);
  EXPECT_THAT(decision_.drafts.at(0).lanes,
              ElementsAre(store::LaneKey{{1}, store::kParkAtOnce + 2}));
  judge(std::string(kTo) + "pid.sex == 'F', on_filter_error: skip}\n", message);
  EXPECT_THAT(decision_.drafts.at(0).lanes, IsEmpty());
  judge(std::string(kTo) + "pid.sex == 'F', on_filter_error: deliver}\n", message);
  EXPECT_THAT(decision_.drafts.at(0).lanes, ElementsAre(store::LaneKey{{1}, 0}));
}

TEST_F(RulesTest, UnroutedMayBeRefused) {
  const std::string document = std::string(kTo) + "pid.sex == 'F'}\n";
  EXPECT_THAT(judge(document, adt("PID|||1\r")), HasSubstr("MSA|AA|"));
  EXPECT_THAT(judge(document + "listeners: [{unrouted: reject}]\n", adt("PID|||1\r")),
              HasSubstr("MSA|AR|M1|unrouted: "));
}

TEST_F(RulesTest, AnOrderKeyIsHashedAlwaysTheSame) {
  const std::string document = "connectors:\n  - {name: a, type: file, order_by: pid.id}\n";
  judge(document, adt("PID|||4711\r"));
  EXPECT_THAT(decision_.drafts.at(0).lanes, ElementsAre(store::LaneKey{{1}, hash_key("4711")}));
  EXPECT_EQ(hash_key("4711"), hash_key("4711"));
  EXPECT_NE(hash_key("4711"), hash_key("4712"));
  EXPECT_NE(hash_key(""), 0u);
}

}  // namespace
}  // namespace intake
