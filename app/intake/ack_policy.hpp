// intake/ack_policy.hpp: which outcome gets which code. The one table of it.
//
// By this product AR is permanent and AE may be retried. Senders differ, so each
// listener chooses a preset or single entries (`answers:`):
//
//   outcome            ae_retries (default)   ar_retries (the standard's reading)
//   accepted           AA                     AA
//   rule_failed        AR                     AE
//   evaluation_failed  AE                     AE
//   unreadable         AR                     AR
//   no_control_id      AR                     AE
//   several_messages   AR                     AE
//   batch_refused      AR                     AE
//   too_large          AR                     AE
//   conflict           AR                     AE
//   unrouted           AR                     AE
//   unavailable        AE                     AR
//   rate_limited       AE                     AR
//   no_answer          AE                     AR
//   duplicate          AR                     AE
//
// No entry can make AA of a message that was not stored, nor a refusal of one
// that was: `accepted` takes AA, close or none; all others anything but AA.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "config/configuration.hpp"
#include "hl7/ack.hpp"
#include "store/append.hpp"

namespace intake {

// The values are stored and exported as metric labels: add at the end, never renumber.
enum class Outcome : std::uint8_t {
  kAccepted = 0,
  kRuleFailed = 1,
  kEvaluationFailed = 2,
  kUnreadable = 3,
  kNoControlId = 4,
  kSeveralMessages = 5,
  kBatchRefused = 6,
  kTooLarge = 7,
  kConflict = 8,
  kUnrouted = 9,
  kUnavailable = 10,
  kRateLimited = 11,
  kNoAnswer = 12,  // stored, but the system that should answer has not
  kDuplicate = 13,
};
inline constexpr std::size_t kOutcomeCount = 14;

// "rule_failed": the name in `answers:`, in logs and in metrics.
[[nodiscard]] std::string_view to_string(Outcome outcome) noexcept;

enum class Reply : std::uint8_t { kAccept, kError, kReject, kClose, kNone };

// The application code of a reply; none for kClose and kNone.
[[nodiscard]] std::optional<hl7::AckCode> code_of(Reply reply) noexcept;

// What an ERR segment says of an outcome that no rule explains.
struct Lesson {
  std::string_view code;      // table 0357
  std::string_view location;  // a path, e.g. "MSH-10"; empty where there is none
  std::string_view text;      // for the person at the sender
};

[[nodiscard]] Lesson lesson(Outcome outcome) noexcept;

// What a store's refusal is to the sender; none where it must not be answered at
// all, because what is on disk is unknown.
[[nodiscard]] std::optional<Outcome> outcome_of(const store::StoreError& error) noexcept;

// Besides the table: a rule's `on_error` decides for that rule's errors.
class AckPolicy {
 public:
  // The default preset.
  AckPolicy() noexcept;

  // Unknown presets, outcomes and codes are problems, at their place in the file.
  [[nodiscard]] static base::Result<AckPolicy, config::Problems> make(
      const config::AnswersSetting& setting);

  [[nodiscard]] Reply reply(Outcome outcome) const noexcept;

 private:
  std::array<Reply, kOutcomeCount> replies_;
};

}  // namespace intake
