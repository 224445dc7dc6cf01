#include "intake/intake.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "hl7/frame.hpp"
#include "intake/fingerprint.hpp"
#include "intake/validator.hpp"
#include "telemetry/metrics.hpp"

namespace intake {
namespace {

using telemetry::Counter;

// PID-3.1, read once.
const hl7::Path& patient_key_path() {
  static const hl7::Path path = *hl7::parse_path("PID-3.1");
  return path;
}

std::optional<hl7::Header> header_of(base::ByteView octets) {
  auto header = hl7::parse_header(octets);
  if (!header) return std::nullopt;
  return *header;
}

std::string describe_first_fault(const hl7::FrameContents& contents) {
  const auto fault = std::ranges::find_if(contents.problems, [](const hl7::BatchProblem& problem) {
    return is_corrupt(problem.fault);
  });
  if (fault == contents.problems.end()) return {};
  return "Batch refused: " + std::string(to_string(fault->fault)) + " at octet " +
         std::to_string(fault->offset);
}

// A BTS or FTS alone makes no batch: some senders close every file with one.
hl7::FrameKind kind_of(const hl7::FrameContents& contents) {
  if (contents.kind != hl7::FrameKind::kBatch) return contents.kind;
  const bool has_header = !contents.file_header.empty() ||
                          std::ranges::any_of(contents.batches, [](const hl7::Batch& batch) {
                            return !batch.header.empty();
                          });
  if (has_header || contents.messages.empty()) return contents.kind;
  return contents.messages.size() == 1 ? hl7::FrameKind::kSingle : hl7::FrameKind::kSeveral;
}

// FHS and BHS of the batch that holds the message, a line each.
std::string envelope_of(const hl7::FrameContents& contents, std::size_t message_index) {
  std::string envelope(base::as_text(contents.file_header));
  for (const hl7::Batch& batch : contents.batches) {
    const bool holds = message_index >= batch.message_index &&
                       message_index < batch.message_index + batch.message_count;
    if (!holds || batch.header.empty()) continue;
    if (!envelope.empty()) envelope += '\r';
    envelope += base::as_text(batch.header);
  }
  return envelope;
}

// The rules behind an answer, each once: "rule:need-id warning:has-sex".
std::string record_of(const std::vector<Finding>& findings) {
  std::string record;
  const std::string* last = nullptr;
  for (const Finding& finding : findings) {
    if (last != nullptr && *last == finding.rule) continue;
    last = &finding.rule;
    if (!record.empty()) record += ' ';
    record += (finding.is_warning ? "warning:" : "rule:") + finding.rule;
  }
  return record;
}

}  // namespace

std::optional<hl7::Charset> default_charset(const config::ListenerSettings& settings) {
  return hl7::find_charset(settings.default_character_set);
}

Intake::Intake(const config::ListenerSettings& settings, const AckPolicy& policy,
               const ListenerRules& rules, const base::Clock& clock)
    : settings_(settings),
      answers_(settings, policy),
      default_charset_(default_charset(settings)),
      rules_(rules),
      clock_(clock) {}

Decision Intake::judge(base::ByteView payload, const Peer& peer) const {
  thread_local hl7::FrameContents contents;
  Decision decision;
  decision.received_at = clock_.wall_now();
  const Case on{decision, peer, *rules_.live.current()};
  hl7::split_frame(payload, contents);

  switch (kind_of(contents)) {
    case hl7::FrameKind::kUnreadable:
      telemetry::count(Counter::kFramesDamaged);
      refuse(decision, Outcome::kUnreadable, std::nullopt);
      break;
    case hl7::FrameKind::kSingle:
      decision.rulings.reserve(1);
      judge_message(on, payload);
      break;
    case hl7::FrameKind::kSeveral:
      if (settings_.several_messages == config::SeveralMessages::kReject) {
        refuse(decision, Outcome::kSeveralMessages, header_of(contents.messages.front()));
        break;
      }
      decision.rulings.reserve(contents.messages.size());
      for (const base::ByteView octets : contents.messages) judge_message(on, octets);
      break;
    case hl7::FrameKind::kBatch: judge_batch(on, contents); break;
  }
  finish_facts(decision);
  return decision;
}

Decision Intake::judge_oversize(base::ByteView head) const {
  Decision decision;
  decision.received_at = clock_.wall_now();
  refuse(decision, Outcome::kTooLarge, header_of(head));
  return decision;
}

Decision Intake::judge_rate_limited(base::ByteView payload) const {
  Decision decision;
  decision.received_at = clock_.wall_now();
  refuse(decision, Outcome::kRateLimited, header_of(payload));
  return decision;
}

Answer Intake::conclude(const Decision& decision, const CommitOutcome& outcome) const {
  Outcome accepted = Outcome::kAccepted;
  if (outcome) {
    const auto refused = outcome_of(*outcome);
    if (!refused) return {.messages = {}, .close = true, .retry_later = true};
    accepted = *refused;
  }
  const auto final_outcome = [accepted](const Ruling& ruling) {
    return ruling.outcome == Outcome::kAccepted ? accepted : ruling.outcome;
  };
  if (decision.rulings.size() == 1) {  // nearly always: without a list
    const Outcome only = final_outcome(decision.rulings.front());
    return answers_.write_all(decision, {&only, 1});
  }
  std::vector<Outcome> outcomes(decision.rulings.size());
  std::ranges::transform(decision.rulings, outcomes.begin(), final_outcome);
  return answers_.write_all(decision, outcomes);
}

void Intake::judge_batch(const Case& on, const hl7::FrameContents& contents) const {
  Decision& decision = on.decision;
  telemetry::count(Counter::kBatches);
  if (settings_.batch == config::BatchMode::kReject) {
    return refuse(decision, Outcome::kBatchRefused, batch_header(contents),
                  "Batches are not accepted here");
  }
  if (contents.is_corrupt()) {
    return refuse(decision, Outcome::kBatchRefused, batch_header(contents),
                  describe_first_fault(contents));
  }
  decision.batch = std::make_unique<hl7::FrameContents>(contents);
  decision.rulings.reserve(contents.messages.size());
  for (std::size_t index = 0; index < contents.messages.size(); ++index) {
    const std::size_t drafts_before = decision.drafts.size();
    judge_message(on, contents.messages[index]);
    if (decision.drafts.size() == drafts_before) continue;
    decision.envelopes.push_back(envelope_of(contents, index));
    decision.drafts.back().facts.envelope = decision.envelopes.back();
  }
}

void Intake::judge_message(const Case& on, base::ByteView octets) const {
  thread_local hl7::Message message;
  Decision& decision = on.decision;
  Ruling ruling;
  ruling.header = header_of(octets);
  if (!ruling.header) {
    telemetry::count(Counter::kFramesDamaged);
    return refuse(decision, Outcome::kUnreadable, std::nullopt);
  }
  if (ruling.header->control_id.empty() &&
      settings_.no_control_id == config::NoControlId::kReject) {
    return refuse(decision, Outcome::kNoControlId, ruling.header);
  }
  if (const auto parsed = message.parse(octets, {}, default_charset_); !parsed) {
    return refuse(decision, Outcome::kUnreadable, ruling.header,
                  "The message cannot be read: " + std::string(to_string(parsed.error().fault)));
  }
  if (on.in_force.rules && !pass_rules(on, ruling, message)) {
    return refuse(decision, std::move(ruling));
  }
  accept(on, std::move(ruling), message);
}

// Opens the message for rules and filters, where there are any. False: refused.
bool Intake::pass_rules(const Case& on, Ruling& ruling, const hl7::Message& message) const {
  const RuleSet& set = *on.in_force.rules;
  const std::vector<Rule>& rules = set.rules(rules_.listener);
  if (rules.empty() && set.routes_all()) return true;
  MessageContext& context = MessageContext::of_thread();
  context.open(message, {.peer = on.peer,
                         .now = on.decision.received_at,
                         .default_charset = default_charset_,
                         .limits = set.cost_limits()});
  Verdict verdict = validate(rules, context);
  ruling.outcome = verdict.outcome;
  ruling.reply = verdict.reply;
  ruling.findings = std::move(verdict.findings);
  ruling.record = record_of(ruling.findings);
  return ruling.outcome == Outcome::kAccepted;
}

void Intake::refuse(Decision& decision, Outcome outcome, std::optional<hl7::Header> header,
                    std::string reason) const {
  Ruling ruling;
  ruling.outcome = outcome;
  ruling.header = header;
  ruling.reason = std::move(reason);
  ruling.id = base::make_uuid_v7(decision.received_at);
  decision.rulings.push_back(std::move(ruling));
}

void Intake::refuse(Decision& decision, Ruling ruling) const {
  ruling.id = base::make_uuid_v7(decision.received_at);
  decision.rulings.push_back(std::move(ruling));
}

void Intake::accept(const Case& on, Ruling ruling, const hl7::Message& message) const {
  Decision& decision = on.decision;
  const base::ByteView octets = message.octets();
  store::Draft draft;
  const auto& [rules, router] = on.in_force;
  draft.lanes = rules == nullptr || rules->routes_all()
                    ? router.all()
                    : router.plan(*rules, MessageContext::of_thread());
  if (draft.lanes.empty()) {
    telemetry::count(Counter::kMessagesUnrouted);
    if (settings_.unrouted == config::Unrouted::kReject) {
      return refuse(decision, Outcome::kUnrouted, ruling.header);
    }
  }
  ruling.id = base::make_uuid_v7(decision.received_at);
  ruling.sha256 = sha256(octets);
  ruling.answer = answers_.write(ruling, Outcome::kAccepted, decision.received_at);

  const hl7::Header& header = *ruling.header;
  draft.payload = octets;
  store::MessageFacts& facts = draft.facts;
  facts.id = ruling.id;
  facts.received_at = decision.received_at;
  facts.listener = on.peer.listener;
  facts.peer = on.peer.address;
  facts.tls_identity = on.peer.tls_identity;
  facts.config_revision = on.in_force.revision();
  facts.type = header.type;
  facts.trigger = header.trigger;
  facts.version = header.version;
  facts.control_id = header.control_id;
  facts.sending_application = header.sending_application;
  facts.sending_facility = header.sending_facility;
  facts.patient_key = message.get(patient_key_path());
  facts.charset = header.charset;
  if (const auto code = answers_.code_for(ruling, Outcome::kAccepted)) {
    facts.answer_code = to_string(*code);
  }
  decision.drafts.push_back(std::move(draft));
  decision.rulings.push_back(std::move(ruling));
}

// The drafts look into the rulings: only now do those stay where they are.
void Intake::finish_facts(Decision& decision) const {
  std::size_t draft_index = 0;
  for (const Ruling& ruling : decision.rulings) {
    if (ruling.outcome != Outcome::kAccepted) continue;
    store::MessageFacts& facts = decision.drafts[draft_index++].facts;
    facts.sha256 = {ruling.sha256.data(), ruling.sha256.size()};
    facts.answer = base::as_bytes(ruling.answer);
    facts.answer_reason = ruling.record;
  }
}

}  // namespace intake
