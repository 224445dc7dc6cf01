#include "intake/refusals.hpp"

#include <algorithm>
#include <string>

#include "hl7/message.hpp"
#include "hl7/path.hpp"

namespace intake {
namespace {

bool is_kept(Outcome outcome) noexcept {
  return outcome != Outcome::kAccepted && outcome != Outcome::kUnavailable &&
         outcome != Outcome::kRateLimited;
}

// What rules found, else what the frame lacked, else what the outcome is about.
std::string reason_of(const Ruling& ruling) {
  std::string text;
  for (const Finding& finding : ruling.findings) {
    if (finding.is_warning) continue;
    text += text.empty() ? "" : "; ";
    text += finding.rule + ": " + finding.text;
  }
  if (!text.empty()) return text;
  return ruling.reason.empty() ? std::string(lesson(ruling.outcome).text) : ruling.reason;
}

void take_header(store::Rejected& rejected, const hl7::Header& header) {
  rejected.type = header.type;
  rejected.trigger = header.trigger;
  rejected.version = header.version;
  rejected.control_id = header.control_id;
  rejected.sending_application = header.sending_application;
  rejected.sending_facility = header.sending_facility;
  rejected.charset = header.charset;
}

std::string patient_of(base::ByteView octets) {
  static const hl7::Path kPath = *hl7::parse_path("PID-3.1");
  hl7::Message message;
  if (!message.parse(octets)) return {};
  return std::string(message.get(kPath));
}

store::Rejected to_rejected(const Answered& answered, const Ruling& ruling,
                            const AnswerWriter& answers) {
  const Decision& decision = answered.decision;
  const base::ByteView octets = ruling.octets.empty() ? answered.frame : ruling.octets;
  store::Rejected rejected;
  rejected.received_at = decision.received_at;
  rejected.listener = answered.peer.listener;
  rejected.peer = answered.peer.address;
  rejected.tls_identity = answered.peer.tls_identity;
  rejected.config_revision = decision.config_revision;
  if (ruling.header) take_header(rejected, *ruling.header);
  rejected.patient_key = patient_of(octets);
  if (const auto code = answers.code_for(ruling, ruling.outcome)) {
    rejected.answer_code = to_string(*code);
  }
  rejected.outcome = to_string(ruling.outcome);
  rejected.reason = reason_of(ruling);
  // Of a batch, whose answers stand in one envelope, its own is written once more.
  const bool is_alone = decision.rulings.size() == 1 && answered.answer.messages.size() == 1;
  rejected.answer = is_alone ? answered.answer.messages.front()
                             : answers.write(ruling, ruling.outcome, decision.received_at);
  rejected.earlier = ruling.earlier;
  rejected.size_bytes = octets.size();
  const auto kept = octets.first(std::min(octets.size(), store::kRejectedBytesMax));
  rejected.message.assign(kept.begin(), kept.end());
  return rejected;
}

}  // namespace

std::vector<store::Rejected> refusals_of(const Answered& answered, const AnswerWriter& answers) {
  std::vector<store::Rejected> refused;
  for (const Ruling& ruling : answered.decision.rulings) {
    if (is_kept(ruling.outcome)) refused.push_back(to_rejected(answered, ruling, answers));
  }
  return refused;
}

std::vector<store::Rejected> repeats_of(const Answered& answered, const AnswerWriter& answers) {
  std::vector<store::Rejected> repeated;
  for (const Ruling& ruling : answered.decision.rulings) {
    if (ruling.repeated) repeated.push_back(to_rejected(answered, ruling, answers));
  }
  return repeated;
}

}  // namespace intake
