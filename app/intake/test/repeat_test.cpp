// What the store is asked of a message, and what its sender is told when it came before.
#include "intake/repeat.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "intake/intake.hpp"
#include "intake/test/rule_set_fixture.hpp"
#include "test_support/manual_clock.hpp"

namespace intake {
namespace {

using store::Sighting;
using testing::HasSubstr;
using testing::Not;

constexpr store::DedupSecret kSecret = {21, 22};

std::string adt(std::string_view time, std::string_view control_id = "M1",
                std::string_view more = "") {
  return "MSH|^~\\&|HIS|CENTRAL|LAB|PATH|" + std::string(time) + "||ADT^A01|" +
         std::string(control_id) + "|P|2.5\rPID|1||4711\r" + std::string(more);
}

class RepeatTest : public testing::Test {
 protected:
  RepeatTest() {
    settings_.name = "lab";
    settings_.dedup = config::Dedup::kAnswer;
  }

  void judge(std::string_view payload) {
    const Intake intake(settings_, AckPolicy(), {live_, 0}, clock_, {Digest::kTaken, kSecret});
    frame_ = payload;
    intake.judge(base::as_bytes(frame_), peer_, decision_);
  }

  // What is told when the store has seen the drafts so.
  Answer conclude(const std::vector<store::Recognition>& seen) {
    const Intake intake(settings_, AckPolicy(), {live_, 0}, clock_, {Digest::kTaken, kSecret});
    for (std::size_t index = 0; index < seen.size(); ++index) {
      store::Draft& draft = decision_.drafts.at(index);
      draft.recognition = seen[index];
      draft.is_stored = seen[index].sighting == Sighting::kNew ||
                        (seen[index].sighting == Sighting::kConflict &&
                         draft.dedup->on_conflict == store::OnConflict::kAccept);
      if (draft.dedup && draft.dedup->is_probe) draft.is_stored = false;
    }
    return intake.conclude(decision_, {}, decision_.drafts);
  }

  static store::Recognition duplicate_of(std::uint64_t id, std::string_view code,
                                         std::string answer = {}) {
    store::Recognition seen;
    seen.sighting = Sighting::kDuplicate;
    seen.earlier = {id};
    seen.answer_code = code;
    seen.answer = std::move(answer);
    return seen;
  }

  void rules(std::string_view rule) {
    auto made = make_rules("validation:\n  rules:\n    - " + std::string(rule));
    ASSERT_TRUE(made);
    live_.replace({*made, Router({})});
  }

  store::Fingerprint print_of(std::string_view payload) {
    judge(payload);
    EXPECT_TRUE(!decision_.drafts.empty() && decision_.drafts.front().dedup);
    return decision_.drafts.front().dedup->print;
  }

  config::ListenerSettings settings_;
  LiveRules live_{{nullptr, Router({})}};
  test_support::ManualClock clock_;
  const Peer peer_{"192.0.2.7:51034", "lab", ""};
  std::string frame_;
  Decision decision_;
};

TEST_F(RepeatTest, TheSameMessageIsTheSameWhateverItsTime) {
  const auto print = print_of(adt("20260403120000"));
  EXPECT_EQ(print_of(adt("20260403130000")), print);
  EXPECT_EQ(print_of(adt("20260403130000.123+0200")), print);
  EXPECT_EQ(print_of(adt("")), print);
}

TEST_F(RepeatTest, AnythingElseThatDiffersIsAnotherBody) {
  const auto print = print_of(adt("1"));
  const auto longer = print_of(adt("1", "M1", "NTE|1\r"));
  EXPECT_EQ(longer.key_low, print.key_low);
  EXPECT_EQ(longer.key_high, print.key_high);
  EXPECT_NE(longer.body, print.body);
  std::string to = adt("1");
  to.replace(to.find("PATH"), 4, "PUTH");
  EXPECT_EQ(print_of(to).key_low, print.key_low);
  EXPECT_NE(print_of(to).body, print.body);
}

TEST_F(RepeatTest, SenderControlIdAndListenerMakeTheKey) {
  const auto print = print_of(adt("1"));
  EXPECT_NE(print_of(adt("1", "M2")).key_low, print.key_low);
  std::string other = adt("1");
  other.replace(other.find("CENTRAL"), 7, "BRANCH1");
  EXPECT_NE(print_of(other).key_low, print.key_low);
  settings_.name = "ward";
  EXPECT_NE(print_of(adt("1")).key_low, print.key_low);
}

TEST_F(RepeatTest, NothingIsAskedWithoutControlIdOrWithoutDedup) {
  settings_.no_control_id = config::NoControlId::kAccept;
  judge(adt("1", ""));
  EXPECT_FALSE(decision_.drafts.at(0).dedup);
  settings_.dedup = config::Dedup::kOff;
  judge(adt("1"));
  EXPECT_FALSE(decision_.drafts.at(0).dedup);
}

TEST_F(RepeatTest, ADuplicateGetsTheCodeOfThenWithANewHeader) {
  judge(adt("1"));
  const Answer answer = conclude({duplicate_of(17, "CA")});
  ASSERT_EQ(answer.messages.size(), 1U);
  EXPECT_THAT(answer.messages.front(), HasSubstr("\rMSA|CA|M1\r"));
  EXPECT_FALSE(answer.retry_later);
}

TEST_F(RepeatTest, ADuplicateGetsTheWordsOfThen) {
  rules("{name: w, expression: 'false', message: of today, severity: warning}");
  judge(adt("1"));
  const Answer answer = conclude({duplicate_of(
      17, "",
      "MSH|^~\\&|LAB|PATH|HIS|CENTRAL|2020||ACK|OLD|P|2.5\rMSA|AA|M1\rERR|||0|W||||then\r")});
  ASSERT_EQ(answer.messages.size(), 1U);
  EXPECT_THAT(answer.messages.front(), HasSubstr("\rMSA|AA|M1\rERR|||0|W||||then\r"));
  EXPECT_THAT(answer.messages.front(), Not(HasSubstr("OLD")));
  EXPECT_THAT(answer.messages.front(), Not(HasSubstr("of today")));
}

TEST_F(RepeatTest, ADuplicateIsRefusedAndTaughtWhereThatIsAskedFor) {
  settings_.dedup = config::Dedup::kReject;
  judge(adt("1"));
  const Answer answer = conclude({duplicate_of(17, "AA")});
  EXPECT_THAT(answer.messages.at(0), HasSubstr("MSA|AR|M1|duplicate: This message was stored"));
  EXPECT_THAT(answer.messages.at(0), HasSubstr("as message 17"));
  EXPECT_THAT(answer.messages.at(0), HasSubstr("ERR||MSH^1^10|205^"));
  EXPECT_EQ(decision_.rulings.at(0).outcome, Outcome::kDuplicate);
}

// For the audit trail: each of them has its record.
TEST_F(RepeatTest, WhatCameBeforeIsTold) {
  judge(adt("1"));
  const Answer answer = conclude({duplicate_of(17, "AA")});
  const Intake intake(settings_, AckPolicy(), {live_, 0}, clock_, {Digest::kTaken, kSecret});
  const auto octets = base::as_bytes(frame_);
  EXPECT_TRUE(intake.refusals(decision_, peer_, octets, answer).empty());
  const auto told = intake.repeats(decision_, peer_, octets, answer);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told.front().earlier, store::EntryId{17});
  EXPECT_EQ(told.front().answer_code, "AA");
  EXPECT_EQ(told.front().control_id, "M1");
  EXPECT_EQ(told.front().size_bytes, frame_.size());

  settings_.dedup = config::Dedup::kReject;
  judge(adt("1"));
  const Answer refusal = conclude({duplicate_of(18, "AA")});
  EXPECT_TRUE(intake.repeats(decision_, peer_, octets, refusal).empty());
  const auto refused = intake.refusals(decision_, peer_, octets, refusal);
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused.front().outcome, "duplicate");
  EXPECT_EQ(refused.front().earlier, store::EntryId{18});
}

TEST_F(RepeatTest, OfWhatIsNewNothingIsTold) {
  judge(adt("1"));
  const Answer answer = conclude({store::Recognition{}});
  const Intake intake(settings_, AckPolicy(), {live_, 0}, clock_, {Digest::kTaken, kSecret});
  EXPECT_TRUE(intake.repeats(decision_, peer_, base::as_bytes(frame_), answer).empty());
}

TEST_F(RepeatTest, AConflictIsAcceptedOrRefused) {
  store::Recognition seen;
  seen.sighting = Sighting::kConflict;
  seen.earlier = {9};
  judge(adt("1"));
  EXPECT_THAT(conclude({seen}).messages.at(0), HasSubstr("MSA|AA|M1\r"));
  settings_.dedup_conflict = config::DedupConflict::kReject;
  judge(adt("1"));
  EXPECT_THAT(conclude({seen}).messages.at(0), HasSubstr("MSA|AR|M1|conflict: Another message"));
}

TEST_F(RepeatTest, WhatRulesRefuseTodayIsAskedAboutAndAcceptedIfItWasThen) {
  rules("{name: r, expression: 'false', message: no}");
  judge(adt("1"));
  ASSERT_EQ(decision_.drafts.size(), 1U);
  EXPECT_TRUE(decision_.drafts.front().dedup->is_probe);
  EXPECT_THAT(conclude({store::Recognition{}}).messages.at(0), HasSubstr("MSA|AR|M1|r: no"));
  judge(adt("1"));
  EXPECT_THAT(conclude({duplicate_of(3, "AA")}).messages.at(0), HasSubstr("MSA|AA|M1\r"));
}

TEST_F(RepeatTest, WhereTheStoreCannotSayTheSenderShallTryAgain) {
  rules("{name: r, expression: 'false', message: no}");
  judge(adt("1"));
  const Intake intake(settings_, AckPolicy(), {live_, 0}, clock_, {Digest::kTaken, kSecret});
  const Answer answer =
      intake.conclude(decision_, store::StoreError{store::StoreFault::kFull, 0}, decision_.drafts);
  EXPECT_THAT(answer.messages.at(0), HasSubstr("MSA|AE|M1|unavailable"));
}

TEST_F(RepeatTest, UnreadableMessagesAreNotAskedAbout) {
  judge("MSH|^~\\&|HIS|CENTRAL|LAB|PATH|1||ADT^A01||P|2.5\r");
  EXPECT_TRUE(decision_.drafts.empty());
  judge("nothing");
  EXPECT_TRUE(decision_.drafts.empty());
}

TEST_F(RepeatTest, OfABatchEachMessageHasItsOwnAnswer) {
  judge("BHS|^~\\&\r" + adt("1", "M1") + adt("1", "M2") + "BTS|2\r");
  ASSERT_EQ(decision_.drafts.size(), 2U);
  settings_.dedup = config::Dedup::kReject;
  const Answer answer = conclude({store::Recognition{}, duplicate_of(5, "AA")});
  ASSERT_EQ(answer.messages.size(), 1U);
  EXPECT_THAT(answer.messages.front(), HasSubstr("MSA|AA|M1\r"));
  EXPECT_THAT(answer.messages.front(), HasSubstr("MSA|AR|M2|duplicate"));
}

}  // namespace
}  // namespace intake
