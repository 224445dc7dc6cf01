#include "deliver/course.hpp"

#include "deliver/retry_schedule.hpp"

namespace deliver {
namespace {

using connectors::Blame;
using connectors::FailureClass;

// What becomes of an entry that is exhausted; `aside` is how it would be set aside.
Course end_of(const config::RetrySettings& settings, const FailedTry& tried,
              Course aside) noexcept {
  using OnExhausted = config::RetrySettings::OnExhausted;
  switch (settings.on_exhausted) {
    case OnExhausted::kDeadLetter: return aside;
    case OnExhausted::kStop: return Course::kStop;
    case OnExhausted::kHoldKey: break;
  }
  if (tried.failure.blame == Blame::kTarget) return Course::kTryAgain;
  return tried.has_key ? Course::kHold : Course::kStop;
}

}  // namespace

Course choose_course(const config::RetrySettings& settings, const FailedTry& tried) noexcept {
  const connectors::Failure& failure = tried.failure;
  if (failure.what == FailureClass::kStopped) return Course::kGiveBack;
  if (tried.lane == LaneState::kStopped) return Course::kTryAgain;
  if (failure.blame == Blame::kMessage) return Course::kPark;
  if (tried.expired) return end_of(settings, tried, Course::kExpire);
  if (failure.blame == Blame::kTarget) return Course::kTryAgain;

  // A target that does not answer may be dead; only others that pass tell that it is not.
  const bool answered = failure.what != FailureClass::kTimeout;
  const bool used_up = attempts_used_up(settings, tried.unclear_count);
  if (used_up && (answered || tried.others_passed)) {
    return end_of(settings, tried, Course::kPark);
  }
  return answered ? Course::kTryLater : Course::kTryAgain;
}

}  // namespace deliver
