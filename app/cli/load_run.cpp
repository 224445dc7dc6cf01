#include "cli/load_run.hpp"

#include <algorithm>
#include <cerrno>

#include "base/check.hpp"

namespace cli {
namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
constexpr auto kConnectTimeout = std::chrono::seconds(10);

double to_seconds(base::Duration duration) noexcept {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

bool LoadTally::is_clean() const noexcept {
  return sent > 0 && accepted == sent && mismatched == 0 && out_of_order == 0 && unreadable == 0 &&
         unexpected == 0 && stray_bytes == 0 && connections_lost == 0;
}

LoadRun::LoadRun(LoadPlan plan, const base::Clock& clock, Watch watch, std::function<bool()> stop)
    : plan_(std::move(plan)),
      clock_(clock),
      watch_(std::move(watch)),
      stop_(std::move(stop)),
      loop_(plan_.destination, plan_.connection_count, *this),
      lanes_(plan_.connection_count),
      sequence_(plan_.seed) {
  CHECK(!plan_.templates.empty() && plan_.connection_count > 0 && plan_.in_flight_max > 0);
  for (Lane& lane : lanes_) lane.ring.resize(plan_.in_flight_max);
}

LoadTally LoadRun::run() {
  connect_all();
  send_first();
  while (in_flight_count_ > 0) {
    loop_.run_once(kTick);
    const base::SteadyTime now = clock_.steady_now();
    if (now - ticked_at_ >= kTick) tick(now);
  }
  if (tally_.measured_answers > 0) tally_.measured_time = last_answer_ - measured_from_;
  tally_.stray_bytes = loop_.stray_bytes();
  return tally_;
}

// The clock starts when all connections stand: what is measured is messages.
void LoadRun::connect_all() {
  for (std::size_t peer = 0; peer < lanes_.size(); ++peer) {
    const auto begun = loop_.connect(peer);
    lanes_[peer].connecting = begun.has_value();
    if (!begun) {
      note_loss(begun.error());
    } else {
      ++connecting_count_;
    }
  }
  const base::SteadyTime deadline = clock_.steady_now() + kConnectTimeout;
  while (connecting_count_ > 0 && clock_.steady_now() < deadline) loop_.run_once(kTick);
  for (std::size_t peer = 0; peer < lanes_.size(); ++peer) {
    if (!lanes_[peer].connecting) continue;
    loop_.close(peer);
    note_loss({LossKind::kConnect, ETIMEDOUT});
  }
}

void LoadRun::send_first() {
  const base::SteadyTime now = clock_.steady_now();
  measured_from_ = now + plan_.warm_up;
  send_until_ = measured_from_ + plan_.duration;
  last_answer_ = measured_from_;
  ticked_at_ = now;
  begun_ = true;
  sending_ = true;
  for (std::size_t peer = 0; peer < lanes_.size(); ++peer) {
    if (!loop_.is_ready(peer)) continue;
    feed(peer, now);
    loop_.flush(peer);
  }
}

void LoadRun::on_connected(std::size_t peer) {
  lanes_[peer].connecting = false;
  --connecting_count_;
}

bool LoadRun::may_send(base::SteadyTime now) const noexcept {
  if (!sending_) return false;
  return plan_.message_count ? tally_.sent < *plan_.message_count : now < send_until_;
}

void LoadRun::feed(std::size_t peer, base::SteadyTime now) {
  Lane& lane = lanes_[peer];
  while (lane.count < lane.ring.size() && may_send(now)) {
    const LoadTemplate& load = plan_.templates[tally_.sent % plan_.templates.size()];
    const LoadNumber number = sequence_.next();
    Flight& flight = lane.ring[(lane.first + lane.count) % lane.ring.size()];
    flight.id = number.to_control_id();
    flight.frame_bytes = static_cast<std::uint32_t>(load.frame_bytes());
    flight.sent_at = now;
    load.append_frame(loop_.outgoing(peer), flight.id, number);
    ++lane.count;
    ++in_flight_count_;
    ++tally_.sent;
  }
}

AnswerVerdict LoadRun::on_answer(std::size_t peer, base::ByteView payload) {
  Lane& lane = lanes_[peer];
  if (lane.count == 0) {
    ++tally_.unexpected;
    return AnswerVerdict::kGoOn;
  }
  const base::SteadyTime now = clock_.steady_now();
  const Flight flight = lane.ring[lane.first];
  judge(lane, check_answer(payload, as_text(flight.id)));
  lane.first = (lane.first + 1) % lane.ring.size();
  --lane.count;
  --in_flight_count_;
  ++answered_;
  measure(flight, now);
  feed(peer, now);
  return AnswerVerdict::kGoOn;
}

void LoadRun::judge(const Lane& lane, const CheckedAnswer& answer) {
  switch (answer.fault) {
    case AnswerFault::kNone:
      ++tally_.by_code[static_cast<std::size_t>(answer.code)];
      if (hl7::is_accept(answer.code)) ++tally_.accepted;
      return;
    case AnswerFault::kUnreadable:
    case AnswerFault::kUnknownCode: ++tally_.unreadable; return;
    case AnswerFault::kMismatched: break;
  }
  for (std::size_t i = 1; i < lane.count; ++i) {
    if (as_text(lane.ring[(lane.first + i) % lane.ring.size()].id) == answer.control_id) {
      ++tally_.out_of_order;
      return;
    }
  }
  ++tally_.mismatched;
}

void LoadRun::measure(const Flight& flight, base::SteadyTime now) {
  if (now < measured_from_) return;
  ++tally_.measured_answers;
  tally_.measured_bytes += flight.frame_bytes;
  tally_.latency.record(now - flight.sent_at);
  last_answer_ = now;
}

// A connection that ends when nothing more is asked of it is no loss.
void LoadRun::on_lost(std::size_t peer, const PeerLoss& loss) {
  Lane& lane = lanes_[peer];
  if (lane.connecting) --connecting_count_;
  if (lane.connecting || lane.count > 0 || !begun_) note_loss(loss);
  lane.connecting = false;
  drop_flights(lane);
}

void LoadRun::note_loss(const PeerLoss& loss) {
  if (!tally_.first_loss) tally_.first_loss = loss;
  ++tally_.connections_lost;
}

void LoadRun::drop_flights(Lane& lane) {
  tally_.unanswered += lane.count;
  in_flight_count_ -= lane.count;
  lane.count = 0;
}

void LoadRun::tick(base::SteadyTime now) {
  give_up_on_silent_peers(now);
  if (stop_ && stop_()) sending_ = false;
  report(now);
  ticked_at_ = now;
  ticked_answered_ = answered_;
}

void LoadRun::give_up_on_silent_peers(base::SteadyTime now) {
  for (std::size_t peer = 0; peer < lanes_.size(); ++peer) {
    Lane& lane = lanes_[peer];
    if (lane.count == 0 || now - lane.ring[lane.first].sent_at <= plan_.answer_timeout) continue;
    loop_.close(peer);
    note_loss({LossKind::kSilent});
    drop_flights(lane);
  }
}

void LoadRun::report(base::SteadyTime now) {
  if (!watch_) return;
  LoadProgress progress;
  progress.answered = answered_;
  progress.answers_per_second =
      static_cast<double>(answered_ - ticked_answered_) / to_seconds(now - ticked_at_);
  if (plan_.message_count) {
    progress.share_done =
        static_cast<double>(answered_) / static_cast<double>(*plan_.message_count);
  } else {
    const base::Duration whole = plan_.warm_up + plan_.duration;
    progress.share_done = 1.0 - to_seconds(send_until_ - now) / to_seconds(whole);
  }
  progress.share_done = std::clamp(progress.share_done, 0.0, 1.0);
  watch_(progress);
}

}  // namespace cli
