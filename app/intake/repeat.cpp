#include "intake/repeat.hpp"

#include <cstddef>
#include <string>

namespace intake {
namespace {

std::size_t offset_in(base::ByteView octets, std::string_view part) noexcept {
  return static_cast<std::size_t>(base::as_bytes(part).data() - octets.data());
}

// Those that the store tells as a code.
std::optional<hl7::AckCode> code_of(std::string_view text) noexcept {
  if (text == "AA") return hl7::AckCode::kAA;
  if (text == "CA") return hl7::AckCode::kCA;
  return std::nullopt;
}

// The number stands within the 80 characters that MSA-3 has up to version 2.6.
std::string refusal_text(const store::Recognition& seen) {
  const std::string earlier = std::to_string(seen.earlier.value);
  if (seen.sighting == store::Sighting::kConflict) {
    return "Another message with this control id came before, as message " + earlier;
  }
  return "This message was stored before, as message " + earlier + "; do not send it again";
}

void refuse(Ruling& ruling, Outcome outcome, const store::Recognition& seen) {
  ruling.outcome = outcome;
  ruling.reason = refusal_text(seen);
  ruling.reply.reset();
  ruling.findings.clear();
}

// Its findings of today are not what it was told then.
void repeat(Ruling& ruling, const store::Recognition& seen) {
  ruling.outcome = Outcome::kAccepted;
  ruling.findings.clear();
  ruling.repeated = RepeatedAnswer{code_of(seen.answer_code), seen.answer};
}

void take(Ruling& ruling, const store::Draft& draft, const config::ListenerSettings& settings) {
  const store::Recognition& seen = draft.recognition;
  const bool is_refused = !draft.is_stored && !draft.dedup->is_probe;
  if (seen.sighting == store::Sighting::kDuplicate || is_refused) ruling.earlier = seen.earlier;
  if (seen.sighting == store::Sighting::kDuplicate) {
    if (settings.dedup == config::Dedup::kAnswer) return repeat(ruling, seen);
    return refuse(ruling, Outcome::kDuplicate, seen);
  }
  if (is_refused) refuse(ruling, Outcome::kConflict, seen);
}

}  // namespace

std::optional<store::DedupQuery> query_of(const store::DedupSecret& secret,
                                          const config::ListenerSettings& settings,
                                          base::ByteView octets, const hl7::Header& header) {
  if (header.control_id.empty()) return std::nullopt;
  store::FingerprintSource source;
  source.listener = settings.name;
  source.sending_application = header.sending_application;
  source.sending_facility = header.sending_facility;
  source.control_id = header.control_id;
  source.before_time = octets;
  if (!header.datetime.empty()) {
    const std::size_t begin = offset_in(octets, header.datetime);
    source.before_time = octets.first(begin);
    source.after_time = octets.subspan(begin + header.datetime.size());
  }
  store::DedupQuery query;
  query.print = fingerprint_of(secret, source);
  query.on_conflict = settings.dedup_conflict == config::DedupConflict::kReject
                          ? store::OnConflict::kReject
                          : store::OnConflict::kAccept;
  return query;
}

void take_recognitions(Decision& decision, std::span<const store::Draft> drafts,
                       const config::ListenerSettings& settings) {
  std::size_t next = 0;
  for (Ruling& ruling : decision.rulings) {
    if (!ruling.has_draft) continue;
    const store::Draft& draft = drafts[next++];
    if (draft.recognition.sighting != store::Sighting::kNew) take(ruling, draft, settings);
  }
}

}  // namespace intake
