#include "cli/send_run.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.hpp"
#include "mllp/frame_encoder.hpp"

namespace cli {
namespace {

constexpr base::Duration kTick = std::chrono::milliseconds(50);
constexpr base::Duration kRetryWaitMax = std::chrono::seconds(30);

// A server that takes connections and never answers on any is given up at last.
constexpr unsigned kLossesMax = 10;

Settlement to_settlement(const CheckedAnswer& answer) noexcept {
  switch (answer.fault) {
    case AnswerFault::kMismatched: return Settlement::kMismatched;
    case AnswerFault::kUnreadable:
    case AnswerFault::kUnknownCode: return Settlement::kUnreadable;
    case AnswerFault::kNone: break;
  }
  return hl7::is_accept(answer.code) ? Settlement::kAccepted : Settlement::kRefused;
}

// What may be tried again: AE and CE by this product's meaning, and silence.
bool may_be_retried(const SendOutcome& outcome) noexcept {
  if (outcome.settlement == Settlement::kUnanswered) return true;
  return outcome.settlement == Settlement::kRefused &&
         (outcome.code == hl7::AckCode::kAE || outcome.code == hl7::AckCode::kCE);
}

}  // namespace

std::uint64_t SendTally::settled() const noexcept {
  std::uint64_t sum = mismatched + unreadable + unanswered;
  for (const std::uint64_t count : by_code) sum += count;
  return sum;
}

SendRun::SendRun(SendPlan plan, InputStream& stream, SendObserver& observer,
                 const base::Clock& clock)
    : plan_(std::move(plan)),
      stream_(stream),
      observer_(observer),
      clock_(clock),
      loop_(plan_.destination, plan_.connection_count, *this),
      lanes_(plan_.connection_count) {
  CHECK(plan_.connection_count > 0 && plan_.in_flight_max > 0);
}

SendTally SendRun::run() {
  begun_at_ = clock_.steady_now();
  while (!is_finished()) {
    const base::SteadyTime now = clock_.steady_now();
    for (std::size_t peer = 0; peer < lanes_.size(); ++peer) pump(peer, now);
    if (is_finished()) break;
    loop_.run_once(wait_time(clock_.steady_now()));
    stopped_ = observer_.on_tick(tally_) || stopped_;
  }
  tally_.complete = !next_ && exhausted_;
  for (Lane& lane : lanes_) settle_waiting(lane, "stopped before it was sent again");
  return tally_;
}

bool SendRun::has_more() {
  if (!next_ && !exhausted_) {
    next_ = stream_.next();
    exhausted_ = !next_;
  }
  return next_.has_value() && !stopped_;
}

// The first of all goes at once; after that, by the rate.
bool SendRun::may_take(base::SteadyTime now) {
  if (!has_more()) return false;
  if (plan_.messages_per_second <= 0.0) return true;
  const double elapsed = std::chrono::duration<double>(now - begun_at_).count();
  return static_cast<double>(taken_count_) <= elapsed * plan_.messages_per_second;
}

bool SendRun::is_finished() {
  const bool more = has_more();
  return std::all_of(lanes_.begin(), lanes_.end(), [&](const Lane& lane) {
    if (!lane.in_flight.empty()) return false;
    return lane.given_up || stopped_ || (lane.again.empty() && !more);
  });
}

base::Duration SendRun::wait_time(base::SteadyTime now) const {
  base::Duration wait = kTick;
  if (plan_.messages_per_second > 0.0 && next_) {
    const double due = static_cast<double>(taken_count_) / plan_.messages_per_second;
    const auto due_at =
        begun_at_ + std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(due));
    if (due_at > now) wait = std::min(wait, due_at - now);
  }
  for (const Lane& lane : lanes_) {
    if (lane.not_before > now) wait = std::min(wait, lane.not_before - now);
  }
  return wait;
}

base::Duration SendRun::retry_wait(unsigned failures) const {
  base::Duration wait = plan_.retry_wait;
  for (unsigned i = 1; i < failures && wait < kRetryWaitMax; ++i) wait *= 2;
  return std::min(wait, kRetryWaitMax);
}

void SendRun::pump(std::size_t peer, base::SteadyTime now) {
  Lane& lane = lanes_[peer];
  if (lane.given_up) return;
  give_up_if_silent(peer, now);
  if (loop_.is_idle(peer)) return connect(peer, now);
  if (!loop_.is_ready(peer)) return;
  if (lane.again.empty()) {
    send_new(peer, now);
  } else if (lane.in_flight.empty() && now >= lane.not_before) {
    send_again(peer, now);
  }
}

void SendRun::connect(std::size_t peer, base::SteadyTime now) {
  Lane& lane = lanes_[peer];
  const bool wanted = !stopped_ && (!lane.again.empty() || has_more());
  if (!wanted || now < lane.not_before) return;
  lane.connecting_since = now;
  const auto begun = loop_.connect(peer);
  if (!begun) on_lost(peer, begun.error());
}

void SendRun::give_up_if_silent(std::size_t peer, base::SteadyTime now) {
  const Lane& lane = lanes_[peer];
  const bool connecting = !loop_.is_idle(peer) && !loop_.is_ready(peer);
  const bool silent = connecting ? now - lane.connecting_since > plan_.answer_timeout
                                 : !lane.in_flight.empty() &&
                                       now - lane.in_flight.front().sent_at > plan_.answer_timeout;
  if (!silent) return;
  loop_.close(peer);
  on_lost(peer, connecting ? PeerLoss{LossKind::kConnect, ETIMEDOUT} : PeerLoss{LossKind::kSilent});
}

void SendRun::send_again(std::size_t peer, base::SteadyTime now) {
  Lane& lane = lanes_[peer];
  while (!lane.again.empty() && lane.in_flight.size() < plan_.in_flight_max) {
    Flight flight = std::move(lane.again.front());
    lane.again.pop_front();
    send(peer, std::move(flight), now);
  }
  loop_.flush(peer);
}

void SendRun::send_new(std::size_t peer, base::SteadyTime now) {
  Lane& lane = lanes_[peer];
  if (stopped_ || lane.in_flight.size() == plan_.in_flight_max) return;
  while (lane.in_flight.size() < plan_.in_flight_max && may_take(now)) {
    Flight flight;
    flight.message = *std::exchange(next_, std::nullopt);
    ++taken_count_;
    send(peer, std::move(flight), now);
  }
  loop_.flush(peer);
}

void SendRun::send(std::size_t peer, Flight flight, base::SteadyTime now) {
  mllp::append_frame(loop_.outgoing(peer), base::as_bytes(flight.message.payload));
  ++flight.attempt;
  flight.sent_at = now;
  lanes_[peer].in_flight.push_back(std::move(flight));
}

void SendRun::on_connected(std::size_t peer) { lanes_[peer].connect_failures = 0; }

AnswerVerdict SendRun::on_answer(std::size_t peer, base::ByteView payload) {
  Lane& lane = lanes_[peer];
  if (lane.in_flight.empty()) {
    ++tally_.unexpected;
    return AnswerVerdict::kGoOn;
  }
  Flight flight = std::move(lane.in_flight.front());
  lane.in_flight.pop_front();
  lane.losses = 0;
  judge(lane, std::move(flight), payload);
  return AnswerVerdict::kGoOn;
}

void SendRun::judge(Lane& lane, Flight flight, base::ByteView payload) {
  const OutgoingMessage& message = flight.message;
  const CheckedAnswer answer = message.is_batch
                                   ? check_batch_answer(payload, message.control_ids)
                                   : check_answer(payload, message.control_ids.front());
  const SendOutcome outcome{.settlement = to_settlement(answer),
                            .code = answer.code,
                            .reason = answer.text,
                            .answer = payload};
  retry_or_settle(lane, std::move(flight), outcome);
}

void SendRun::retry_or_settle(Lane& lane, Flight flight, const SendOutcome& outcome) {
  if (!may_be_retried(outcome) || flight.attempt > plan_.retries || stopped_) {
    return settle(flight.message, outcome);
  }
  const base::Duration wait = retry_wait(flight.attempt);
  ++tally_.retries;
  observer_.on_retry(flight.message, outcome, wait);
  lane.not_before = std::max(lane.not_before, clock_.steady_now() + wait);
  const auto behind = std::find_if(lane.again.begin(), lane.again.end(), [&](const Flight& other) {
    return other.message.ordinal > flight.message.ordinal;
  });
  lane.again.insert(behind, std::move(flight));
}

void SendRun::settle(const OutgoingMessage& message, const SendOutcome& outcome) {
  switch (outcome.settlement) {
    case Settlement::kAccepted: ++tally_.accepted; [[fallthrough]];
    case Settlement::kRefused: ++tally_.by_code[static_cast<std::size_t>(outcome.code)]; break;
    case Settlement::kMismatched: ++tally_.mismatched; break;
    case Settlement::kUnreadable: ++tally_.unreadable; break;
    case Settlement::kUnanswered: ++tally_.unanswered; break;
  }
  tally_.settled_bytes += message.payload.size();
  tally_.time = clock_.steady_now() - begun_at_;
  observer_.on_settled(message, outcome);
}

void SendRun::on_lost(std::size_t peer, const PeerLoss& loss) {
  Lane& lane = lanes_[peer];
  const bool connecting = loss.kind == LossKind::kConnect;
  // A peer that ends an idle connection has done nothing wrong, if not each time.
  ++(connecting ? lane.connect_failures : lane.losses);
  const unsigned failures = connecting ? lane.connect_failures : lane.losses;
  const unsigned failures_max = plan_.retries + (connecting ? 0 : kLossesMax);
  if (connecting || lane.losses > 1) {
    lane.not_before = clock_.steady_now() + retry_wait(failures);
  }

  const std::string reason = to_string(loss);
  const SendOutcome outcome{.settlement = Settlement::kUnanswered, .reason = reason, .answer = {}};
  for (Flight& flight : std::exchange(lane.in_flight, {})) {
    retry_or_settle(lane, std::move(flight), outcome);
  }
  if (failures > failures_max) {
    give_up(lane, loss);
  } else if (connecting || !lane.again.empty()) {
    observer_.on_trouble(loss, false);
  }
}

void SendRun::give_up(Lane& lane, const PeerLoss& loss) {
  lane.given_up = true;
  settle_waiting(lane, to_string(loss));
  observer_.on_trouble(loss, true);
}

void SendRun::settle_waiting(Lane& lane, std::string_view reason) {
  const SendOutcome outcome{.settlement = Settlement::kUnanswered, .reason = reason, .answer = {}};
  for (const Flight& flight : lane.again) settle(flight.message, outcome);
  lane.again.clear();
}

}  // namespace cli
