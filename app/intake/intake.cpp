#include "intake/intake.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "hl7/frame.hpp"
#include "intake/envelope.hpp"
#include "intake/validator.hpp"
#include "telemetry/metrics.hpp"

namespace intake {
namespace {

using telemetry::Counter;
using telemetry::Histogram;

// Its index of segments grows once, and is used for all that the thread judges.
hl7::Message& message_of_thread() {
  thread_local hl7::Message message;
  return message;
}

std::optional<hl7::Header> header_of(base::ByteView octets) {
  auto header = hl7::parse_header(octets);
  if (!header) return std::nullopt;
  return *header;
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
               const ListenerRules& rules, const base::Clock& clock, const StoreTraits& traits)
    : settings_(settings),
      answers_(settings, policy),
      default_charset_(default_charset(settings)),
      rules_(rules),
      clock_(clock),
      traits_(traits) {}

void Intake::judge(base::ByteView payload, const Peer& peer, Decision& decision) const {
  decision.begin(clock_.wall_now());
  const Case on{decision, peer, *rules_.live.current()};
  if (!judge_single(on, payload)) judge_frame(on, payload);
  finish_facts(decision, on.in_force.revision());
}

// Nearly always: one message, read in one pass. False: nothing was judged.
bool Intake::judge_single(const Case& on, base::ByteView payload) const {
  hl7::Message& message = message_of_thread();
  if (!parse(on, message, payload) || !hl7::is_surely_single(message)) return false;
  judge_parsed(on, message);
  return true;
}

void Intake::judge_frame(const Case& on, base::ByteView payload) const {
  thread_local hl7::FrameContents contents;
  Decision& decision = on.decision;
  hl7::split_frame(payload, contents);
  switch (kind_of(contents)) {
    case hl7::FrameKind::kUnreadable:
      telemetry::count(Counter::kFramesDamaged);
      refuse(decision, Outcome::kUnreadable, std::nullopt);
      break;
    case hl7::FrameKind::kSingle: judge_message(on, payload); break;
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
}

void Intake::judge_oversize(base::ByteView head, Decision& decision) const {
  decision.begin(clock_.wall_now());
  refuse(decision, Outcome::kTooLarge, header_of(head));
}

void Intake::judge_rate_limited(base::ByteView payload, Decision& decision) const {
  decision.begin(clock_.wall_now());
  refuse(decision, Outcome::kRateLimited, header_of(payload));
}

// Whoever measures the parts of a message's way wants to know this one alone.
base::Status<hl7::ParseError> Intake::parse(const Case& on, hl7::Message& message,
                                            base::ByteView octets) const {
  const base::SteadyTime before = clock_.steady_now();
  auto parsed = message.parse(octets, {}, default_charset_);
  on.decision.parsed = {before, clock_.steady_now()};
  telemetry::observe(Histogram::kParse, on.decision.parsed.end - before);
  return parsed;
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
  hl7::Message& message = message_of_thread();
  if (const auto parsed = parse(on, message, octets); !parsed) {
    return judge_unparsed(on, octets, parsed.error());
  }
  judge_parsed(on, message);
}

// What is missing in a header that can be read is said before what is wrong behind it.
void Intake::judge_unparsed(const Case& on, base::ByteView octets,
                            const hl7::ParseError& error) const {
  auto header = header_of(octets);
  if (!header) {
    telemetry::count(Counter::kFramesDamaged);
    refuse(on.decision, Outcome::kUnreadable, std::nullopt);
  } else if (lacks_control_id(*header)) {
    refuse(on.decision, Outcome::kNoControlId, header);
  } else {
    refuse(on.decision, Outcome::kUnreadable, header,
           "The message cannot be read: " + std::string(to_string(error.fault)));
  }
  on.decision.rulings.back().octets = octets;
}

void Intake::judge_parsed(const Case& on, const hl7::Message& message) const {
  Ruling& ruling = on.decision.rulings.emplace_back();
  ruling.octets = message.octets();
  ruling.header = header_of(ruling.octets);
  ruling.id = base::make_uuid_v7(on.decision.received_at);
  ruling.parsed = on.decision.parsed;
  if (!ruling.header) {  // cannot be: what is parsed has a header
    telemetry::count(Counter::kFramesDamaged);
    ruling.outcome = Outcome::kUnreadable;
  } else if (lacks_control_id(*ruling.header)) {
    ruling.outcome = Outcome::kNoControlId;
  } else if (!on.in_force.rules || pass_rules(on, ruling, message)) {
    accept(on, ruling, message);
  }
  if (!ruling.has_draft && knows_again()) probe(on, ruling);
}

bool Intake::lacks_control_id(const hl7::Header& header) const {
  return header.control_id.empty() && settings_.no_control_id == config::NoControlId::kReject;
}

// Opens the message for rules and filters, where there are any. False: refused.
bool Intake::pass_rules(const Case& on, Ruling& ruling, const hl7::Message& message) const {
  const RuleSet& set = *on.in_force.rules;
  const std::vector<Rule>& rules = set.rules(rules_.listener);
  if (rules.empty() && set.routes_all()) return true;
  const base::SteadyTime before = clock_.steady_now();
  MessageContext& context = MessageContext::of_thread();
  context.open(message, {.peer = on.peer,
                         .now = on.decision.received_at,
                         .default_charset = default_charset_,
                         .limits = set.cost_limits()});
  Verdict verdict = validate(rules, context);
  ruling.judged = {before, clock_.steady_now()};
  telemetry::observe(Histogram::kRules, ruling.judged.end - before);
  ruling.outcome = verdict.outcome;
  ruling.reply = verdict.reply;
  ruling.findings = std::move(verdict.findings);
  ruling.record = record_of(ruling.findings);
  return ruling.outcome == Outcome::kAccepted;
}

void Intake::refuse(Decision& decision, Outcome outcome, std::optional<hl7::Header> header,
                    std::string reason) const {
  Ruling& ruling = decision.rulings.emplace_back();
  ruling.outcome = outcome;
  ruling.header = header;
  ruling.reason = std::move(reason);
  ruling.id = base::make_uuid_v7(decision.received_at);
}

}  // namespace intake
