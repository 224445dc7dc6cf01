#include "connect/mllp_connector.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "mllp/frame_encoder.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace connectors {
namespace {

constexpr base::Duration kAfterStop = std::chrono::seconds(5);
constexpr std::size_t kWordsBytesMax = 64 * base::kKiB;
constexpr int kLateAnswersMax = 64;  // while one message waits; more is a flood

// The connection was gone before the target can have answered.
bool is_break(const Outcome& outcome) noexcept {
  const auto* failure = std::get_if<Failure>(&outcome);
  return failure != nullptr && failure->what == FailureClass::kReset;
}

}  // namespace

MllpConnector::MllpConnector(MllpSettings settings, const base::Clock& clock)
    : settings_(std::move(settings)), clock_(clock), link_(settings_.link, clock) {}

std::vector<Outcome> MllpConnector::deliver(std::span<const Delivery> deliveries,
                                            std::stop_token stop) {
  std::vector<Outcome> outcomes(deliveries.size(), NotTried{});
  for (std::size_t index = 0; index < deliveries.size(); ++index) {
    if (stop.stop_requested()) break;
    outcomes[index] = deliver_one(deliveries[index], stop);
    if (!std::holds_alternative<Delivered>(outcomes[index])) break;
  }
  return outcomes;
}

// A sender waits for this answer and goes by what it names: there `match` does not count.
base::Result<Connector::Answered, Failure> MllpConnector::ask(const Delivery& delivery,
                                                              base::SteadyTime until,
                                                              std::stop_token stop) {
  if (!mllp::is_encodable(delivery.message)) {
    return base::fail(Failure{.what = FailureClass::kWrite,
                              .blame = Blame::kMessage,
                              .reason = "the message holds octets that MLLP cannot carry"});
  }
  drop_strays();
  Answered answered;
  wanted_ = &answered;
  ask_until_ = until;
  Outcome outcome = exchange(delivery, stop);
  wanted_ = nullptr;
  ask_until_ = base::SteadyTime::max();
  if (auto* failure = std::get_if<Failure>(&outcome)) {
    if (answered.octets.empty()) return base::fail(std::move(*failure));
  }
  const auto answer = read_acknowledgement(base::as_bytes(answered.octets));
  if (answer && answer->control_id == delivery.control_id) return answered;
  return base::fail(give_up(
      delivery, {.what = FailureClass::kMismatch,
                 .blame = Blame::kUnclear,
                 .reason = link_.endpoint() + " gave an answer that its sender could not tell"
                                              " (MSA-2 is not MSH-10)"}));
}

base::Duration MllpConnector::answer_wait() const {
  if (wanted_ == nullptr) return settings_.answer_timeout;
  const base::Duration left = ask_until_ - clock_.steady_now();
  return std::clamp(left, base::Duration::zero(), settings_.answer_timeout);
}

Outcome MllpConnector::deliver_one(const Delivery& delivery, const std::stop_token& stop) {
  if (!mllp::is_encodable(delivery.message)) {
    return Failure{.what = FailureClass::kWrite,
                   .blame = Blame::kMessage,
                   .reason = "the message holds octets that MLLP cannot carry"};
  }
  drop_strays();
  const bool reused = link_.is_open();
  Outcome outcome = exchange(delivery, stop);
  if (reused && is_break(outcome) && !stop.stop_requested()) return exchange(delivery, stop);
  return outcome;
}

Outcome MllpConnector::exchange(const Delivery& delivery, const std::stop_token& stop) {
  if (auto opened = link_.open(stop); !opened) return std::move(opened).error();

  Patience sending(clock_, answer_wait(), stop, kAfterStop);
  if (auto sent = link_.send(delivery.message, sending); !sent) {
    return give_up(delivery, std::move(sent).error());
  }
  Patience waiting(clock_, answer_wait(), stop, kAfterStop);
  return await_answer(delivery, waiting);
}

Outcome MllpConnector::await_answer(const Delivery& delivery, Patience& patience) {
  for (int late_count = 0; late_count < kLateAnswersMax; ++late_count) {
    auto frame = link_.receive(patience);
    if (!frame) return give_up(delivery, std::move(frame).error());

    const auto answer = read_acknowledgement(base::as_bytes(*frame));
    if (!answer) {
      return give_up(delivery, {.what = FailureClass::kMismatch,
                                .blame = Blame::kUnclear,
                                .reason = link_.endpoint() + " answered with no acknowledgement",
                                .words = std::move(*frame)});
    }
    if (is_answer_to(delivery, *answer)) return conclude(delivery, *answer, std::move(*frame));

    const auto* other = recent_.find(settings_.match, answer->control_id);
    if (other == nullptr) {
      return give_up(delivery,
                     {.what = FailureClass::kMismatch,
                      .blame = Blame::kUnclear,
                      .reason = fmt::format("{} answered {}, but to another message (MSA-2)",
                                            link_.endpoint(), hl7::to_string(answer->code)),
                      .words = std::move(*frame)});
    }
    record_late(*answer, *other);
  }
  return give_up(delivery, {.what = FailureClass::kMismatch,
                            .blame = Blame::kUnclear,
                            .reason = link_.endpoint() + " answers everything but this message"});
}

bool MllpConnector::is_answer_to(const Delivery& delivery,
                                 const Acknowledgement& answer) const noexcept {
  if (names(settings_.match, {.control_id = delivery.control_id, .answered = answer.control_id})) {
    return true;
  }
  if (answer.control_id.empty()) {
    return delivery.control_id.empty() || settings_.match == Match::kOrder;
  }
  return delivery.control_id.empty() && recent_.find(settings_.match, answer.control_id) == nullptr;
}

Outcome MllpConnector::conclude(const Delivery& delivery, const Acknowledgement& answer,
                                std::string words) {
  const bool committed = answer.code == hl7::AckCode::kCA;
  recent_.remember(delivery.control_id, committed ? Fate::kCommitAccepted : Fate::kAnswered);
  const bool accepts = hl7::is_accept(answer.code);
  if (wanted_ != nullptr) *wanted_ = {words, accepts};
  if (accepts) return Delivered{};

  const bool park = action_for(answer.code) == OnAnswer::kPark;
  words.resize(std::min(words.size(), kWordsBytesMax));
  return Failure{
      .what = FailureClass::kAnswerCode,
      .blame = park ? Blame::kMessage : Blame::kUnclear,
      .reason = fmt::format("{} answered {}", link_.endpoint(), hl7::to_string(answer.code)),
      .words = std::move(words)};
}

Failure MllpConnector::give_up(const Delivery& delivery, Failure failure) {
  link_.close();
  recent_.remember(delivery.control_id, Fate::kUnanswered);
  failure.words.resize(std::min(failure.words.size(), kWordsBytesMax));
  return failure;
}

OnAnswer MllpConnector::action_for(hl7::AckCode code) const noexcept {
  switch (code) {
    case hl7::AckCode::kAE: return settings_.on_answer.application_error;
    case hl7::AckCode::kAR: return settings_.on_answer.application_reject;
    case hl7::AckCode::kCE: return settings_.on_answer.commit_error;
    case hl7::AckCode::kCR: return settings_.on_answer.commit_reject;
    case hl7::AckCode::kAA:
    case hl7::AckCode::kCA: break;
  }
  return OnAnswer::kRetry;
}

void MllpConnector::drop_strays() {
  while (link_.is_open()) {
    Patience none(clock_, base::Duration::zero(), {});
    const auto frame = link_.receive(none);
    if (frame) {
      if (!drop_stray(*frame)) link_.close();
      continue;
    }
    // Half an answer that nobody waits for would be taken for the next one's.
    if (link_.is_open() && link_.inside_frame()) link_.close();
    return;
  }
}

// True if it is what may follow a CA: then the connection is in step.
bool MllpConnector::drop_stray(std::string_view frame) {
  const auto answer = read_acknowledgement(base::as_bytes(frame));
  const auto* entry = answer ? recent_.find(settings_.match, answer->control_id) : nullptr;
  if (entry == nullptr) {
    telemetry::count(telemetry::Counter::kLateAnswers);
    telemetry::log(
        telemetry::Level::kWarning, "mllp_unasked_answer",
        {{"connector", settings_.name}, {"endpoint", link_.endpoint()}, {"bytes", frame.size()}});
    return false;
  }
  const bool follows_commit = entry->fate == Fate::kCommitAccepted;
  record_late(*answer, *entry);
  return follows_commit;
}

void MllpConnector::record_late(const Acknowledgement& answer, const RecentMessages::Entry& entry) {
  const bool expected = entry.fate == Fate::kCommitAccepted;
  telemetry::count(telemetry::Counter::kLateAnswers);
  telemetry::log(expected ? telemetry::Level::kDebug : telemetry::Level::kWarning,
                 "mllp_late_answer",
                 {{"connector", settings_.name},
                  {"endpoint", link_.endpoint()},
                  {"code", hl7::to_string(answer.code)},
                  {"control_id", entry.control_id},
                  {"message", to_string(entry.fate)}});
}

}  // namespace connectors
