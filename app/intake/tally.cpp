#include "intake/tally.hpp"

#include <optional>

#include "telemetry/message_counts.hpp"

namespace intake {
namespace {

telemetry::Told told(const std::optional<hl7::AckCode>& code) noexcept {
  if (!code) return telemetry::Told::kNothing;
  switch (*code) {
    case hl7::AckCode::kAA:
    case hl7::AckCode::kCA: return telemetry::Told::kAccepted;
    case hl7::AckCode::kAE:
    case hl7::AckCode::kCE: return telemetry::Told::kError;
    case hl7::AckCode::kAR:
    case hl7::AckCode::kCR: break;
  }
  return telemetry::Told::kRejected;
}

}  // namespace

void count_told(const Decision& decision, std::span<const Outcome> outcomes,
                const AnswerWriter& answers, const Answer& answer) {
  for (std::size_t index = 0; index < outcomes.size(); ++index) {
    const Ruling& ruling = decision.rulings[index];
    const auto code = answer.close ? std::nullopt : answers.code_for(ruling, outcomes[index]);
    const hl7::Header header = ruling.header.value_or(hl7::Header{});
    telemetry::count_message(header.type, header.trigger, told(code));
  }
}

}  // namespace intake
