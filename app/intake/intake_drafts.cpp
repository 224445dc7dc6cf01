// The part of judging that makes drafts: what the store is given, and asked.
#include <cstddef>
#include <optional>
#include <utility>

#include "intake/fingerprint.hpp"
#include "intake/intake.hpp"
#include "intake/repeat.hpp"
#include "telemetry/metrics.hpp"

namespace intake {
namespace {

using telemetry::Counter;

// PID-3.1, read once.
const hl7::Path& patient_key_path() {
  static const hl7::Path path = *hl7::parse_path("PID-3.1");
  return path;
}

// The rules have nothing to do with this outcome.
void forget_findings(Ruling& ruling, Outcome outcome) {
  ruling.outcome = outcome;
  ruling.reply.reset();
  ruling.findings.clear();
  ruling.record.clear();
}

}  // namespace

void Intake::accept(const Case& on, Ruling& ruling, const hl7::Message& message) const {
  Decision& decision = on.decision;
  const base::ByteView octets = message.octets();
  const auto& [rules, router] = on.in_force;
  auto lanes = rules == nullptr || rules->routes_all()
                   ? router.all()
                   : router.plan(*rules, MessageContext::of_thread());
  if (lanes.empty()) {
    telemetry::count(Counter::kMessagesUnrouted);
    if (settings_.unrouted == config::Unrouted::kReject) {
      return forget_findings(ruling, Outcome::kUnrouted);
    }
  }
  if (traits_.digest == Digest::kTaken) ruling.sha256 = sha256(octets);
  const bool asks = settings_.ack == config::AckWhen::kAfterDelivery &&
                    router.ask(lanes, settings_.answer_from, hash_key(on.peer.address));
  if (asks) {
    decision.asks = true;
    ruling.record = "after_delivery";
  } else {
    ruling.answer = answers_.write(ruling, Outcome::kAccepted, decision.received_at);
  }

  const hl7::Header& header = *ruling.header;
  store::Draft& draft = add_draft(on, ruling);
  draft.lanes = std::move(lanes);
  draft.payload = octets;
  if (knows_again() && !asks) {
    draft.dedup = query_of(*traits_.dedup_secret, settings_, octets, header);
  }
  store::MessageFacts& facts = draft.facts;
  facts.tls_identity = on.peer.tls_identity;
  facts.type = header.type;
  facts.trigger = header.trigger;
  facts.version = header.version;
  facts.control_id = header.control_id;
  facts.sending_application = header.sending_application;
  facts.sending_facility = header.sending_facility;
  facts.patient_key = message.get(patient_key_path());
  facts.charset = header.charset;
  if (const auto code = answers_.code_for(ruling, Outcome::kAccepted); code && !asks) {
    facts.answer_code = to_string(*code);
  }
}

store::Draft& Intake::add_draft(const Case& on, Ruling& ruling) const {
  ruling.has_draft = true;
  store::Draft& draft = on.decision.drafts.emplace_back();
  draft.facts.id = ruling.id;
  draft.facts.received_at = on.decision.received_at;
  draft.facts.listener = on.peer.listener;
  draft.facts.peer = on.peer.address;
  return draft;
}

// Refused by the rules of today. If it was taken by those of yesterday, and only the answer was
// lost, its sender must not hear that it was not.
void Intake::probe(const Case& on, Ruling& ruling) const {
  const bool is_judged = ruling.outcome == Outcome::kRuleFailed ||
                         ruling.outcome == Outcome::kEvaluationFailed ||
                         ruling.outcome == Outcome::kUnrouted;
  if (!is_judged || settings_.ack == config::AckWhen::kAfterDelivery) return;
  auto query = query_of(*traits_.dedup_secret, settings_, ruling.octets, *ruling.header);
  if (!query) return;
  query->is_probe = true;
  add_draft(on, ruling).dedup = *query;
}

// The drafts look into the rulings: only now do those stay where they are.
void Intake::finish_facts(Decision& decision, std::uint64_t revision) const {
  decision.config_revision = revision;
  std::size_t draft_index = 0;
  for (const Ruling& ruling : decision.rulings) {
    if (!ruling.has_draft) continue;
    store::MessageFacts& facts = decision.drafts[draft_index++].facts;
    if (traits_.digest == Digest::kTaken)
      facts.sha256 = {ruling.sha256.data(), ruling.sha256.size()};
    facts.answer = base::as_bytes(ruling.answer);
    facts.config_revision = revision;
    facts.answer_reason = ruling.record;
  }
}

}  // namespace intake
