#include "deliver/lane.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.hpp"
#include "deliver/retry_schedule.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/trace.hpp"

namespace deliver {
namespace {

using connectors::Failure;
using telemetry::Counter;
using telemetry::Level;

// After the store could not be read: it will say so itself, and louder.
constexpr base::Duration kStorePause = std::chrono::seconds(1);
constexpr std::size_t kTroublesMax = 4096;

// The counters stand in the order of the classes, which begin at 1; kStopped has none: it
// is given back and no failure.
Counter counter_of(connectors::FailureClass what) noexcept {
  using connectors::FailureClass;
  static_assert(static_cast<int>(Counter::kDeliveryFailedSqlState) -
                    static_cast<int>(Counter::kDeliveryFailedConnect) ==
                static_cast<int>(FailureClass::kSqlState) - 2);
  static_assert(static_cast<int>(FailureClass::kSqlState) ==
                static_cast<int>(FailureClass::kStopped) + 1);
  const int place = static_cast<int>(what) - (what > FailureClass::kStopped ? 2 : 1);
  return static_cast<Counter>(static_cast<int>(Counter::kDeliveryFailedConnect) + place);
}

// Each attempt at each connector has one.
std::uint64_t span_of(const store::Claim& claim, const store::LaneSlice& slice) noexcept {
  const std::uint64_t number = std::uint64_t{slice.connector.value} << 32U | claim.attempt;
  return telemetry::span_id(claim.message_id, telemetry::Stage::kDelivery, number);
}

}  // namespace

Lane::Lane(LaneSettings settings, const connectors::ConnectorPlan& plan, store::Outbox& outbox,
           const base::Clock& clock)
    : settings_(std::move(settings)),
      plan_(plan),
      outbox_(outbox),
      clock_(clock),
      circuit_(settings_.circuit ? settings_.circuit : std::make_shared<Circuit>(settings_.name)) {}

connectors::Delivery Lane::to_delivery(const store::Claim& claim) {
  return {.id = claim.id,
          .attempt = claim.attempt,
          .message_id = claim.message_id,
          .received_at = claim.received_at,
          .control_id = claim.control_id,
          .type = claim.type,
          .trigger = claim.trigger,
          .message = claim.message,
          .traceparent = {}};
}

std::string Lane::reason_of(const Failure& failure) {
  return fmt::format("{}: {}", connectors::to_string(failure.what), failure.reason);
}

Lane::Step Lane::step(const std::stop_token& stop) {
  if (settings_.questions != nullptr) return ask_one(stop);
  const Circuit::Pass pass = circuit_->ask(this, clock_.steady_now());
  report_.state = circuit_->state();
  if (!pass.may_try) return {Next::kPause, pass.until};
  const Step step = try_some(pass.probe ? 1 : 0, stop);
  circuit_->end_probe(this);
  report_.state = circuit_->state();
  return step;
}

// At most `count_max` entries; 0: as many as the connector takes.
Lane::Step Lane::try_some(std::size_t count_max, const std::stop_token& stop) {
  if (!connector_) connector_ = plan_.open();
  auto claims =
      outbox_.claim(settings_.slice, count_max != 0 ? count_max : connector_->batch_max());
  if (!claims) return claim_failed(claims.error());
  if (claims->empty()) return {.next = Next::kSleep};

  Ledger ledger;
  put_aside(*claims, ledger);
  auto outcomes = claims->empty() ? std::vector<connectors::Outcome>() : deliver(*claims, stop);
  for (std::size_t index = 0; index < claims->size(); ++index) {
    conclude((*claims)[index], outcomes[index], ledger);
  }
  tell_outbox(std::move(ledger));
  return {.next = Next::kStep};
}

std::vector<connectors::Outcome> Lane::deliver(const std::vector<store::Claim>& claims,
                                               const std::stop_token& stop) {
  std::vector<connectors::Delivery> deliveries;
  deliveries.reserve(claims.size());
  std::vector<std::string> traceparents(telemetry::is_tracing() ? claims.size() : 0);
  in_hand_.clear();
  for (const store::Claim& claim : claims) {
    in_hand_.push_back(claim.id);
    connectors::Delivery& delivery = deliveries.emplace_back(to_delivery(claim));
    if (traceparents.empty() || !telemetry::is_traced(claim.message_id)) continue;
    std::string& traceparent = traceparents[deliveries.size() - 1];
    traceparent = telemetry::traceparent_of(claim.message_id, span_of(claim, settings_.slice));
    delivery.traceparent = traceparent;
  }
  const base::SteadyTime begun_at = clock_.steady_now();
  auto outcomes = connector_->deliver(deliveries, stop);
  CHECK(outcomes.size() == claims.size());
  if (!traceparents.empty()) record_spans(claims, outcomes, begun_at);
  return outcomes;
}

// Entries of one call have the call's time.
void Lane::record_spans(const std::vector<store::Claim>& claims,
                        const std::vector<connectors::Outcome>& outcomes,
                        base::SteadyTime begun_at) const {
  const telemetry::WallScale scale(clock_);
  const std::int64_t end_nanos = scale.nanos(clock_.steady_now());
  std::vector<telemetry::Span> spans;
  for (std::size_t index = 0; index < claims.size(); ++index) {
    const store::Claim& claim = claims[index];
    const bool tried = !std::holds_alternative<connectors::NotTried>(outcomes[index]);
    if (!tried || !telemetry::is_traced(claim.message_id)) continue;
    telemetry::Span& span = spans.emplace_back();
    span.trace = claim.message_id;
    span.id = span_of(claim, settings_.slice);
    span.parent = telemetry::span_id(claim.message_id, telemetry::Stage::kMessage);
    span.stage = telemetry::Stage::kDelivery;
    span.begin_nanos = scale.nanos(begun_at);
    span.end_nanos = end_nanos;
    span.attributes.push_back({"mllp.connector", settings_.name});
    span.attributes.push_back({"mllp.attempt", static_cast<std::int64_t>(claim.attempt)});
    if (const auto* failure = std::get_if<Failure>(&outcomes[index])) {
      span.error = reason_of(*failure);
    }
  }
  telemetry::record(std::move(spans));
}

// What the connector's filter could not judge is for a person, not for the target.
void Lane::put_aside(std::vector<store::Claim>& claims, Ledger& ledger) {
  const auto is_aside = [&ledger](const store::Claim& claim) {
    if (claim.key_hash < store::kParkAtOnce) return false;
    std::string reason = fmt::format("filter_error: the filter could not be evaluated (fault {})",
                                     claim.key_hash - store::kParkAtOnce);
    ledger.settlements.push_back({claim.id, store::Parked{std::move(reason), {}}});
    telemetry::count(Counter::kDeadLetters);
    return true;
  };
  std::erase_if(claims, is_aside);
}

void Lane::conclude(const store::Claim& claim, connectors::Outcome& outcome, Ledger& ledger) {
  if (std::holds_alternative<connectors::NotTried>(outcome)) {
    ledger.given_back.push_back(claim.id);
  } else if (auto* failure = std::get_if<Failure>(&outcome)) {
    conclude_failed(claim, *failure, ledger);
  } else {
    conclude_delivered(claim, ledger);
    note_attempt(claim, store::Delivered{}, ledger);
  }
}

void Lane::note_attempt(const store::Claim& claim, std::string_view outcome,
                        std::string_view reason, Ledger& ledger) const {
  if (settings_.journal == nullptr) return;
  ledger.attempts.push_back({claim.id, claim.message_id, settings_.name, claim.attempt,
                             clock_.wall_now(), outcome, std::string(reason)});
}

void Lane::note_attempt(const store::Claim& claim, const store::Verdict& verdict,
                        Ledger& ledger) const {
  if (const auto* retry = std::get_if<store::Retry>(&verdict)) {
    note_attempt(claim, "retry", retry->reason, ledger);
  } else if (const auto* parked = std::get_if<store::Parked>(&verdict)) {
    note_attempt(claim, "dead_letter", parked->reason, ledger);
  } else if (const auto* expired = std::get_if<store::Expired>(&verdict)) {
    note_attempt(claim, "expired", expired->reason, ledger);
  } else {
    note_attempt(claim, "delivered", "", ledger);
  }
}

void Lane::conclude_delivered(const store::Claim& claim, Ledger& ledger) {
  ledger.settlements.push_back({claim.id, store::Delivered{}});
  troubles_.erase(claim.id);
  circuit_->delivered(clock_.steady_now());
  ++report_.attempt_count;
  ++report_.delivered_count;
  report_.latencies.add(telemetry::kDeliveryBounds, millis_since(claim.received_at));
  telemetry::count(Counter::kDelivered);
}

void Lane::conclude_failed(const store::Claim& claim, Failure& failure, Ledger& ledger) {
  const Course course = judge(claim, failure);
  if (course == Course::kGiveBack) {
    note_attempt(claim, "interrupted", reason_of(failure), ledger);
    ledger.given_back.push_back(claim.id);
    return;
  }
  note_failure(failure);
  switch (course) {
    case Course::kGiveBack: break;
    case Course::kTryAgain: try_again(claim, failure, ledger); break;
    case Course::kTryLater: try_later(claim, failure, ledger); break;
    case Course::kExpire:
      target_failed(failure);
      park(claim, failure, ledger);
      break;
    case Course::kPark:
      circuit_->answered(clock_.steady_now());
      park(claim, failure, ledger);
      if (circuit_->dead_letter()) stop_lane("too many dead letters in a row");
      break;
    case Course::kHold: hold(claim, failure, ledger); break;
    case Course::kStop:
      keep(claim, failure, base::Duration::zero(), ledger);
      stop_lane("a message has used up its attempts");
      break;
  }
  note_attempt(claim, ledger.settlements.back().verdict, ledger);
}

// Never below 0: the wall clock may have been set back.
std::uint64_t Lane::millis_since(base::WallTime past) const {
  const auto passed =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.wall_now() - past);
  return static_cast<std::uint64_t>(std::max<std::int64_t>(passed.count(), 0));
}

Course Lane::judge(const store::Claim& claim, const Failure& failure) {
  const bool unclear = failure.blame == connectors::Blame::kUnclear;
  Trouble trouble;
  if (unclear && failure.what != connectors::FailureClass::kStopped) {
    Trouble& kept = trouble_of(claim.id);
    ++kept.unclear_count;
    trouble = kept;
  }
  const FailedTry tried{
      .failure = failure,
      .lane = circuit_->state(),
      .unclear_count = trouble.unclear_count,
      .others_passed = report_.delivered_count > trouble.delivered_before,
      .expired = is_expired(settings_.retry, claim.received_at, clock_.wall_now()),
      .has_key = claim.key_hash != 0};
  return choose_course(settings_.retry, tried);
}

// The lane waits, its entries stay due. With keys, a message that may itself be the
// cause steps back, so that the next probe is another one.
void Lane::try_again(const store::Claim& claim, const Failure& failure, Ledger& ledger) {
  const base::Duration wait = target_failed(failure);
  const bool steps_back = claim.key_hash != 0 && failure.blame == connectors::Blame::kUnclear;
  if (!steps_back) return keep(claim, failure, base::Duration::zero(), ledger);
  keep(claim, failure, wait + draw_wait(trouble_of(claim.id).unclear_count, failure), ledger);
}

// How long the lane now waits.
base::Duration Lane::target_failed(const Failure& failure) {
  const base::SteadyTime now = clock_.steady_now();
  const base::Duration wait = draw_wait(circuit_->next_failure_count(), failure);
  circuit_->failed(this, failure, {.now = now, .next = now + wait});
  return wait;
}

void Lane::keep(const store::Claim& claim, const Failure& failure, base::Duration wait,
                Ledger& ledger) {
  const auto not_before = clock_.wall_now() + std::chrono::ceil<base::WallTime::duration>(wait);
  ledger.settlements.push_back(
      {claim.id, store::Retry{not_before, reason_of(failure), failure.words}});
}

void Lane::try_later(const store::Claim& claim, const Failure& failure, Ledger& ledger) {
  circuit_->answered(clock_.steady_now());
  const std::uint64_t count = trouble_of(claim.id).unclear_count;
  keep(claim, failure, draw_wait(count, failure), ledger);
  if (count > 1) return;  // one line a message, not one a try
  telemetry::log(Level::kInfo, "delivery_refused",
                 {{"connector", settings_.name},
                  {"message", base::to_string(claim.message_id)},
                  {"class", connectors::to_string(failure.what)},
                  {"reason", failure.reason}});
}

// Its key stands still until a try passes; one line when that begins.
void Lane::hold(const store::Claim& claim, const Failure& failure, Ledger& ledger) {
  circuit_->answered(clock_.steady_now());
  keep(claim, failure, settings_.retry.max, ledger);
  Trouble& trouble = trouble_of(claim.id);
  if (std::exchange(trouble.held, true)) return;
  telemetry::log(Level::kError, "key_held",
                 {{"connector", settings_.name},
                  {"message", base::to_string(claim.message_id)},
                  {"class", connectors::to_string(failure.what)},
                  {"reason", failure.reason}});
}

void Lane::park(const store::Claim& claim, Failure& failure, Ledger& ledger) {
  telemetry::log(Level::kWarning, "message_parked",
                 {{"connector", settings_.name},
                  {"message", base::to_string(claim.message_id)},
                  {"class", connectors::to_string(failure.what)},
                  {"reason", failure.reason}});
  ledger.settlements.push_back(
      {claim.id, store::Parked{reason_of(failure), std::move(failure.words)}});
  troubles_.erase(claim.id);
  ++report_.parked_count;
  telemetry::count(Counter::kDeadLetters);
}

void Lane::stop_lane(std::string_view cause) {
  const base::SteadyTime now = clock_.steady_now();
  circuit_->stop(cause, now, now + draw_wait(circuit_->next_failure_count(), {}));
}

void Lane::tell_outbox(Ledger ledger) {
  in_hand_.clear();
  if (!ledger.attempts.empty()) settings_.journal->attempts(ledger.attempts);
  if (!ledger.settlements.empty()) {
    outbox_.settle(settings_.slice.connector, std::move(ledger.settlements));
  }
  if (!ledger.given_back.empty()) {
    outbox_.return_claims(settings_.slice.connector, ledger.given_back);
  }
}

void Lane::note_failure(const Failure& failure) {
  ++report_.attempt_count;
  report_.last_failure =
      LastFailure{.what = failure.what, .reason = failure.reason, .at = clock_.wall_now()};
  telemetry::count(Counter::kDeliveryFailures);
  telemetry::count(counter_of(failure.what));
}

Lane::Trouble& Lane::trouble_of(store::EntryId id) {
  const auto known = troubles_.find(id);
  if (known != troubles_.end()) return known->second;
  if (troubles_.size() >= kTroublesMax) troubles_.erase(troubles_.begin());
  return troubles_.emplace(id, Trouble{.delivered_before = report_.delivered_count}).first->second;
}

base::Duration Lane::draw_wait(std::uint64_t failure_count, const Failure& failure) {
  const double random = std::uniform_real_distribution<double>(0.0, 1.0)(dice_);
  return wait_after(settings_.retry, {.count = failure_count, .retry_after = failure.retry_after},
                    random);
}

Lane::Step Lane::claim_failed(const store::StoreError& error) {
  if (error.fault == store::StoreFault::kClosed) return {.next = Next::kEnd};
  telemetry::log(Level::kError, "lane_cannot_claim",
                 {{"connector", settings_.name},
                  {"fault", store::to_string(error.fault)},
                  {"os_error", error.os_error}});
  return {Next::kPause, clock_.steady_now() + kStorePause};
}

void Lane::resume() {
  troubles_.clear();
  circuit_->resume(clock_.steady_now());
  report_.state = circuit_->state();
}

void Lane::abandon() {
  circuit_->end_probe(this);
  connector_.reset();
  outbox_.return_claims(settings_.slice.connector, in_hand_);
  in_hand_.clear();
  ++report_.restart_count;
}

}  // namespace deliver
