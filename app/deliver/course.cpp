#include "deliver/course.hpp"

#include "deliver/retry_schedule.hpp"

namespace deliver {
namespace {

using connectors::Blame;
using connectors::FailureClass;

bool stops_when_exhausted(const config::RetrySettings& settings) noexcept {
  return settings.on_exhausted == config::RetrySettings::OnExhausted::kStop;
}

}  // namespace

Course choose_course(const config::RetrySettings& settings, const FailedTry& tried) noexcept {
  const connectors::Failure& failure = tried.failure;
  if (failure.what == FailureClass::kStopped) return Course::kGiveBack;
  if (tried.lane == LaneState::kStopped) return Course::kTryAgain;
  if (failure.blame == Blame::kMessage) return Course::kPark;
  if (tried.expired) return stops_when_exhausted(settings) ? Course::kStop : Course::kExpire;
  if (failure.blame == Blame::kTarget) return Course::kTryAgain;

  // A target that does not answer may be dead; only others that pass tell that it is not.
  const bool answered = failure.what != FailureClass::kTimeout;
  const bool used_up = attempts_used_up(settings, tried.unclear_count);
  if (used_up && (answered || tried.others_passed)) {
    return stops_when_exhausted(settings) ? Course::kStop : Course::kPark;
  }
  return answered ? Course::kTryLater : Course::kTryAgain;
}

}  // namespace deliver
