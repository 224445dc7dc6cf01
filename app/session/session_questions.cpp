// The answers of other systems (ack: after_delivery), from the session's side.
#include <boost/asio/post.hpp>
#include <utility>

#include "session/mllp_session.hpp"

namespace session {

// Before the append, so that the lane finds it. Whoever holds the exchange holds no
// session: it may have gone when the answer comes.
void MllpSession::post_question(const std::shared_ptr<Exchange>& exchange) {
  auto told = [executor = context_.loop.executor(),
               weak = std::weak_ptr<Exchange>(exchange)](std::optional<std::string> answer) {
    net::asio::post(executor, [weak, answer = std::move(answer)]() mutable {
      const auto waiting = weak.lock();
      const auto session = waiting ? waiting->session.lock() : nullptr;
      if (session == nullptr) return;
      session->conclude_asked(*waiting, std::move(answer));
    });
  };
  exchange->question_id = exchange->decision.rulings.front().id;
  exchange->question = std::make_shared<deliver::Question>(
      last_read_ + context_.settings.answer_within, std::move(told));
  context_.questions->post(exchange->question_id, exchange->question);
}

void MllpSession::conclude_asked(Exchange& exchange, std::optional<std::string> answer) {
  exchange.answer = context_.intake.conclude_asked(exchange.decision, std::move(answer));
  exchange.ready = true;
  send_ready();
}

// There is one at most: MAX_IN_FLIGHT is 1 there.
Exchange* MllpSession::asking() const noexcept {
  if (exchanges_.empty()) return nullptr;
  Exchange& first = *exchanges_.front();
  return first.question != nullptr && !first.ready ? &first : nullptr;
}

// What is read is left for later, unless it is the end.
bool MllpSession::watches_sender() const noexcept {
  return phase_ == Phase::kOpen && unread_.empty() && asking() != nullptr;
}

// The time is up, or the sender has gone. What is being told already goes out. Until the
// store has spoken the exchange waits for it all the same.
void MllpSession::give_up_asking() {
  Exchange* const open = asking();
  if (open == nullptr || !open->question->withdraw()) return;
  context_.questions->forget(open->question_id);
  conclude_asked(*open, std::nullopt);
}

void MllpSession::forget_question(Exchange& exchange) {
  if (exchange.question->withdraw()) context_.questions->forget(exchange.question_id);
}

void MllpSession::forget_questions() {
  for (const auto& exchange : exchanges_) {
    if (exchange->question != nullptr) forget_question(*exchange);
  }
}

}  // namespace session
