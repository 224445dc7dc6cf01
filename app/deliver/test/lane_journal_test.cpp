// The journal is told of each attempt, with what came of it, before the outbox is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "audit/record.hpp"
#include "deliver/lane.hpp"
#include "deliver/test_support/mail.hpp"
#include "deliver/test_support/paper_target.hpp"
#include "telemetry/log.hpp"
#include "test_support/manual_clock.hpp"

namespace deliver {
namespace {

using connectors::Delivered;
using connectors::Delivery;
using connectors::Outcome;
using testing::ElementsAre;
using testing::IsEmpty;

class PaperJournal final : public audit::Journal {
 public:
  PaperJournal(store::Outbox& outbox, store::ConnectorId connector)
      : outbox_(outbox), connector_(connector) {}

  std::vector<std::string> lines;

  void attempts(std::span<const audit::AttemptMade> made) override {
    for (const audit::AttemptMade& each : made) {
      lines.push_back(std::string(each.connector) + " " + std::to_string(each.entry.value) + "." +
                      std::to_string(each.number) + " " + std::string(each.outcome) +
                      (each.reason.empty() ? "" : " " + each.reason.substr(0, 11)));
      EXPECT_EQ(outbox_.debt(connector_, each.entry).value(), store::DebtState::kWaiting)
          << "told before it is settled";
    }
  }

  base::Result<std::uint64_t, std::string> record_now(audit::RecordText) override {
    return std::uint64_t{0};
  }

 private:
  store::Outbox& outbox_;
  const store::ConnectorId connector_;
};

class LaneJournalTest : public testing::Test {
 protected:
  void SetUp() override { telemetry::start_log(telemetry::Level::kOff, {}); }

  Lane::Step step(const std::stop_token& stop = {}) {
    if (!lane_) {
      LaneSettings settings{.name = "lab", .slice = {.connector = id_}, .retry = {}};
      settings.journal = &journal_;
      lane_ = std::make_unique<Lane>(settings, target_, mail_.outbox(), clock_);
    }
    return lane_->step(stop);
  }

  void put(std::string_view control_id, std::uint64_t key_hash = 0) {
    mail_.put(control_id, {{id_, key_hash}});
  }

  ::test_support::ManualClock clock_;
  test_support::Mail mail_{clock_};
  store::ConnectorId id_ = mail_.connector("lab");
  test_support::PaperTarget target_;  // four entries a call
  PaperJournal journal_{mail_.outbox(), id_};
  std::unique_ptr<Lane> lane_;
};

TEST_F(LaneJournalTest, EachOutcomeIsToldOnce) {
  put("1");
  put("2", 2);
  put("3", 3);
  target_.behave([](const Delivery& delivery) -> Outcome {
    if (delivery.control_id == "2") return test_support::answered_ar();
    if (delivery.control_id == "3") return test_support::answered_ae();
    return Delivered{};
  });
  for (int turn = 0; turn < 4; ++turn) static_cast<void>(step());  // a call ends at a failure
  EXPECT_THAT(journal_.lines, ElementsAre("lab 1.1 delivered", "lab 2.1 dead_letter answer_code",
                                          "lab 3.1 retry answer_code"));
}

TEST_F(LaneJournalTest, ADeadTargetIsAnAttempt) {
  put("1");
  target_.always(test_support::refused());
  static_cast<void>(step());
  EXPECT_THAT(journal_.lines, ElementsAre("lab 1.1 retry connect: re"));
}

TEST_F(LaneJournalTest, WhatWasNotTriedIsNone) {
  put("1");
  target_.always(connectors::NotTried{});
  static_cast<void>(step());
  put("2", store::kParkAtOnce);  // no filter could judge it
  static_cast<void>(step());
  EXPECT_THAT(journal_.lines, IsEmpty());
}

TEST_F(LaneJournalTest, OneThatAStopHasCutShortIsToldAsThat) {
  put("1");
  connectors::Failure cut = test_support::no_answer();
  cut.what = connectors::FailureClass::kStopped;
  target_.always(cut);
  static_cast<void>(step());
  EXPECT_THAT(journal_.lines, ElementsAre(testing::StartsWith("lab 1.1 interrupted stopped")));
}

}  // namespace
}  // namespace deliver
