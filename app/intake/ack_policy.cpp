#include "intake/ack_policy.hpp"

#include <algorithm>
#include <string>

namespace intake {
namespace {

struct Row {
  Outcome outcome;
  std::string_view name;
  Reply ae_retries;
  Reply ar_retries;
  Lesson lesson;
};

constexpr Reply kAA = Reply::kAccept;
constexpr Reply kAE = Reply::kError;
constexpr Reply kAR = Reply::kReject;

// In the order of the enumeration.
constexpr std::array<Row, kOutcomeCount> kTable = {{
    {Outcome::kAccepted, "accepted", kAA, kAA, {"0", "", "Message accepted"}},
    {Outcome::kRuleFailed, "rule_failed", kAR, kAE, {"207", "", "A rule refused the message"}},
    {Outcome::kEvaluationFailed,
     "evaluation_failed",
     kAE,
     kAE,
     {"207", "", "A rule could not be evaluated"}},
    {Outcome::kUnreadable,
     "unreadable",
     kAR,
     kAR,
     {"100", "MSH", "No readable MSH segment at the start of the frame"}},
    {Outcome::kNoControlId,
     "no_control_id",
     kAR,
     kAE,
     {"101", "MSH-10", "MSH-10 (message control id) is required"}},
    {Outcome::kSeveralMessages,
     "several_messages",
     kAR,
     kAE,
     {"100", "MSH", "Several messages in one frame without a batch envelope"}},
    {Outcome::kBatchRefused, "batch_refused", kAR, kAE, {"207", "", "Batch refused"}},
    {Outcome::kTooLarge, "too_large", kAR, kAE, {"207", "", "frame too large"}},
    {Outcome::kConflict,
     "conflict",
     kAR,
     kAE,
     {"205", "MSH-10", "Another message with this control id was received before"}},
    {Outcome::kUnrouted,
     "unrouted",
     kAR,
     kAE,
     {"207", "", "No destination is configured for this message"}},
    {Outcome::kUnavailable,
     "unavailable",
     kAE,
     kAR,
     {"207", "", "The message could not be stored; send it again later"}},
    {Outcome::kRateLimited,
     "rate_limited",
     kAE,
     kAR,
     {"207", "", "Too many messages; send it again later"}},
    {Outcome::kNoAnswer,
     "no_answer",
     kAE,
     kAR,
     {"207", "", "The receiving system has not answered; send it again later"}},
    {Outcome::kDuplicate,
     "duplicate",
     kAR,
     kAE,
     {"205", "MSH-10", "This message was stored before; do not send it again"}},
}};

constexpr std::array<std::string_view, 5> kReplyNames = {"AA", "AE", "AR", "close", "none"};

const Row& row(Outcome outcome) noexcept { return kTable[static_cast<std::size_t>(outcome)]; }

std::optional<Outcome> outcome_named(std::string_view name) noexcept {
  const auto found = std::ranges::find(kTable, name, &Row::name);
  if (found == kTable.end()) return std::nullopt;
  return found->outcome;
}

std::optional<Reply> reply_named(std::string_view name) noexcept {
  const auto found = std::ranges::find(kReplyNames, name);
  if (found == kReplyNames.end()) return std::nullopt;
  return static_cast<Reply>(found - kReplyNames.begin());
}

std::string known_outcomes() {
  std::string names;
  for (const Row& each : kTable) {
    if (!names.empty()) names += ", ";
    names += each.name;
  }
  return names;
}

// What is wrong with one entry, or nothing.
std::optional<std::string> fault_of(std::string_view name, std::string_view code) {
  const auto outcome = outcome_named(name);
  const auto reply = reply_named(code);
  const std::string entry = "answers." + std::string(name);
  if (!outcome) return entry + ": no such outcome; known are " + known_outcomes();
  if (!reply) {
    return entry + ": expected AA, AE, AR, close or none, found \"" + std::string(code) + "\"";
  }
  if (*outcome == Outcome::kAccepted) {
    if (*reply == Reply::kError || *reply == Reply::kReject) {
      return entry + ": a message that was stored is never answered " + std::string(code);
    }
  } else if (*reply == Reply::kAccept) {
    return entry + ": a message that was not stored is never answered AA";
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Outcome outcome) noexcept { return row(outcome).name; }

std::optional<hl7::AckCode> code_of(Reply reply) noexcept {
  switch (reply) {
    case Reply::kAccept: return hl7::AckCode::kAA;
    case Reply::kError: return hl7::AckCode::kAE;
    case Reply::kReject: return hl7::AckCode::kAR;
    case Reply::kClose:
    case Reply::kNone: return std::nullopt;
  }
  return std::nullopt;
}

Lesson lesson(Outcome outcome) noexcept { return row(outcome).lesson; }

std::optional<Outcome> outcome_of(const store::StoreError& error) noexcept {
  if (error.fault == store::StoreFault::kSyncFailed) return std::nullopt;
  return Outcome::kUnavailable;
}

AckPolicy::AckPolicy() noexcept {
  std::ranges::transform(kTable, replies_.begin(), &Row::ae_retries);
}

base::Result<AckPolicy, config::Problems> AckPolicy::make(const config::AnswersSetting& setting) {
  AckPolicy policy;
  config::Problems problems;
  if (setting.preset == "ar_retries") {
    std::ranges::transform(kTable, policy.replies_.begin(), &Row::ar_retries);
  } else if (setting.preset != "ae_retries") {
    problems.push_back(setting.node.problem("answers: expected ae_retries or ar_retries, found \"" +
                                            setting.preset + "\""));
  }
  for (const auto& [name, code] : setting.entries) {
    if (const auto fault = fault_of(name, code)) {
      const config::Node* entry = setting.node.find(name);
      problems.push_back((entry != nullptr ? *entry : setting.node).problem(*fault));
    } else {
      policy.replies_[static_cast<std::size_t>(*outcome_named(name))] = *reply_named(code);
    }
  }
  if (!problems.empty()) return base::fail(std::move(problems));
  return policy;
}

Reply AckPolicy::reply(Outcome outcome) const noexcept {
  return replies_[static_cast<std::size_t>(outcome)];
}

}  // namespace intake
