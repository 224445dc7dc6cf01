#include "session/mllp_session.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "base/check.hpp"
#include "mllp/frame_encoder.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace session {
namespace {

using telemetry::Counter;
using telemetry::Histogram;
using telemetry::Level;

constexpr std::size_t kInputBytesMin = 2 * base::kKiB;   // an idle connection's buffer
constexpr std::size_t kInputBytesMax = 64 * base::kKiB;  // a busy one's
constexpr auto kLingerMax = std::chrono::seconds(2);     // for the peer to see the end

mllp::FrameOptions frame_options(const config::ListenerSettings& settings) {
  mllp::FrameOptions options;
  options.payload_bytes_max = settings.max_frame_size;
  options.garbage_bytes_max = settings.max_garbage;
  options.end =
      settings.frame_end == config::FrameEnd::kFs ? mllp::FrameEnd::kFs : mllp::FrameEnd::kFsCr;
  switch (settings.frame_resync) {
    case config::Resync::kHeader: options.resync = mllp::Resync::kHeader; break;
    case config::Resync::kAny: options.resync = mllp::Resync::kAny; break;
    case config::Resync::kClose: options.resync = mllp::Resync::kClose; break;
  }
  return options;
}

}  // namespace

MllpSession::MllpSession(SessionContext context, net::Arrival arrival, std::uint64_t id)
    : context_(context),
      connection_(std::move(arrival.connection)),
      ticket_(std::move(arrival.ticket)),
      id_(id),
      since_(context.loop.clock().wall_now()),
      peer_(std::make_shared<const intake::Peer>(
          intake::Peer{connection_.peer(), context.settings.name, std::move(arrival.tls_subject),
                       std::move(arrival.tls_names)})),
      decoder_(frame_options(context.settings)),
      watch_(context.loop.deadlines(), [this] { deadline_came(); }),
      account_(context.loop.budget()),
      change_(context.loop.context()),
      rate_(ticket_.rate_bucket(context.loop.clock().steady_now())) {
  context_.group.add(*this);
}

MllpSession::~MllpSession() { context_.group.remove(*this); }

void MllpSession::start() {
  quiet_since_ = last_read_ = context_.loop.clock().steady_now();
  telemetry::log(
      Level::kDebug, "connection_opened",
      {{"connection", id_}, {"peer", peer_->address}, {"tls_identity", peer_->tls_identity}});
  if (context_.group.draining()) drain();
  net::asio::co_spawn(
      context_.loop.context(),
      [self = shared_from_this()]() -> net::Awaitable<void> { return self->converse(); },
      net::asio::detached);
}

SessionFacts MllpSession::facts() const {
  return {id_,    peer_->listener,          peer_->address,  peer_->tls_identity,
          since_, decoder_.counts().frames, received_bytes_, exchanges_.size()};
}

void MllpSession::drain() {
  if (phase_ != Phase::kOpen) return;
  end("drain");
}

net::Awaitable<void> MllpSession::converse() {
  const auto self = shared_from_this();
  while (phase_ != Phase::kBroken) {
    if (!wants_input() && unread_.empty()) {
      if (!owes_output()) break;
      co_await wait_for_change();
    } else if (!has_room() && !watches_sender()) {
      co_await wait_for_change();
    } else if (unread_.empty()) {
      co_await read_more();
    } else {
      digest();
    }
  }
  if (phase_ != Phase::kBroken) co_await linger();
  finish();
}

// Also while it ends, where the peer's commit block for an answer is awaited.
bool MllpSession::wants_input() const noexcept {
  return phase_ == Phase::kOpen || (awaiting_commit_block_ && !input_ended_);
}

bool MllpSession::owes_output() const noexcept { return !exchanges_.empty() || writing_; }

net::Awaitable<void> MllpSession::wait_for_change() {
  const base::SteadyTime paused_at = context_.loop.clock().steady_now();
  change_.expires_at(net::Deadlines::kNever);
  co_await change_.async_wait(net::kAwait);
  // While we do not read, the peer is not late.
  const base::Duration paused = context_.loop.clock().steady_now() - paused_at;
  frame_since_ += paused;
  last_read_ += paused;
}

void MllpSession::wake() { change_.cancel(); }

net::Awaitable<void> MllpSession::read_more() {
  if (input_capacity_ == 0) {
    input_capacity_ = kInputBytesMin;
    input_ = std::make_unique<std::byte[]>(input_capacity_);
  }
  reading_ = true;
  set_deadline();
  const auto [error, count] =
      co_await connection_.read_some(std::span<std::byte>(input_.get(), input_capacity_));
  reading_ = false;
  if (error == net::asio::error::operation_aborted) co_return;
  if (error == net::asio::error::eof) {
    input_ended_ = true;
    end("peer_closed");
    abandon_commit_block();
    give_up_asking();
    co_return;
  }
  if (error) {
    break_off("peer_reset");
    co_return;
  }
  last_read_ = context_.loop.clock().steady_now();
  received_bytes_ += count;
  telemetry::count(Counter::kBytesReceived, count);
  unread_ = base::ByteView(input_.get(), count);
  if (received_bytes_ == count && is_misdirected()) unread_ = {};
}

// Decodes and judges what was read, as far as there is room for answers. The last
// octet taken, the buffer grows for a peer that fills it and shrinks for one that
// is quiet.
void MllpSession::digest() {
  const std::size_t offered_bytes = unread_.size();
  const bool was_inside = decoder_.inside_frame();
  const std::uint64_t frames_before = decoder_.counts().frames;
  while (!unread_.empty() && phase_ != Phase::kBroken && may_take_frames()) {
    const mllp::DecodeStep step = decoder_.decode(unread_);
    unread_ = unread_.subspan(step.consumed_bytes);
    switch (step.event) {
      case mllp::DecodeEvent::kNeedMore: break;
      case mllp::DecodeEvent::kFrame:
        if (was_inside && decoder_.counts().frames == frames_before + 1) {
          telemetry::observe(Histogram::kFrame, last_read_ - frame_since_);
          take_frame(frame_since_);
        } else {
          take_frame({});
        }
        break;
      case mllp::DecodeEvent::kOversize: take_oversize(false); break;
      case mllp::DecodeEvent::kOversizeEndless: take_oversize(true); break;
      case mllp::DecodeEvent::kGarbageLimit:
        telemetry::count(Counter::kGarbageLimit);
        end("garbage_limit");
        unread_ = {};
        break;
      case mllp::DecodeEvent::kStartInsideFrame:
        end("start_inside_frame");
        unread_ = {};
        break;
    }
  }
  if (decoder_.counts().blank_frames != report_.reported().blank_frames) {
    quiet_since_ = last_read_;  // a device's heartbeat
  }
  report_.update(decoder_.counts());
  if (decoder_.inside_frame() && (!was_inside || decoder_.counts().frames != frames_before)) {
    frame_since_ = last_read_;
    unfinished_told_ = false;
  }
  submit();
  send_ready();
  if (unread_.empty()) {
    static_cast<void>(decoder_.decode({}));  // lets go of the last frame's memory
    if (offered_bytes == input_capacity_ && input_capacity_ < kInputBytesMax) {
      input_capacity_ = std::min(input_capacity_ * 4, kInputBytesMax);
      input_ = std::make_unique<std::byte[]>(input_capacity_);
    } else if (offered_bytes < input_capacity_ / 8 && input_capacity_ > kInputBytesMin) {
      input_capacity_ = kInputBytesMin;
      input_ = std::make_unique<std::byte[]>(input_capacity_);
    }
  }
  account();
}

void MllpSession::take_frame(base::SteadyTime begun_at) {
  if (context_.settings.mllp_release == 2) {
    if (const auto block = mllp::as_commit_block(decoder_.payload())) {
      return take_commit_block(*block);
    }
  }
  auto exchange = context_.exchanges.take();
  exchange->begun_at = begun_at;
  exchange->peer = peer_;
  decoder_.take_payload(exchange->frame);
  if (draw_from_rate()) {
    context_.intake.judge(exchange->frame, *peer_, exchange->decision);
  } else {
    context_.intake.judge_rate_limited(exchange->frame, exchange->decision);
  }
  enqueue(std::move(exchange));
}

void MllpSession::take_oversize(bool endless) {
  auto exchange = context_.exchanges.take();
  const base::ByteView head = decoder_.head();
  exchange->frame.assign(head.begin(), head.end());
  context_.intake.judge_oversize(exchange->frame, exchange->decision);
  telemetry::log(Level::kWarning, "frame_too_large",
                 {{"connection", id_},
                  {"peer", peer_->address},
                  {"limit_bytes", context_.settings.max_frame_size},
                  {"endless", endless}});
  enqueue(std::move(exchange));
  if (!endless) return;
  end("frame_too_large");
  unread_ = {};
}

void MllpSession::enqueue(std::shared_ptr<Exchange> exchange) {
  exchange->session = weak_from_this();
  exchange->read_at = last_read_;
  frame_bytes_ += exchange->frame.size();
  quiet_since_ = last_read_;
  if (exchange->decision.drafts.empty()) {
    exchange->answer = context_.intake.conclude(exchange->decision, std::nullopt);
    exchange->ready = true;
    keep_not_stored(*exchange);
  } else {
    std::unique_ptr<store::Append> append = std::move(exchange->append);
    append->drafts.swap(exchange->decision.drafts);
    append->stream = stream_;
    append->epoch = epoch_;
    append->give_up_at = last_read_ + context_.settings.unavailable_wait;
    append->sink = &context_.sink;
    append->keep_alive = exchange;
    if (exchange->decision.asks) post_question(exchange);
    ++pending_appends_;
    appends_.push_back(std::move(append));
  }
  exchanges_.push_back(std::move(exchange));
}

void MllpSession::submit() {
  if (appends_.empty()) return;
  const base::SteadyTime now = context_.loop.clock().steady_now();
  for (auto each = exchanges_.rbegin(); each != exchanges_.rend(); ++each) {
    if ((*each)->submitted_at != base::SteadyTime{}) break;
    (*each)->submitted_at = now;
  }
  context_.gate.submit(appends_);
}

void MllpSession::conclude(Exchange& exchange, const intake::CommitOutcome& outcome) {
  if (exchange.question != nullptr && outcome) forget_question(exchange);
  if (exchange.question == nullptr || outcome) {
    exchange.answer = context_.intake.conclude(exchange.decision, outcome, exchange.append->drafts);
    exchange.ready = true;
    keep_not_stored(exchange);
  }
  exchange.committed_at = context_.loop.clock().steady_now();
  telemetry::observe(Histogram::kCommit, exchange.committed_at - exchange.submitted_at);
  --pending_appends_;
  exchange.commit_failed = outcome.has_value();
  if (outcome) {
    epoch_failed_ = true;
  }
  settle_epoch();
}

void MllpSession::keep_not_stored(const Exchange& exchange) const {
  if (context_.rejected == nullptr) return;
  auto refused =
      context_.intake.refusals(exchange.decision, *peer_, exchange.frame, exchange.answer);
  for (store::Rejected& each : refused) context_.rejected->keep(std::move(each));
  const auto repeated =
      context_.intake.repeats(exchange.decision, *peer_, exchange.frame, exchange.answer);
  for (const store::Rejected& each : repeated) context_.rejected->repeated(each);
}

// What was read behind a failure has failed with it (store::Stream); what is read
// from now on may succeed again.
void MllpSession::settle_epoch() {
  if (!epoch_failed_ || pending_appends_ != 0) return;
  ++epoch_;
  epoch_failed_ = false;
}

// Behind the frames in flight may stand the commit block that lets the first of them
// go: then they are read on, within the buffer budget.
bool MllpSession::may_take_frames() const noexcept {
  return (exchanges_.size() < context_.settings.max_in_flight && !paused_) ||
         awaiting_commit_block_;
}

bool MllpSession::has_room() {
  if (!may_take_frames()) return false;
  if (!unread_.empty()) return true;
  return account_.may_read([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->wake();
  });
}

void MllpSession::account() {
  std::uint64_t held = frame_bytes_ + decoder_.buffered_bytes() + outgoing_.capacity();
  if (input_capacity_ > kInputBytesMin) held += input_capacity_;
  account_.hold(held);
}

void MllpSession::end(std::string_view reason) {
  if (phase_ != Phase::kOpen) return;
  phase_ = Phase::kEnding;
  end_reason_ = reason;
  if (reading_) connection_.cancel();
  wake();
}

void MllpSession::break_off(std::string_view reason) {
  if (phase_ == Phase::kOpen) end_reason_ = reason;
  phase_ = Phase::kBroken;
  connection_.close();
  wake();
}

// The peer learns of the end behind the last answer, and gets the time to read it:
// closing over octets that it has still sent would reset the connection and
// destroy the answers on their way.
net::Awaitable<void> MllpSession::linger() {
  connection_.shutdown_send();
  watch_.set(context_.loop.clock().steady_now() + kLingerMax);
  if (input_capacity_ == 0) {
    input_capacity_ = kInputBytesMin;
    input_ = std::make_unique<std::byte[]>(input_capacity_);
  }
  while (phase_ != Phase::kBroken) {
    const auto [error, count] =
        co_await connection_.read_some(std::span<std::byte>(input_.get(), input_capacity_));
    if (error) break;
  }
}

void MllpSession::finish() {
  watch_.set(net::Deadlines::kNever);
  const std::uint64_t unfinished_bytes = decoder_.finish();
  report_.update(decoder_.counts());
  connection_.close();
  context_.loop.connection_count.fetch_sub(1, std::memory_order_relaxed);

  const bool probe = received_bytes_ == 0;
  telemetry::count(Counter::kConnectionsClosed);
  if (probe) telemetry::count(Counter::kConnectionsProbes);
  const bool expected = probe || end_reason_ == "peer_closed" || end_reason_ == "http_request";
  telemetry::log(expected ? Level::kDebug : Level::kInfo, "connection_closed",
                 {{"connection", id_},
                  {"peer", peer_->address},
                  {"reason", end_reason_},
                  {"frames", decoder_.counts().frames},
                  {"received_bytes", received_bytes_},
                  {"unfinished_bytes", unfinished_bytes},
                  {"garbage_bytes", decoder_.counts().garbage_bytes},
                  {"unanswered", exchanges_.size()}});
  if (!exchanges_.empty()) telemetry::count(Counter::kAnswersUnsent, exchanges_.size());
  forget_questions();
  exchanges_.clear();
}

}  // namespace session
