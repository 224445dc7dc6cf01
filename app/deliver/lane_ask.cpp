// The half of a lane that asks while senders wait: deliver/questions.hpp.
#include <utility>

#include "deliver/lane.hpp"
#include "telemetry/metrics.hpp"

namespace deliver {

Lane::Step Lane::ask_one(const std::stop_token& stop) {
  if (!connector_) connector_ = plan_.open();
  auto claims = outbox_.claim(settings_.slice, 1);
  if (!claims) return claim_failed(claims.error());
  if (claims->empty()) return {.next = Next::kSleep};
  const store::Claim& claim = claims->front();
  in_hand_ = {claim.id};
  const auto question = settings_.questions->take(claim.message_id);
  store::Verdict verdict = store::Expired{"no_answer: its sender had gone, or we had ended"};
  Ledger ledger;
  if (question && question->is_open() && question->due() > clock_.steady_now()) {
    verdict = ask(claim, *question, stop);
    note_attempt(claim, verdict, ledger);
  }
  report_.state = circuit_->state();
  ledger.settlements.push_back({claim.id, std::move(verdict)});
  tell_outbox(std::move(ledger));
  return {.next = Next::kStep};
}

// The circuit only keeps the incident: a sender is not sent away untried for it.
store::Verdict Lane::ask(const store::Claim& claim, Question& question,
                         const std::stop_token& stop) {
  auto answered = connector_->ask(to_delivery(claim), question.due(), stop);
  if (!answered) {
    const connectors::Failure& failure = answered.error();
    static_cast<void>(question.conclude(std::nullopt));
    note_failure(failure);
    if (failure.blame != connectors::Blame::kMessage) target_failed(failure);
    return store::Expired{reason_of(failure)};
  }
  circuit_->delivered(clock_.steady_now());
  ++report_.attempt_count;
  const bool is_told = question.conclude(std::move(answered->octets));
  if (!is_told) return store::Expired{"answered, but its sender had gone"};
  if (!answered->accepts) return store::Expired{"answer_code: the target refused it"};
  ++report_.delivered_count;
  telemetry::count(telemetry::Counter::kDelivered);
  return store::Delivered{};
}

}  // namespace deliver
