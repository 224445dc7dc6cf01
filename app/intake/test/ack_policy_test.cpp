#include "intake/ack_policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace intake {
namespace {

using testing::HasSubstr;

constexpr Reply kAA = Reply::kAccept;
constexpr Reply kAE = Reply::kError;
constexpr Reply kAR = Reply::kReject;

struct Row {
  Outcome outcome;
  Reply ae_retries;
  Reply ar_retries;
};

// The table of product.md section 4, read by another pair of eyes.
const Row kRows[] = {
    {Outcome::kAccepted, kAA, kAA},         {Outcome::kRuleFailed, kAR, kAE},
    {Outcome::kEvaluationFailed, kAE, kAE}, {Outcome::kUnreadable, kAR, kAR},
    {Outcome::kNoControlId, kAR, kAE},      {Outcome::kSeveralMessages, kAR, kAE},
    {Outcome::kBatchRefused, kAR, kAE},     {Outcome::kTooLarge, kAR, kAE},
    {Outcome::kConflict, kAR, kAE},         {Outcome::kUnrouted, kAR, kAE},
    {Outcome::kUnavailable, kAE, kAR},      {Outcome::kRateLimited, kAE, kAR},
    {Outcome::kDuplicate, kAR, kAE},
};

AckPolicy policy_of(const config::AnswersSetting& setting) {
  auto made = AckPolicy::make(setting);
  EXPECT_TRUE(made) << (made ? "" : config::to_string(made.error()));
  return made ? *made : AckPolicy();
}

TEST(AckPolicy, PresetsAreTheTable) {
  const AckPolicy by_default;
  const AckPolicy ae_retries = policy_of({.preset = "ae_retries", .entries = {}, .node = {}});
  const AckPolicy ar_retries = policy_of({.preset = "ar_retries", .entries = {}, .node = {}});
  for (const Row& row : kRows) {
    SCOPED_TRACE(to_string(row.outcome));
    EXPECT_EQ(by_default.reply(row.outcome), row.ae_retries);
    EXPECT_EQ(ae_retries.reply(row.outcome), row.ae_retries);
    EXPECT_EQ(ar_retries.reply(row.outcome), row.ar_retries);
  }
}

TEST(AckPolicy, AnEntryWinsOverThePreset) {
  const AckPolicy policy = policy_of({.preset = "ar_retries",
                                      .entries = {{"unreadable", "close"}, {"too_large", "none"}},
                                      .node = {}});
  EXPECT_EQ(policy.reply(Outcome::kUnreadable), Reply::kClose);
  EXPECT_EQ(policy.reply(Outcome::kTooLarge), Reply::kNone);
  EXPECT_EQ(policy.reply(Outcome::kUnavailable), kAR);
}

TEST(AckPolicy, NoEntryCanMakeALie) {
  struct Lie {
    const char* outcome;
    const char* code;
    const char* told;
  };

  const Lie lies[] = {
      {"accepted", "AR", "answers.accepted: a message that was stored is never answered AR"},
      {"unavailable", "AA",
       "answers.unavailable: a message that was not stored is never answered AA"},
      {"unavailable", "OK",
       "answers.unavailable: expected AA, AE, AR, close or none, found \"OK\""},
      {"tired", "AE", "answers.tired: no such outcome; known are accepted, rule_failed"},
  };
  for (const Lie& lie : lies) {
    const auto made =
        AckPolicy::make({.preset = "ae_retries", .entries = {{lie.outcome, lie.code}}, .node = {}});
    ASSERT_FALSE(made) << lie.outcome;
    EXPECT_THAT(made.error().at(0).text, HasSubstr(lie.told));
  }
}

TEST(AckPolicy, AFailedSyncHasNoAnswer) {
  EXPECT_FALSE(outcome_of({store::StoreFault::kSyncFailed, 5}));
  for (const auto fault : {store::StoreFault::kFull, store::StoreFault::kIo,
                           store::StoreFault::kClosed, store::StoreFault::kOvertaken}) {
    EXPECT_EQ(outcome_of({fault, 0}), Outcome::kUnavailable);
  }
}

}  // namespace
}  // namespace intake
