#include "deliver/course.hpp"

#include <gtest/gtest.h>

namespace deliver {
namespace {

using connectors::Blame;
using connectors::Failure;
using connectors::FailureClass;
using OnExhausted = config::RetrySettings::OnExhausted;

struct Row {
  const char* name;
  FailureClass what;
  Blame blame;
  LaneState lane = LaneState::kRunning;
  std::uint64_t unclear_count = 0;
  bool others_passed = false;
  bool expired = false;
  Course dead_letter = Course::kTryAgain;  // with on_exhausted: dead_letter
  Course stop = Course::kTryAgain;         // with on_exhausted: stop
};

constexpr auto kRun = LaneState::kRunning;
constexpr auto kWait = LaneState::kWaiting;
constexpr auto kStill = LaneState::kStopped;
constexpr auto kAgain = Course::kTryAgain;
constexpr auto kLater = Course::kTryLater;
constexpr auto kPark = Course::kPark;
constexpr auto kExpire = Course::kExpire;
constexpr auto kStop = Course::kStop;
constexpr auto kGiveBack = Course::kGiveBack;
constexpr bool kPassed = true;
constexpr bool kOld = true;
constexpr bool kNo = false;

// `attempts` is 5.
const Row kRows[] = {
    {"shutting_down", FailureClass::kStopped, Blame::kTarget, kRun, 0, kNo, kNo, kGiveBack,
     kGiveBack},
    {"shutting_down_old", FailureClass::kStopped, Blame::kTarget, kRun, 0, kNo, kOld, kGiveBack,
     kGiveBack},

    {"refused", FailureClass::kConnect, Blame::kTarget, kRun, 0, kNo, kNo, kAgain, kAgain},
    {"refused_ever_so_often", FailureClass::kConnect, Blame::kTarget, kWait, 0, kPassed, kNo,
     kAgain, kAgain},
    {"reset", FailureClass::kReset, Blame::kTarget, kRun, 0, kNo, kNo, kAgain, kAgain},
    {"disk_full", FailureClass::kDisk, Blame::kTarget, kRun, 0, kNo, kNo, kAgain, kAgain},
    {"refused_and_too_old", FailureClass::kConnect, Blame::kTarget, kWait, 0, kNo, kOld, kExpire,
     kStop},

    {"answered_ar", FailureClass::kAnswerCode, Blame::kMessage, kRun, 0, kNo, kNo, kPark, kPark},
    {"conflict", FailureClass::kConflict, Blame::kMessage, kWait, 0, kNo, kNo, kPark, kPark},
    {"answered_ar_and_old", FailureClass::kAnswerCode, Blame::kMessage, kRun, 0, kNo, kOld, kPark,
     kPark},

    {"first_ae", FailureClass::kAnswerCode, Blame::kUnclear, kRun, 1, kNo, kNo, kLater, kLater},
    {"fourth_ae", FailureClass::kAnswerCode, Blame::kUnclear, kRun, 4, kNo, kNo, kLater, kLater},
    {"fifth_ae", FailureClass::kAnswerCode, Blame::kUnclear, kRun, 5, kNo, kNo, kPark, kStop},
    {"fifth_mismatch", FailureClass::kMismatch, Blame::kUnclear, kRun, 5, kNo, kNo, kPark, kStop},
    {"first_ae_but_too_old", FailureClass::kAnswerCode, Blame::kUnclear, kRun, 1, kNo, kOld,
     kExpire, kStop},

    {"first_timeout", FailureClass::kTimeout, Blame::kUnclear, kRun, 1, kNo, kNo, kAgain, kAgain},
    {"hundredth_timeout_alone", FailureClass::kTimeout, Blame::kUnclear, kWait, 100, kNo, kNo,
     kAgain, kAgain},
    {"fourth_timeout_others_pass", FailureClass::kTimeout, Blame::kUnclear, kRun, 4, kPassed, kNo,
     kAgain, kAgain},
    {"fifth_timeout_others_pass", FailureClass::kTimeout, Blame::kUnclear, kRun, 5, kPassed, kNo,
     kPark, kStop},

    {"probe_of_a_stopped_lane_refused", FailureClass::kConnect, Blame::kTarget, kStill, 0, kNo, kNo,
     kAgain, kAgain},
    {"probe_of_a_stopped_lane_ar", FailureClass::kAnswerCode, Blame::kMessage, kStill, 0, kNo, kNo,
     kAgain, kAgain},
    {"probe_of_a_stopped_lane_old", FailureClass::kAnswerCode, Blame::kUnclear, kStill, 9, kNo,
     kOld, kAgain, kAgain},
};

TEST(Course, HoldsAKeyInPlaceOfADeadLetter) {
  config::RetrySettings settings;
  settings.on_exhausted = OnExhausted::kHoldKey;
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    const Failure failure{.what = row.what, .blame = row.blame};
    FailedTry tried{.failure = failure,
                    .lane = row.lane,
                    .unclear_count = row.unclear_count,
                    .others_passed = row.others_passed,
                    .expired = row.expired,
                    .has_key = true};
    const bool exhausted = row.dead_letter != row.stop;
    const bool target = row.blame == Blame::kTarget;
    EXPECT_EQ(choose_course(settings, tried), !exhausted ? row.dead_letter
                                              : target   ? kAgain
                                                         : Course::kHold);
    tried.has_key = false;
    EXPECT_EQ(choose_course(settings, tried), !exhausted ? row.dead_letter
                                              : target   ? kAgain
                                                         : kStop);
  }
}

TEST(Course, FollowsTheTable) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    const Failure failure{.what = row.what, .blame = row.blame};
    const FailedTry tried{.failure = failure,
                          .lane = row.lane,
                          .unclear_count = row.unclear_count,
                          .others_passed = row.others_passed,
                          .expired = row.expired};
    config::RetrySettings settings;
    settings.on_exhausted = OnExhausted::kDeadLetter;
    EXPECT_EQ(choose_course(settings, tried), row.dead_letter);
    settings.on_exhausted = OnExhausted::kStop;
    EXPECT_EQ(choose_course(settings, tried), row.stop);
  }
}

}  // namespace
}  // namespace deliver
