#include "deliver/lane.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>

#include "deliver/test_support/mail.hpp"
#include "deliver/test_support/paper_target.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"
#include "test_support/manual_clock.hpp"

namespace deliver {
namespace {

using namespace std::chrono_literals;
using connectors::Delivered;
using connectors::Delivery;
using connectors::Outcome;
using test_support::answered_ae;
using test_support::answered_ar;
using test_support::no_answer;
using test_support::refused;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Next = Lane::Next;

config::RetrySettings plain_retry() {
  config::RetrySettings retry;
  retry.jitter = 0;
  return retry;
}

// A lane, its target and its outbox, taken one step at a time.
class LaneTest : public testing::Test {
 protected:
  void SetUp() override { telemetry::start_log(telemetry::Level::kOff, {}); }

  Lane& lane() {
    if (!lane_) {
      LaneSettings settings{.name = "lab", .slice = {.connector = id_}, .retry = retry_};
      lane_ = std::make_unique<Lane>(settings, target_, mail_.outbox(), clock_);
    }
    return *lane_;
  }

  Lane::Step step() { return lane().step({}); }

  // Steps until the lane would sleep or pause, and says which.
  Lane::Step run() {
    Lane::Step last;
    do last = step();
    while (last.next == Next::kStep);
    return last;
  }

  // As run(), with the clock turned to the end of each pause, at most so often.
  void run_through_pauses(int pause_count) {
    for (int pause = 0; pause < pause_count; ++pause) {
      const Lane::Step last = run();
      if (last.next != Next::kPause) return;
      clock_.advance(last.until - clock_.steady_now());
    }
  }

  void put(std::string_view control_id, std::uint64_t key_hash = 0) {
    mail_.put(control_id, {{id_, key_hash}});
  }

  std::vector<store::ParkedEntry> parked() { return mail_.outbox().parked(id_, {}, 1000).value(); }

  std::vector<std::string> parked_ids() {
    std::vector<std::string> ids;
    for (const auto& entry : parked()) ids.push_back(entry.control_id);
    return ids;
  }

  base::Duration wait_of(const Lane::Step& step_made) {
    return step_made.until - clock_.steady_now();
  }

  ::test_support::ManualClock clock_;
  test_support::Mail mail_{clock_};
  store::ConnectorId id_ = mail_.connector("lab");
  test_support::PaperTarget target_;  // four entries a call
  config::RetrySettings retry_ = plain_retry();
  std::unique_ptr<Lane> lane_;
};

TEST_F(LaneTest, DeliversInOrderInBatchesAndThenSleeps) {
  mail_.put_many(id_, 1, 6);
  EXPECT_EQ(run().next, Next::kSleep);
  EXPECT_THAT(target_.delivered(), ElementsAre("1", "2", "3", "4", "5", "6"));
  EXPECT_THAT(target_.calls(), ElementsAre(4, 2));
  EXPECT_EQ(lane().report().delivered_count, 6u);
  EXPECT_EQ(mail_.outbox().status(id_).waiting_count, 0u);
}

TEST_F(LaneTest, ReportsHowLongMessagesTookFromTheirLastOctet) {
  mail_.put_many(id_, 1, 2);
  clock_.advance(30ms);
  run();
  mail_.put_many(id_, 3, 1);
  clock_.advance(48h);
  run();
  const telemetry::Distribution& took = lane().report().latencies;
  EXPECT_EQ(took.counts[telemetry::bucket_of(telemetry::kDeliveryBounds, 30)], 2u);
  EXPECT_EQ(took.counts[telemetry::kDeliveryBounds.size()], 1u) << "above all bounds";
  EXPECT_EQ(took.sum, 60u + 48u * 3'600'000u);
}

TEST_F(LaneTest, EachClassOfFailureIsCountedByItself) {
  using connectors::FailureClass;
  auto counter = static_cast<int>(telemetry::Counter::kDeliveryFailedConnect);
  for (int number = 1; number <= static_cast<int>(FailureClass::kSqlState); ++number) {
    const auto what = static_cast<FailureClass>(number);
    if (what == FailureClass::kStopped) continue;  // given back
    const auto each = static_cast<telemetry::Counter>(counter++);
    EXPECT_EQ(telemetry::info(each).label, connectors::to_string(what));
    const std::uint64_t before = telemetry::counted(each);
    connectors::Failure failure = answered_ar();
    failure.what = what;
    target_.always(failure);
    put(std::to_string(number));
    EXPECT_EQ(step().next, Next::kStep);
    EXPECT_EQ(telemetry::counted(each), before + 1) << connectors::to_string(what);
  }
}

TEST_F(LaneTest, WaitsForADeadTargetBySchedule) {
  mail_.put_many(id_, 1, 3);
  target_.always(refused());
  for (const base::Duration want : {1s, 2s, 4s, 8s}) {
    const Lane::Step paused = run();
    ASSERT_EQ(paused.next, Next::kPause);
    EXPECT_EQ(wait_of(paused), want);
    EXPECT_EQ(lane().report().state, LaneState::kWaiting);
    clock_.advance(want);
  }
}

TEST_F(LaneTest, ProbesADeadTargetWithOneEntry) {
  mail_.put_many(id_, 1, 5);
  target_.always(refused());
  run_through_pauses(3);
  EXPECT_THAT(target_.calls(), ElementsAre(4, 1, 1));
}

TEST_F(LaneTest, GoesOnInOrderAndInBatchesWhenTheTargetIsBack) {
  mail_.put_many(id_, 1, 6);
  target_.always(refused());
  run_through_pauses(3);
  target_.always(Delivered{});
  EXPECT_EQ(run().next, Next::kSleep);
  EXPECT_THAT(target_.delivered(), ElementsAre("1", "2", "3", "4", "5", "6"));
  EXPECT_THAT(target_.calls(), ElementsAre(4, 1, 1, 1, 4, 1));
  EXPECT_EQ(lane().report().state, LaneState::kRunning);
}

TEST_F(LaneTest, KeepsTheOrderWhenTheTargetFailsInMidBatch) {
  mail_.put_many(id_, 1, 4);
  target_.behave([](const Delivery& delivery) -> Outcome {
    if (delivery.control_id == "3") return refused();
    return Delivered{};
  });
  run();
  EXPECT_THAT(target_.delivered(), ElementsAre("1", "2"));
  target_.always(Delivered{});
  run_through_pauses(2);
  EXPECT_THAT(target_.delivered(), ElementsAre("1", "2", "3", "4"));
}

TEST_F(LaneTest, NeverSetsAMessageAsideForItsTarget) {
  mail_.put_many(id_, 1, 2);
  target_.always(refused());
  run_through_pauses(500);
  EXPECT_THAT(parked_ids(), IsEmpty());
  EXPECT_EQ(mail_.outbox().status(id_).waiting_count, 2u);
}

TEST_F(LaneTest, ParksARefusedMessageAtOnceAndGoesOn) {
  mail_.put_many(id_, 1, 3);
  target_.behave([](const Delivery& delivery) -> Outcome {
    if (delivery.control_id == "2") return answered_ar();
    return Delivered{};
  });
  EXPECT_EQ(run().next, Next::kSleep);
  EXPECT_THAT(target_.delivered(), ElementsAre("1", "3"));
  ASSERT_THAT(parked_ids(), ElementsAre("2"));
  EXPECT_EQ(parked().front().reason, "answer_code: answered AR");
  EXPECT_EQ(parked().front().words, "MSA|AR|patient DOE is unknown");
  EXPECT_EQ(lane().report().state, LaneState::kRunning);
}

TEST_F(LaneTest, TriesAnUnclearAnswerAsOftenAsAttemptsThenParks) {
  mail_.put_many(id_, 1, 2);
  target_.behave([](const Delivery& delivery) -> Outcome {
    if (delivery.control_id == "1") return answered_ae();
    return Delivered{};
  });
  for (const base::Duration wait : {1s, 2s, 4s, 8s}) {
    EXPECT_EQ(run().next, Next::kSleep) << "the entry waits, not the lane";
    EXPECT_THAT(target_.delivered(), IsEmpty()) << "those behind it wait, too";
    clock_.advance(wait - 1ms);
    EXPECT_EQ(run().next, Next::kSleep) << "too early";
    clock_.advance(1ms);
  }
  EXPECT_THAT(parked_ids(), IsEmpty());
  run();
  EXPECT_THAT(parked_ids(), ElementsAre("1"));
  EXPECT_THAT(target_.delivered(), ElementsAre("2"));
  EXPECT_THAT(target_.attempts(), ElementsAre(1, 2, 3, 4, 5, 1));
}

TEST_F(LaneTest, DoesNotCountTheTargetsFailuresAsAttemptsOfTheMessage) {
  put("1");
  target_.always(refused());
  run_through_pauses(30);
  target_.always(answered_ae());
  run();
  EXPECT_THAT(parked_ids(), IsEmpty());
  target_.always(Delivered{});
  clock_.advance(1s);
  run();
  EXPECT_THAT(target_.delivered(), ElementsAre("1"));
}

TEST_F(LaneTest, NeverParksAMessageThatTimesOutWhileNoneElsePasses) {
  mail_.put_many(id_, 1, 2);
  target_.always(no_answer());
  run_through_pauses(100);
  EXPECT_THAT(parked_ids(), IsEmpty());
  EXPECT_EQ(lane().report().state, LaneState::kWaiting);
}

TEST_F(LaneTest, ParksAMessageThatAloneTimesOutWhileOthersPass) {
  put("bad", 1);
  target_.behave([](const Delivery& delivery) -> Outcome {
    if (delivery.control_id == "bad") return no_answer();
    return Delivered{};
  });
  for (int round = 0; round < 60 && parked_ids().empty(); ++round) {
    put("good" + std::to_string(round), 2);
    run();
    clock_.advance(2s);
  }
  EXPECT_THAT(parked_ids(), ElementsAre("bad"));
  EXPECT_EQ(mail_.outbox().status(id_).waiting_count, 0u) << "all others have passed";
}

TEST_F(LaneTest, StopsWhenToldToWhenAMessageIsExhausted) {
  retry_.on_exhausted = config::RetrySettings::OnExhausted::kStop;
  retry_.attempts = 2;
  mail_.put_many(id_, 1, 2);
  target_.always(answered_ae());
  run();
  clock_.advance(1s);
  EXPECT_EQ(run().next, Next::kPause);
  EXPECT_EQ(lane().report().state, LaneState::kStopped);
  EXPECT_THAT(parked_ids(), IsEmpty());

  run_through_pauses(20);
  EXPECT_EQ(lane().report().state, LaneState::kStopped) << "probes go on failing";
  target_.always(Delivered{});
  run();
  EXPECT_THAT(target_.delivered(), ElementsAre("1", "2"));
  EXPECT_EQ(lane().report().state, LaneState::kRunning);
}

TEST_F(LaneTest, HoldsTheKeyOfAnExhaustedMessageWhileOthersGoOn) {
  retry_.on_exhausted = config::RetrySettings::OnExhausted::kHoldKey;
  retry_.attempts = 2;
  retry_.max = 10s;
  put("bad", 1);
  put("behind", 1);
  bool mended = false;
  target_.behave([&mended](const Delivery& delivery) -> Outcome {
    if (delivery.control_id == "bad" && !mended) return answered_ae();
    return Delivered{};
  });
  for (int round = 0; round < 100; ++round) {
    put("other" + std::to_string(round), 2);
    run();
    clock_.advance(1s);
  }
  EXPECT_THAT(parked_ids(), IsEmpty());
  EXPECT_EQ(lane().report().state, LaneState::kRunning);
  EXPECT_EQ(target_.delivered().size(), 100u);
  EXPECT_EQ(mail_.outbox().status(id_).waiting_count, 2u);

  mended = true;
  clock_.advance(10s);
  run();
  ASSERT_EQ(target_.delivered().size(), 102u);
  EXPECT_EQ(target_.delivered()[100], "bad");
  EXPECT_EQ(target_.delivered()[101], "behind");
}

TEST_F(LaneTest, BrakesAfterTwentyDeadLettersInARow) {
  mail_.put_many(id_, 1, 25);
  target_.always(answered_ar());
  EXPECT_EQ(run().next, Next::kPause);
  EXPECT_EQ(lane().report().state, LaneState::kStopped);
  EXPECT_EQ(parked_ids().size(), 20u);

  run_through_pauses(10);
  EXPECT_EQ(parked_ids().size(), 20u) << "a probe of a stopped lane parks nothing";

  target_.always(Delivered{});
  run();
  EXPECT_THAT(target_.delivered(), ElementsAre("21", "22", "23", "24", "25"));
}

TEST_F(LaneTest, CountsForTheBrakeOnlyDeadLettersInARow) {
  mail_.put_many(id_, 1, 60);
  target_.behave([](const Delivery& delivery) -> Outcome {
    if (std::stoi(std::string(delivery.control_id)) % 20 == 0) return Delivered{};
    return answered_ar();
  });
  EXPECT_EQ(run().next, Next::kSleep);
  EXPECT_EQ(lane().report().state, LaneState::kRunning);
  EXPECT_EQ(parked_ids().size(), 57u);
}

TEST_F(LaneTest, TriesAtOnceWhenResumedByHand) {
  put("1");
  target_.always(refused());
  run_through_pauses(8);
  ASSERT_EQ(run().next, Next::kPause);
  target_.always(Delivered{});
  lane().resume();
  EXPECT_EQ(run().next, Next::kSleep);
  EXPECT_THAT(target_.delivered(), ElementsAre("1"));
}

TEST_F(LaneTest, GivesAMessageItsAttemptsBackWhenResumedByHand) {
  retry_.on_exhausted = config::RetrySettings::OnExhausted::kStop;
  retry_.attempts = 2;
  put("1");
  target_.always(answered_ae());
  run();
  clock_.advance(1s);
  run();
  ASSERT_EQ(lane().report().state, LaneState::kStopped);
  lane().resume();
  EXPECT_EQ(run().next, Next::kSleep);
  EXPECT_EQ(lane().report().state, LaneState::kRunning) << "one AE is not two";
}

TEST_F(LaneTest, SetsAnOldMessageAsideAndWaitsAllTheSame) {
  retry_.max_age = 10s;
  put("old");
  target_.always(refused());
  run();
  clock_.advance(11s);
  put("young");
  EXPECT_EQ(run().next, Next::kPause) << "the target is still dead";
  EXPECT_THAT(parked_ids(), ElementsAre("old"));
}

TEST_F(LaneTest, WaitsAsLongAsTheTargetAsks) {
  put("1");
  auto failure = refused();
  failure.retry_after = 90s;
  target_.always(failure);
  EXPECT_EQ(wait_of(run()), 90s);
}

TEST_F(LaneTest, GivesBackUntriedWhatAStopCutsOff) {
  mail_.put_many(id_, 1, 4);
  std::stop_source stopping;
  target_.behave([&stopping](const Delivery& delivery) -> Outcome {
    if (delivery.control_id == "2") stopping.request_stop();
    return Delivered{};
  });
  EXPECT_EQ(lane().step(stopping.get_token()).next, Next::kStep);
  EXPECT_THAT(target_.delivered(), ElementsAre("1", "2"));

  run();
  EXPECT_THAT(target_.delivered(), ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(target_.attempts(), ElementsAre(1, 1, 1, 1)) << "untried is not an attempt";
}

TEST_F(LaneTest, DoesNotCountATryThatAShutdownEnded) {
  put("1");
  target_.always(connectors::Failure{.what = connectors::FailureClass::kStopped});
  EXPECT_EQ(step().next, Next::kStep);
  EXPECT_EQ(lane().report().state, LaneState::kRunning);
  target_.always(Delivered{});
  run();
  EXPECT_THAT(target_.attempts(), ElementsAre(1, 1));
}

// Whatever the connector was doing when it died, nothing is lost and the order holds;
// what had reached the target before may reach it again.
TEST_F(LaneTest, LosesNothingWhereverItsConnectorDies) {
  for (int fatal_call = 1; fatal_call <= 9; ++fatal_call) {
    SCOPED_TRACE(fatal_call);
    int call = 0;
    const std::size_t before = target_.delivered().size();
    target_.behave([&call, fatal_call](const Delivery&) -> Outcome {
      if (++call == fatal_call) throw std::runtime_error("boom");
      return Delivered{};
    });
    mail_.put_many(id_, 1, 9);
    try {
      run();
      ADD_FAILURE() << "it did not die";
    } catch (const std::runtime_error&) {
      lane().abandon();
    }
    EXPECT_EQ(run().next, Next::kSleep);

    auto delivered = target_.delivered();
    delivered.erase(delivered.begin(), delivered.begin() + static_cast<std::ptrdiff_t>(before));
    std::vector<std::string> first_times;
    for (const std::string& id : delivered) {
      if (std::ranges::find(first_times, id) == first_times.end()) first_times.push_back(id);
    }
    EXPECT_THAT(first_times, ElementsAre("1", "2", "3", "4", "5", "6", "7", "8", "9"));
    EXPECT_LE(delivered.size(), 9u + 3u) << "only what was in hand";
    EXPECT_EQ(mail_.outbox().status(id_).waiting_count, 0u);
  }
}

TEST_F(LaneTest, EndsWithTheOutbox) {
  put("1");
  mail_.outbox().close();
  EXPECT_EQ(step().next, Next::kEnd);
}

TEST_F(LaneTest, SaysOnceThatAnIncidentBeganAndOnceThatItEnded) {
  mail_.put_many(id_, 1, 8);
  target_.always(refused());
  telemetry::start_log(telemetry::Level::kInfo, telemetry::LogFormat::kText);
  testing::internal::CaptureStderr();
  run_through_pauses(10);
  target_.always(Delivered{});
  run();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(log, '\n'), 2) << log;
  EXPECT_THAT(log, HasSubstr("delivery_incident_began"));
  EXPECT_THAT(log, HasSubstr("delivery_incident_ended"));
  EXPECT_THAT(log, HasSubstr("10"));   // failures
  EXPECT_THAT(log, HasSubstr("811"));  // seconds: 1+2+4+...+256+300
}

TEST_F(LaneTest, LogsNoPatientData) {
  mail_.put_many(id_, 1, 30);
  target_.always(answered_ar());
  telemetry::start_log(telemetry::Level::kDebug, telemetry::LogFormat::kText);
  testing::internal::CaptureStderr();
  run();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("message_parked"));
  EXPECT_THAT(log, HasSubstr("lane_stopped"));
  EXPECT_THAT(log, Not(HasSubstr("DOE")));
}

TEST_F(LaneTest, WhatNoFilterCouldJudgeIsPutAsideUntried) {
  put("M1", store::kParkAtOnce + 2);
  put("M2");
  run();
  EXPECT_THAT(target_.delivered(), ElementsAre("M2"));
  ASSERT_EQ(parked().size(), 1u);
  EXPECT_EQ(parked()[0].control_id, "M1");
  EXPECT_EQ(parked()[0].reason, "filter_error: the filter could not be evaluated (fault 2)");
  ASSERT_TRUE(mail_.outbox().release(id_, parked()[0].id).value());
  run();
  EXPECT_THAT(target_.delivered(), ElementsAre("M2", "M1"));
  EXPECT_TRUE(parked().empty());
}

}  // namespace
}  // namespace deliver
