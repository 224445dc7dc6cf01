#include "intake/intake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "test_support/manual_clock.hpp"

namespace intake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kHead = "MSH|^~\\&|HIS|CENTRAL|LAB|PATHOLOGY|20260403120000||";
constexpr store::StoreError kFull{store::StoreFault::kFull, 0};

// One listener and all that it says.
class IntakeTest : public testing::Test {
 protected:
  // What is sent back for a frame whose drafts, if any, had this outcome at the
  // store. Time and new ids, which differ from run to run, read <time> and <id>.
  std::vector<std::string> answers(std::string_view payload, const CommitOutcome& outcome = {}) {
    const LiveRules live({nullptr, Router(connectors_)});
    const Intake intake(settings_, AckPolicy(), {live, 0}, clock_);
    frame_ = payload;
    intake.judge(base::as_bytes(frame_), peer_, decision_);
    answer_ = intake.conclude(decision_, outcome);
    std::vector<std::string> told = answer_.messages;
    for (std::string& message : told) blank_out(message);
    return told;
  }

  // Replaces fields 7 and 10 (of FHS and BHS: 7 and 11) of each header line.
  static void blank_out(std::string& message) {
    for (const std::string_view name : {"MSH", "FHS", "BHS"}) {
      for (std::size_t line = message.find(name); line != std::string::npos;
           line = message.find("\r" + std::string(name), line + 1)) {
        if (message[line] == '\r') ++line;
        replace_field(message, line, 7, "<time>");
        replace_field(message, line, name == "MSH" ? 10 : 11, "<id>");
      }
    }
  }

  static void replace_field(std::string& message, std::size_t line, int field, const char* text) {
    const char separator = message[line + 3];
    std::size_t begin = line + 3;
    for (int at = 1; at < field - 1; ++at) begin = message.find(separator, begin + 1);
    const std::size_t end = message.find_first_of(std::string("\r") + separator, begin + 1);
    message.replace(begin + 1, end - begin - 1, text);
  }

  config::ListenerSettings settings_;
  std::vector<store::ConnectorId> connectors_{store::ConnectorId{3}, store::ConnectorId{5}};
  test_support::ManualClock clock_;
  const Peer peer_{"192.0.2.7:51034", "lab", ""};
  std::string frame_;
  Decision decision_;
  Answer answer_;
};

std::string adt(std::string_view control_id, std::string_view rest = "|P|2.3") {
  return std::string(kHead) + "ADT^A01|" + std::string(control_id) + std::string(rest) +
         "\rPID|1||4711^^^MRN||DOE^JANE\r";
}

TEST_F(IntakeTest, AnAcceptedMessageIsAnsweredAA) {
  EXPECT_THAT(answers(adt("MSG00001")),
              ElementsAre("MSH|^~\\&|LAB|PATHOLOGY|HIS|CENTRAL|<time>||ACK^A01|<id>|P|2.3\r"
                          "MSA|AA|MSG00001\r"));
}

TEST_F(IntakeTest, TheDraftHoldsAllThatIsKnown) {
  answers(adt("MSG00001"));
  ASSERT_EQ(decision_.drafts.size(), 1u);
  const store::Draft& draft = decision_.drafts[0];
  EXPECT_EQ(base::as_text(draft.payload), frame_);
  EXPECT_THAT(draft.lanes, ElementsAre(store::LaneKey{store::ConnectorId{3}, 0},
                                       store::LaneKey{store::ConnectorId{5}, 0}));
  const store::MessageFacts& facts = draft.facts;
  EXPECT_EQ(facts.received_at, clock_.wall_now());
  EXPECT_EQ(facts.listener, "lab");
  EXPECT_EQ(facts.peer, "192.0.2.7:51034");
  EXPECT_EQ(facts.config_revision, 1u);
  EXPECT_EQ(facts.type, "ADT");
  EXPECT_EQ(facts.trigger, "A01");
  EXPECT_EQ(facts.version, "2.3");
  EXPECT_EQ(facts.control_id, "MSG00001");
  EXPECT_EQ(facts.sending_application, "HIS");
  EXPECT_EQ(facts.sending_facility, "CENTRAL");
  EXPECT_EQ(facts.patient_key, "4711");
  EXPECT_EQ(facts.sha256.size(), 32u);
  EXPECT_EQ(facts.answer_code, "AA");
  EXPECT_EQ(base::as_text(facts.answer), answer_.messages.at(0))
      << "what is stored is what is sent";
}

TEST_F(IntakeTest, WhatTheStoreRefusedIsNeverAnsweredAA) {
  EXPECT_THAT(answers(adt("M1"), kFull), ElementsAre(HasSubstr("MSA|AE|M1|unavailable: ")));
  EXPECT_TRUE(answer_.retry_later);
}

TEST_F(IntakeTest, AFailedSyncIsNotAnsweredAtAll) {
  EXPECT_THAT(answers(adt("M1"), store::StoreError{store::StoreFault::kSyncFailed, 5}), IsEmpty());
  EXPECT_TRUE(answer_.close);
}

struct Refusal {
  const char* name;
  std::string payload;
  const char* msa;
  const char* error;
};

TEST_F(IntakeTest, RefusalsTeach) {
  const std::string version = "|P|2.5";
  const Refusal refusals[] = {
      {"no MSH", "hello", "MSA|AR||unreadable: ", "|100^"},
      {"MSH alone", "MSH", "MSA|AR||unreadable: ", "|100^"},
      {"no control id", adt("", version),
       "MSA|AR||no_control_id: ", "ERR||MSH^1^10|101^Required field missing^HL70357|E"},
      {"two messages", adt("A", version) + adt("B", version),
       "MSA|AR|A|several_messages: ", "|100^"},
      {"batch that lies about its count", "BHS|^~\\&|HIS\r" + adt("A", version) + "BTS|2\r",
       "MSA|AR|A|batch_refused: ", "message_count_mismatch"},
  };
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(refusal.name);
    EXPECT_THAT(answers(refusal.payload),
                ElementsAre(testing::AllOf(HasSubstr(refusal.msa), HasSubstr(refusal.error))));
    EXPECT_THAT(decision_.drafts, IsEmpty());
    EXPECT_FALSE(answer_.retry_later) << "it is permanent";
  }
}

TEST_F(IntakeTest, AcceptedWithoutControlIdWhereTheListenerSaysSo) {
  settings_.no_control_id = config::NoControlId::kAccept;
  EXPECT_THAT(answers(adt("")), ElementsAre(testing::EndsWith("\rMSA|AA|\r")));
  EXPECT_EQ(decision_.drafts.size(), 1u);
}

TEST_F(IntakeTest, SeveralMessagesSplitAreOneCommitAndOneAnswerEach) {
  settings_.several_messages = config::SeveralMessages::kSplit;
  EXPECT_THAT(answers(adt("A") + adt("B")),
              ElementsAre(HasSubstr("MSA|AA|A\r"), HasSubstr("MSA|AA|B\r")));
  ASSERT_EQ(decision_.drafts.size(), 2u);
  EXPECT_EQ(base::as_text(decision_.drafts[1].payload), adt("B"));
}

std::string batch_of(const std::string& messages, int count) {
  return "FHS|^~\\&|HIS|CENTRAL|LAB|PATHOLOGY|||||F7\rBHS|^~\\&|HIS|CENTRAL|LAB|PATHOLOGY|||||"
         "B7\r" +
         messages + "BTS|" + std::to_string(count) + "\rFTS|1\r";
}

TEST_F(IntakeTest, ABatchIsAnsweredByABatch) {
  const auto told = answers(batch_of(adt("A") + adt("") + adt("C"), 3));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0], testing::StartsWith("FHS|^~\\&|LAB|PATHOLOGY|HIS|CENTRAL|"));
  EXPECT_THAT(told[0], HasSubstr("\rMSA|AA|A\r"));
  EXPECT_THAT(told[0], HasSubstr("\rMSA|AR||no_control_id: "));
  EXPECT_THAT(told[0], HasSubstr("\rMSA|AA|C\r"));
  EXPECT_THAT(told[0], testing::EndsWith("\rBTS|3\rFTS|1\r"));
  ASSERT_EQ(decision_.drafts.size(), 2u) << "the good ones commit together";
  EXPECT_THAT(decision_.drafts[1].facts.envelope, HasSubstr("BHS|^~\\&|HIS"));
}

TEST_F(IntakeTest, ATrailerWithoutAHeaderMakesNoBatch) {
  const std::string closed = adt("T1") + "FTS|x\r";
  EXPECT_THAT(answers(closed), ElementsAre(testing::EndsWith("\rMSA|AA|T1\r")));
  EXPECT_EQ(base::as_text(decision_.drafts.at(0).payload), closed);
  EXPECT_THAT(answers(adt("A") + adt("B") + "BTS|2\r"),
              ElementsAre(HasSubstr("MSA|AR|A|several_messages")));
}

TEST_F(IntakeTest, ABatchMayBeAnsweredByItsErrorsOnly) {
  settings_.batch_answer = config::BatchAnswer::kErrors;
  EXPECT_THAT(answers(batch_of(adt("A") + adt(""), 2)),
              ElementsAre(testing::AllOf(HasSubstr("MSA|AR|"), HasSubstr("BTS|1\r"),
                                         testing::Not(HasSubstr("MSA|AA|A")))));
  EXPECT_THAT(answers(batch_of(adt("A"), 1)), ElementsAre(HasSubstr("BTS|0\r")));
}

TEST_F(IntakeTest, ABatchMayBeAnsweredByOneWithTheWorstCode) {
  settings_.batch_answer = config::BatchAnswer::kOne;
  EXPECT_THAT(answers(batch_of(adt("A") + adt(""), 2)), ElementsAre(HasSubstr("MSA|AR|F7|")));
  EXPECT_THAT(answers(batch_of(adt("A"), 1)), ElementsAre(HasSubstr("MSA|AA|F7\r")));
  EXPECT_THAT(answers(batch_of(adt("A") + adt("B"), 2), kFull),
              ElementsAre(HasSubstr("MSA|AE|F7|unavailable")));
}

TEST_F(IntakeTest, BatchesCanBeRefusedWhole) {
  settings_.batch = config::BatchMode::kReject;
  EXPECT_THAT(answers(batch_of(adt("A"), 1)), ElementsAre(HasSubstr("MSA|AR|F7|batch_refused")));
  EXPECT_THAT(decision_.drafts, IsEmpty());
}

TEST_F(IntakeTest, AnAcknowledgementIsStoredAndNotAnswered) {
  const std::string ack = std::string(kHead) + "ACK^A01|A9|P|2.3\rMSA|AA|X\r";
  EXPECT_THAT(answers(ack), IsEmpty());
  EXPECT_EQ(decision_.drafts.size(), 1u);
  EXPECT_EQ(decision_.drafts[0].facts.answer_code, "");
  settings_.answer_acks = true;
  EXPECT_THAT(answers(ack), ElementsAre(HasSubstr("MSA|AA|A9\r")));
}

TEST_F(IntakeTest, EnhancedModeObeysMsh15And16) {
  settings_.ack_mode = config::AckMode::kEnhanced;
  EXPECT_THAT(answers(adt("E1", "|P|2.5|||AL|NE")), ElementsAre(HasSubstr("MSA|CA|E1\r")));
  EXPECT_THAT(answers(adt("E2", "|P|2.5|||NE|AL")), ElementsAre(HasSubstr("MSA|AA|E2\r")));
  EXPECT_THAT(answers(adt("E3", "|P|2.5|||NE|NE")), IsEmpty());
  EXPECT_EQ(decision_.drafts.size(), 1u) << "stored all the same";
  EXPECT_THAT(answers(adt("E4", "|P|2.5|||ER|NE")), IsEmpty());
  EXPECT_THAT(answers(adt("E4", "|P|2.5|||ER|NE"), kFull), ElementsAre(HasSubstr("MSA|CE|E4|")));
}

TEST_F(IntakeTest, AMessageThatNobodyWantsIsKeptUnlessTheListenerSaysReject) {
  connectors_.clear();
  EXPECT_THAT(answers(adt("U1")), ElementsAre(HasSubstr("MSA|AA|U1\r")));
  ASSERT_EQ(decision_.drafts.size(), 1u);
  EXPECT_THAT(decision_.drafts[0].lanes, IsEmpty());
  settings_.unrouted = config::Unrouted::kReject;
  EXPECT_THAT(answers(adt("U2")), ElementsAre(HasSubstr("MSA|AR|U2|unrouted: ")));
}

TEST_F(IntakeTest, TextsCanBeLeftOut) {
  settings_.ack_text = config::AckText::kNever;
  EXPECT_THAT(answers(adt("M1"), kFull), ElementsAre(HasSubstr("MSA|AE|M1\r")));
}

TEST_F(IntakeTest, AnOversizeFrameIsCorrelatedByItsHead) {
  const LiveRules live({nullptr, Router(connectors_)});
  const Intake intake(settings_, AckPolicy(), {live, 0}, clock_);
  const std::string head = adt("BIG", "|P|2.5");
  Decision decision;
  intake.judge_oversize(base::as_bytes(head), decision);
  EXPECT_THAT(intake.conclude(decision, {}).messages,
              ElementsAre(HasSubstr("MSA|AR|BIG|too_large: frame too large")));
}

TEST_F(IntakeTest, BytesInFrontOfMshAreStoredWithTheMessage) {
  const std::string payload = "\xef\xbb\xbf\r\n" + adt("BOM");
  EXPECT_THAT(answers(payload), ElementsAre(HasSubstr("MSA|AA|BOM\r")));
  EXPECT_EQ(base::as_text(decision_.drafts.at(0).payload), payload);
}

TEST_F(IntakeTest, TheDigestIsLeftOutWhereNobodyKeepsIt) {
  const LiveRules live({nullptr, Router(connectors_)});
  const Intake intake(settings_, AckPolicy(), {live, 0}, clock_, {Digest::kLeftOut});
  const std::string payload = adt("M1");
  Decision decision;
  intake.judge(base::as_bytes(payload), peer_, decision);
  EXPECT_EQ(decision.drafts.at(0).facts.sha256, "");
}

TEST_F(IntakeTest, IdsOfAnswersAreTwentyCharactersAndNew) {
  const LiveRules live({nullptr, Router(connectors_)});
  const Intake intake(settings_, AckPolicy(), {live, 0}, clock_);
  const std::string payload = adt("M1");
  std::vector<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    Decision decision;
    intake.judge(base::as_bytes(payload), peer_, decision);
    const std::string ack = intake.conclude(decision, {}).messages.at(0);
    const auto header = hl7::parse_header(base::as_bytes(ack));
    ASSERT_TRUE(header);
    EXPECT_EQ(header->control_id.size(), 20u);
    ids.emplace_back(header->control_id);
  }
  std::ranges::sort(ids);
  EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
}

// ── ack: after_delivery ─────────────────────────────────────────────────────

class AskingIntakeTest : public IntakeTest {
 protected:
  AskingIntakeTest() {
    settings_.ack = config::AckWhen::kAfterDelivery;
    settings_.answer_from = "lab";
  }

  void judge(std::string_view payload, std::string answerer = "lab") {
    const LiveRules live(
        {nullptr, Router(connectors_, {{std::move(answerer), connectors_[1], {9}}})});
    const Intake intake(settings_, AckPolicy(), {live, 0}, clock_);
    frame_ = payload;
    intake.judge(base::as_bytes(frame_), peer_, decision_);
  }

  Answer conclude_asked(std::optional<std::string> answer) {
    const LiveRules live({nullptr, Router(connectors_)});
    return Intake(settings_, AckPolicy(), {live, 0}, clock_)
        .conclude_asked(decision_, std::move(answer));
  }
};

TEST_F(AskingIntakeTest, TheAnswererIsAskedAndTheOthersAreOwedAsEver) {
  judge(adt("Q1"));
  EXPECT_TRUE(decision_.asks);
  ASSERT_EQ(decision_.drafts.size(), 1u);
  const store::Draft& draft = decision_.drafts.front();
  EXPECT_THAT(draft.lanes,
              ElementsAre(store::LaneKey{connectors_[0]},
                          store::LaneKey{{9}, hash_key(peer_.address), store::kJoinsNone}));
  EXPECT_EQ(draft.facts.answer_code, "") << "nothing was promised yet";
  EXPECT_TRUE(draft.facts.answer.empty());
}

TEST_F(AskingIntakeTest, ItsAnswerIsPassedOnAsItCame) {
  judge(adt("Q1"));
  EXPECT_THAT(conclude_asked("MSH|^~\\&|X\rMSA|AR|Q1\r").messages,
              ElementsAre("MSH|^~\\&|X\rMSA|AR|Q1\r"));
}

TEST_F(AskingIntakeTest, WithoutAnAnswerItIsAE) {
  judge(adt("Q1"));
  const Answer answer = conclude_asked(std::nullopt);
  ASSERT_EQ(answer.messages.size(), 1u);
  EXPECT_THAT(answer.messages.front(), HasSubstr("\rMSA|AE|Q1"));
  EXPECT_TRUE(answer.retry_later);
}

TEST_F(AskingIntakeTest, WhatTheAnswererIsNotOwedIsAnsweredByUs) {
  judge(adt("Q1"), "another");
  EXPECT_FALSE(decision_.asks);
  EXPECT_EQ(decision_.drafts.front().facts.answer_code, "AA");
}

}  // namespace
}  // namespace intake
