// The outgoing half of a session: answers in order, and release 2's commit blocks.
#include <utility>

#include "mllp/frame_encoder.hpp"
#include "session/message_spans.hpp"
#include "session/mllp_session.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace session {
namespace {

using telemetry::Counter;

constexpr unsigned kAnswerAttemptsMax = 3;  // release 2: how often a NAK'ed answer is sent

// MSA-1's second letter tells the outcome: AA and CA, AE and CE, AR and CR.
Counter counter_of(std::string_view answer) noexcept {
  const std::size_t msa = answer.find("\rMSA");
  if (msa == std::string_view::npos || msa + 7 > answer.size()) return Counter::kAnswersAccepted;
  switch (answer[msa + 6]) {
    case 'E': return Counter::kAnswersError;
    case 'R': return Counter::kAnswersRejected;
    default: return Counter::kAnswersAccepted;
  }
}

}  // namespace

void MllpSession::send_ready() {
  if (writing_ || phase_ == Phase::kBroken) return;
  while (stage_next_answer()) {
  }
  if (!outgoing_.empty()) write_out();
  if (phase_ == Phase::kBroken) return;
  account();
  set_deadline();
  wake();
}

// Puts the answer whose turn it is behind the octets to be sent. False: none is.
bool MllpSession::stage_next_answer() {
  if (awaiting_commit_block_ || exchanges_.empty() || !exchanges_.front()->ready) return false;
  Exchange& exchange = *exchanges_.front();
  if (exchange.answer.close) {
    exchanges_.clear();
    end("answer_is_close");
    return false;
  }
  if (context_.settings.mllp_release == 2 && !stage_release_2(exchange)) return false;
  if (context_.settings.mllp_release == 1) {
    for (const std::string& message : exchange.answer.messages) {
      mllp::append_frame(outgoing_, base::as_bytes(message));
    }
  }
  count_answer(exchange);
  staged_.push_back(exchange.read_at);
  if (telemetry::is_tracing()) add_spans(spans_, exchange, *peer_, id_, context_.loop.clock());
  frame_bytes_ -= exchange.frame.size();
  context_.exchanges.give_back(std::move(exchanges_.front()));
  exchanges_.pop_front();
  return true;
}

// The commit block first, then one HL7 answer at a time: each waits for the peer's
// own commit block. True: all has gone out and was taken.
bool MllpSession::stage_release_2(Exchange& exchange) {
  if (!exchange.commit_block_sent) {
    outgoing_ +=
        encode(exchange.answer.retry_later ? mllp::CommitBlock::kNak : mllp::CommitBlock::kAck);
    exchange.commit_block_sent = true;
  }
  while (exchange.messages_sent < exchange.answer.messages.size()) {
    mllp::append_frame(outgoing_, base::as_bytes(exchange.answer.messages[exchange.messages_sent]));
    if (!input_ended_) break;
    ++exchange.messages_sent;  // nothing can come back for it
  }
  if (exchange.messages_sent == exchange.answer.messages.size()) return true;
  awaiting_commit_block_ = true;
  commit_block_since_ = context_.loop.clock().steady_now();
  return false;
}

void MllpSession::take_commit_block(mllp::CommitBlock block) {
  if (!awaiting_commit_block_) return;  // to nothing that we sent
  awaiting_commit_block_ = false;
  Exchange& exchange = *exchanges_.front();
  if (block == mllp::CommitBlock::kNak && ++exchange.attempts < kAnswerAttemptsMax) return;
  exchange.attempts = 0;
  ++exchange.messages_sent;
}

// The peer has ended its stream: no commit block will come, and what else it is owed
// goes out all the same.
void MllpSession::abandon_commit_block() {
  if (!awaiting_commit_block_) return;
  awaiting_commit_block_ = false;
  ++exchanges_.front()->messages_sent;
  send_ready();
}

void MllpSession::count_answer(const Exchange& exchange) const {
  if (exchange.answer.messages.empty()) telemetry::count(Counter::kAnswersNone);
  for (const std::string& message : exchange.answer.messages) telemetry::count(counter_of(message));
}

void MllpSession::write_out() {
  const base::ByteView octets = base::as_bytes(outgoing_);
  const std::size_t taken = connection_.write_now(octets);
  telemetry::count(Counter::kBytesSent, taken);
  quiet_since_ = context_.loop.clock().steady_now();
  observe_staged();
  if (taken == octets.size()) {
    outgoing_.clear();
    if (outgoing_.capacity() > 16 * base::kKiB) outgoing_.shrink_to_fit();
    return;
  }
  writing_ = true;
  write_since_ = quiet_since_;
  connection_.write(octets.subspan(taken),
                    [self = shared_from_this()](const net::ErrorCode& error, std::size_t count) {
                      telemetry::count(Counter::kBytesSent, count);
                      self->written(error);
                    });
}

// An answer that the kernel takes only in part is as good as gone: the peer reads slowly.
void MllpSession::observe_staged() {
  for (const base::SteadyTime read_at : staged_) {
    telemetry::observe(telemetry::Histogram::kAnswer, quiet_since_ - read_at);
  }
  staged_.clear();
  if (!spans_.empty()) end_spans(spans_, context_.loop.clock());
}

void MllpSession::written(const net::ErrorCode& error) {
  writing_ = false;
  outgoing_.clear();
  if (error) return break_off("peer_reset");
  quiet_since_ = context_.loop.clock().steady_now();
  send_ready();
}

}  // namespace session
