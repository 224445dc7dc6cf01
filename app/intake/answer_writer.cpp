#include "intake/answer_writer.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "hl7/batch_ack.hpp"
#include "intake/local_time.hpp"

namespace intake {
namespace {

constexpr std::string_view kBase32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

constexpr hl7::AckCode kAnyAccept = hl7::AckCode::kAA;  // only its MSH is used

constexpr std::size_t kAcceptBytes = 192;  // what most answers AA fit into

// MSH-10 of an answer: 20 characters, the most that versions up to 2.5.1 allow.
// The first 100 bits of the message's own id: its time, its count, then chance.
std::array<char, 20> control_id_of(const base::Uuid& id) noexcept {
  std::array<char, 20> text{};
  std::uint32_t bits = 0;
  unsigned bit_count = 0;
  std::size_t octet = 0;
  for (char& digit : text) {
    if (bit_count < 5) {
      bits = (bits << 8U) | id.octets[octet++];
      bit_count += 8;
    }
    bit_count -= 5;
    digit = kBase32[(bits >> bit_count) & 0x1FU];
  }
  return text;
}

// Whether the sender should send the same again.
bool may_be_retried(Outcome outcome) noexcept {
  return outcome == Outcome::kUnavailable || outcome == Outcome::kRateLimited ||
         outcome == Outcome::kNoAnswer || outcome == Outcome::kEvaluationFailed;
}

std::vector<hl7::AckError> to_errors(const std::vector<Finding>& findings) {
  std::vector<hl7::AckError> errors;
  errors.reserve(findings.size());
  for (const Finding& finding : findings) {
    errors.push_back(
        {.location = finding.location,
         .code = finding.code,
         .severity = finding.is_warning ? hl7::Severity::kWarning : hl7::Severity::kError,
         .user_text = finding.text});
  }
  return errors;
}

int badness(hl7::AckCode code) noexcept {
  if (hl7::is_accept(code)) return 0;
  return code == hl7::AckCode::kAE || code == hl7::AckCode::kCE ? 1 : 2;
}

}  // namespace

AnswerWriter::AnswerWriter(const config::ListenerSettings& settings, const AckPolicy& policy)
    : settings_(settings),
      policy_(policy),
      time_form_(settings.ack_time == config::AckTime::kOffset ? hl7::TimeForm::kOffset
                                                               : hl7::TimeForm::kPlain) {}

std::optional<hl7::AckCode> AnswerWriter::code_for(const Ruling& ruling, Outcome outcome) const {
  const auto code = code_of(reply_for(ruling, outcome));
  if (!code || !ruling.header) return code;
  if (ruling.header->type == "ACK" && !settings_.answer_acks) return std::nullopt;
  if (settings_.ack_mode == config::AckMode::kOriginal) return code;
  return hl7::choose_answer({ruling.header->accept_ack, ruling.header->application_ack}, *code);
}

// A rule's own word on its error goes before the listener's answers.
Reply AnswerWriter::reply_for(const Ruling& ruling, Outcome outcome) const {
  const bool is_own = outcome == Outcome::kEvaluationFailed && ruling.reply.has_value();
  return is_own ? *ruling.reply : policy_.reply(outcome);
}

std::string AnswerWriter::write(const Ruling& ruling, Outcome outcome, base::WallTime now) const {
  const auto code = code_for(ruling, outcome);
  return code ? write_coded(ruling, outcome, *code, now) : std::string();
}

// A new MSH before what was said then. Where nothing was, or it cannot be had any more, it
// gets what a message that is accepted now gets.
std::string AnswerWriter::write_repeated(const Ruling& ruling, base::WallTime now) const {
  const RepeatedAnswer& earlier = *ruling.repeated;
  const auto due = code_for(ruling, Outcome::kAccepted);
  if (!earlier.octets.empty()) {
    std::string answer = write_coded(ruling, Outcome::kAccepted, due.value_or(kAnyAccept), now);
    const std::size_t rest = earlier.octets.find('\r');
    answer.resize(std::min(answer.find('\r'), answer.size()));
    if (rest != std::string::npos) answer += std::string_view(earlier.octets).substr(rest);
    return answer;
  }
  const auto code = earlier.code ? earlier.code : due;
  return code ? write_coded(ruling, Outcome::kAccepted, *code, now) : std::string();
}

std::string AnswerWriter::write_coded(const Ruling& ruling, Outcome outcome, hl7::AckCode code,
                                      base::WallTime now) const {
  const auto control_id = control_id_of(ruling.id);
  hl7::AckRequest request;
  request.header = ruling.header ? &*ruling.header : nullptr;
  request.code = code;
  request.time = to_local_time(now);
  request.time_form = time_form_;
  request.control_id = {control_id.data(), control_id.size()};
  request.default_version = settings_.default_version;
  request.default_charset =
      hl7::find_charset(settings_.default_character_set).value_or(hl7::Charset::kAscii);

  std::string out;
  out.reserve(kAcceptBytes);
  if (hl7::is_accept(code)) {
    const auto warnings = to_errors(ruling.findings);
    request.errors = warnings;
    hl7::append_ack(out, request);
    return out;
  }
  if (!ruling.findings.empty() && outcome == ruling.outcome) {
    append_findings(out, request, ruling);
    return out;
  }
  const Lesson taught = lesson(outcome);
  const std::string_view text = ruling.reason.empty() ? taught.text : ruling.reason;
  const std::string message_text = std::string(to_string(outcome)) + ": " + std::string(text);
  if (settings_.ack_text == config::AckText::kAuto) request.message_text = message_text;

  hl7::AckError error;
  error.code = taught.code;
  error.user_text = text;
  if (!taught.location.empty()) {
    if (const auto path = hl7::parse_path(taught.location)) error.location = *path;
  }
  request.errors = std::span(&error, 1);
  hl7::append_ack(out, request);
  return out;
}

// A rule's refusal: MSA-3 names the rule and what it found first; ERR tells all of it.
void AnswerWriter::append_findings(std::string& out, hl7::AckRequest& request,
                                   const Ruling& ruling) const {
  const Finding& decided = ruling.findings.front();
  const std::string message_text = decided.rule + ": " + decided.text;
  if (settings_.ack_text == config::AckText::kAuto) request.message_text = message_text;
  const auto errors = to_errors(ruling.findings);
  request.errors = errors;
  hl7::append_ack(out, request);
}

Answer AnswerWriter::write_all(Decision& decision, std::span<const Outcome> outcomes) const {
  Answer answer;
  answer.retry_later = std::ranges::any_of(outcomes, may_be_retried);
  for (std::size_t index = 0; index < outcomes.size(); ++index) {
    answer.close |= reply_for(decision.rulings[index], outcomes[index]) == Reply::kClose;
  }
  if (answer.close) return answer;
  if (decision.batch) {
    std::string batch = settings_.batch_answer == config::BatchAnswer::kOne
                            ? write_worst(decision, outcomes)
                            : write_batch(decision, outcomes);
    if (!batch.empty()) answer.messages.push_back(std::move(batch));
    return answer;
  }
  for (std::size_t index = 0; index < outcomes.size(); ++index) {
    Ruling& ruling = decision.rulings[index];
    std::string message = outcomes[index] != Outcome::kAccepted
                              ? write(ruling, outcomes[index], decision.received_at)
                          : ruling.repeated ? write_repeated(ruling, decision.received_at)
                                            : std::move(ruling.answer);
    if (!message.empty()) answer.messages.push_back(std::move(message));
  }
  return answer;
}

// Every message's own answer, or only the refusals, in one batch. Where the mode
// leaves none of them (MSH-15/16), no batch is sent either; but an empty batch of
// answers is how BATCH_ANSWER=errors says that all was well.
std::string AnswerWriter::write_batch(const Decision& decision,
                                      std::span<const Outcome> outcomes) const {
  const bool errors_only = settings_.batch_answer == config::BatchAnswer::kErrors;
  std::vector<std::string> texts(outcomes.size());
  bool any_wanted = outcomes.empty();
  for (std::size_t index = 0; index < outcomes.size(); ++index) {
    const Ruling& ruling = decision.rulings[index];
    const auto code = code_for(ruling, outcomes[index]);
    if (!code) continue;
    any_wanted = true;
    if (errors_only && hl7::is_accept(*code)) continue;
    texts[index] = ruling.repeated
                       ? write_repeated(ruling, decision.received_at)
                       : write_coded(ruling, outcomes[index], *code, decision.received_at);
  }
  if (!any_wanted) return {};

  const std::vector<std::string_view> answers(texts.begin(), texts.end());
  const auto control_id = control_id_of(base::make_uuid_v7(decision.received_at));
  hl7::BatchAckRequest request;
  request.contents = decision.batch.get();
  request.answers = answers;
  request.time = to_local_time(decision.received_at);
  request.time_form = time_form_;
  request.control_id = {control_id.data(), control_id.size()};
  std::string out;
  hl7::append_batch_ack(out, request);
  return out;
}

// One plain ACK for the batch, with the worst code of its messages.
std::string AnswerWriter::write_worst(const Decision& decision,
                                      std::span<const Outcome> outcomes) const {
  std::optional<hl7::AckCode> worst;
  Outcome worst_outcome = Outcome::kAccepted;
  if (outcomes.empty()) worst = hl7::AckCode::kAA;
  for (std::size_t index = 0; index < outcomes.size(); ++index) {
    const auto code = code_for(decision.rulings[index], outcomes[index]);
    if (!code || (worst && badness(*code) <= badness(*worst))) continue;
    worst = code;
    worst_outcome = outcomes[index];
  }
  if (!worst) return {};
  Ruling whole;
  whole.header = batch_header(*decision.batch);
  whole.id = base::make_uuid_v7(decision.received_at);
  return write_coded(whole, worst_outcome, *worst, decision.received_at);
}

std::optional<hl7::Header> batch_header(const hl7::FrameContents& contents) {
  std::optional<hl7::Header> first;
  if (!contents.messages.empty()) {
    if (auto header = hl7::parse_header(contents.messages.front())) first = *header;
  }
  base::ByteView line = contents.file_header;
  if (line.empty() && !contents.batches.empty()) line = contents.batches.front().header;
  if (line.empty()) return first;
  const auto batch = hl7::parse_batch_header(line);
  if (!batch || (batch->control_id.empty() && first)) return first;
  hl7::Header header = hl7::as_message_header(*batch);
  if (first && first->delimiters == header.delimiters) {
    header.processing_id = first->processing_id;
    header.version_field = first->version_field;
    header.version = first->version;
    header.charset_field = first->charset_field;
    header.charset = first->charset;
    header.handling_field = first->handling_field;
  }
  return header;
}

}  // namespace intake
