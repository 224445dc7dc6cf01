// The deadlines of a session: product.md section 2. Only one is armed, the first to
// come; a connection that is busy moves it without touching the queue.
#include <algorithm>

#include "session/mllp_session.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace session {
namespace {

using telemetry::Counter;

constexpr auto kCommitBlockTimeout = std::chrono::seconds(30);  // release 2: the peer's
constexpr auto kUnfinishedAfter = std::chrono::seconds(5);      // then it is told, once
constexpr base::SteadyTime kNever = net::Deadlines::kNever;

// 0 turns a deadline off.
base::SteadyTime after(base::SteadyTime since, base::Duration limit) noexcept {
  return limit == base::Duration::zero() ? kNever : since + limit;
}

}  // namespace

// No frame is being read, no answer is owed, nothing waits to be sent.
bool MllpSession::is_idle() const noexcept {
  return !decoder_.inside_frame() && exchanges_.empty() && !writing_;
}

void MllpSession::set_deadline() {
  const config::ListenerSettings& settings = context_.settings;
  base::SteadyTime due = kNever;
  if (writing_) due = std::min(due, after(write_since_, settings.write_timeout));
  if (const Exchange* const open = asking()) due = std::min(due, open->question->due());
  if (awaiting_commit_block_) due = std::min(due, commit_block_since_ + kCommitBlockTimeout);
  if (phase_ == Phase::kOpen) {
    if (is_idle()) due = std::min(due, after(quiet_since_, settings.idle_timeout));
    if (decoder_.inside_frame() && reading_) {
      due = std::min({due, after(frame_since_, settings.frame_timeout),
                      after(last_read_, settings.idle_timeout)});
      if (!unfinished_told_) due = std::min(due, frame_since_ + kUnfinishedAfter);
    }
  }
  watch_.set(due);
}

void MllpSession::deadline_came() {
  const base::SteadyTime now = context_.loop.clock().steady_now();
  const config::ListenerSettings& settings = context_.settings;
  if (writing_ && now >= after(write_since_, settings.write_timeout)) {
    return time_out(Counter::kTimeoutWrite, "write_timeout");
  }
  if (awaiting_commit_block_ && now >= commit_block_since_ + kCommitBlockTimeout) {
    return time_out(Counter::kTimeoutCommitBlock, "commit_block_timeout");
  }
  if (const Exchange* const open = asking(); open != nullptr && now >= open->question->due()) {
    return give_up_asking();
  }
  if (phase_ == Phase::kEnding) return break_off("linger");
  if (decoder_.inside_frame() && now >= after(frame_since_, settings.frame_timeout)) {
    return time_out(Counter::kTimeoutFrame, "frame_timeout");
  }
  if (is_late_unfinished(now)) return tell_unfinished(now);
  time_out(Counter::kTimeoutIdle, "idle_timeout");
}

bool MllpSession::is_late_unfinished(base::SteadyTime now) const noexcept {
  return decoder_.inside_frame() && !unfinished_told_ && now >= frame_since_ + kUnfinishedAfter &&
         now < after(last_read_, context_.settings.idle_timeout);
}

// A sender that forgets the end of its frames looks like one that sends nothing: both
// sides wait. This line tells the two apart, long before a time-out does.
void MllpSession::tell_unfinished(base::SteadyTime now) {
  unfinished_told_ = true;
  telemetry::count(Counter::kFramesUnfinished);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - frame_since_);
  telemetry::log(telemetry::Level::kWarning, "frame_unfinished",
                 {{"connection", id_},
                  {"peer", peer_->address},
                  {"waiting_bytes", decoder_.buffered_bytes()},
                  {"seconds", seconds.count()}});
  set_deadline();
}

// Ends the connection without an answer to what timed out. What was answered or
// stored before is not touched: owed answers still go out if they can.
void MllpSession::time_out(Counter counter, std::string_view reason) {
  telemetry::count(counter);
  if (writing_ || awaiting_commit_block_) {
    end_reason_ = reason;
    return break_off(reason);
  }
  end(reason);
}

}  // namespace session
