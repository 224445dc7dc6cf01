#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deliver/lane.hpp"
#include "deliver/test_support/mail.hpp"
#include "deliver/test_support/paper_target.hpp"
#include "telemetry/log.hpp"
#include "test_support/manual_clock.hpp"

namespace deliver {
namespace {

using namespace std::chrono_literals;
using test_support::answered_ae;
using test_support::no_answer;
using test_support::refused;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Next = Lane::Next;

// A lane that asks, one step at a time, and senders that wait.
class LaneAskTest : public testing::Test {
 protected:
  void SetUp() override { telemetry::start_log(telemetry::Level::kOff, {}); }

  void run() {
    Lane::Step last;
    do last = lane_.step({});
    while (last.next == Next::kStep);
    EXPECT_EQ(last.next, Next::kSleep) << "it waits for no target";
  }

  // A message whose sender waits so long; what the sender is told goes to told_.
  std::shared_ptr<Question> put(std::string_view control_id, base::Duration within = 30s) {
    const store::EntryId entry = mail_.put(control_id, {{id_, 0}});
    const base::Uuid message = mail_.outbox().message(entry).value()->message_id;
    auto question = std::make_shared<Question>(
        clock_.steady_now() + within,
        [this](std::optional<std::string> answer) { told_.push_back(answer.value_or("nothing")); });
    questions_.post(message, question);
    return question;
  }

  // Why those expired that have.
  std::vector<std::string> expired() {
    std::vector<std::string> reasons;
    const auto ended = mail_.outbox().discarded(id_, {}, 1000).value();
    for (const auto& entry : ended) {
      EXPECT_EQ(entry.reason, store::kExpiredReason);
      reasons.push_back(entry.failure);
    }
    return reasons;
  }

  ::test_support::ManualClock clock_;
  test_support::PaperTarget target_;
  test_support::Mail mail_{clock_};
  store::ConnectorId id_ = mail_.connector("lab+answers");
  Questions questions_;
  std::vector<std::string> told_;
  Lane lane_{LaneSettings{
                 .name = "lab", .slice = {.connector = id_}, .retry = {}, .questions = &questions_},
             target_, mail_.outbox(), clock_};
};

TEST_F(LaneAskTest, TheAnswerGoesToTheSenderAndTheEntryIsDelivered) {
  put("A");
  put("B");
  run();
  EXPECT_THAT(told_, ElementsAre("yes to A", "yes to B"));
  EXPECT_THAT(target_.delivered(), ElementsAre("A", "B"));
  EXPECT_THAT(expired(), IsEmpty());
  EXPECT_EQ(mail_.outbox().status(id_).waiting_count, 0u);
  EXPECT_EQ(lane_.report().delivered_count, 2u);
  EXPECT_EQ(questions_.size(), 0u);
}

TEST_F(LaneAskTest, ARefusalIsAnAnswerAndEndsTheEntry) {
  target_.always(answered_ae());
  put("A");
  run();
  EXPECT_THAT(told_, ElementsAre("no to A"));
  EXPECT_THAT(expired(), ElementsAre(HasSubstr("refused")));
}

TEST_F(LaneAskTest, OneAttemptIsMadeWhateverTheFailure) {
  for (const auto& failure : {refused(), no_answer()}) {
    target_.always(failure);
    put("A");
    run();
  }
  EXPECT_THAT(told_, ElementsAre("nothing", "nothing"));
  EXPECT_THAT(expired(), ElementsAre("connect: refused", "timeout: no answer"));
  EXPECT_EQ(target_.attempts().size(), 2u);
  EXPECT_EQ(lane_.report().state, LaneState::kWaiting) << "the incident is to be seen";
  target_.always(connectors::Delivered{});
  clock_.advance(1h);
  run();
  EXPECT_THAT(target_.delivered(), IsEmpty()) << "never later";
  put("B");
  run();
  EXPECT_THAT(target_.delivered(), ElementsAre("B"));
  EXPECT_EQ(lane_.report().state, LaneState::kRunning);
}

// As at a restart: the entries are there, nobody waits.
TEST_F(LaneAskTest, WhatNobodyWaitsForIsNotTried) {
  mail_.put("A", {{id_, 0}});
  run();
  EXPECT_THAT(target_.attempts(), IsEmpty());
  EXPECT_THAT(expired(), ElementsAre(HasSubstr("no_answer")));
}

TEST_F(LaneAskTest, ASenderThatHasGoneOrWaitedTooLongIsNotAskedFor) {
  EXPECT_TRUE(put("gone")->withdraw());
  put("late", 5s);
  clock_.advance(5s);
  run();
  EXPECT_THAT(target_.attempts(), IsEmpty());
  EXPECT_EQ(expired().size(), 2u);
}

TEST_F(LaneAskTest, ASenderThatGoesMeanwhileIsToldNothing) {
  const auto question = put("A");
  target_.behave([&](const connectors::Delivery&) {
    EXPECT_TRUE(question->withdraw());
    return connectors::Delivered{};
  });
  run();
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_THAT(expired(), ElementsAre(HasSubstr("its sender had gone")));
  EXPECT_FALSE(question->conclude("again"));
}

}  // namespace
}  // namespace deliver
