#include "session/message_spans.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace session {
namespace {

using telemetry::Span;
using telemetry::Stage;

constexpr base::SteadyTime kNever{};

// Of one message.
class Writer {
 public:
  Writer(std::vector<Span>& spans, const base::Uuid& message, const telemetry::WallScale& scale)
      : spans_(spans),
        message_(message),
        scale_(scale),
        root_(telemetry::span_id(message, Stage::kMessage)) {}

  // `end` of kNever: open.
  Span& add(Stage stage, base::SteadyTime begin, base::SteadyTime end) {
    Span& span = spans_.emplace_back();
    span.trace = message_;
    span.stage = stage;
    span.id = telemetry::span_id(message_, stage);
    span.parent = stage == Stage::kMessage ? 0 : root_;
    span.begin_nanos = scale_.nanos(begin);
    span.end_nanos = end == kNever ? 0 : scale_.nanos(end);
    return span;
  }

 private:
  std::vector<Span>& spans_;
  const base::Uuid& message_;
  const telemetry::WallScale& scale_;
  const std::uint64_t root_;
};

std::string type_of(const hl7::Header& header) {
  std::string type(header.type);
  if (!header.trigger.empty()) type.append("^").append(header.trigger);
  return type;
}

void describe(Span& span, const intake::Ruling& ruling, const intake::Peer& peer,
              std::uint64_t connection_id) {
  if (ruling.header) {
    span.attributes.push_back({"hl7.message.type", type_of(*ruling.header)});
    span.attributes.push_back({"hl7.message.control_id", std::string(ruling.header->control_id)});
  }
  span.attributes.push_back({"mllp.listener", std::string(peer.listener)});
  span.attributes.push_back({"mllp.connection.id", static_cast<std::int64_t>(connection_id)});
  span.attributes.push_back({"mllp.outcome", std::string(to_string(ruling.outcome))});
  if (ruling.outcome != intake::Outcome::kAccepted) span.error = to_string(ruling.outcome);
}

void add_message(std::vector<Span>& spans, const intake::Ruling& ruling, const Exchange& exchange,
                 const intake::Peer& peer, std::uint64_t connection_id,
                 const telemetry::WallScale& scale) {
  Writer writer(spans, ruling.id, scale);
  const bool in_parts = exchange.begun_at != kNever;
  describe(writer.add(Stage::kMessage, in_parts ? exchange.begun_at : exchange.read_at, kNever),
           ruling, peer, connection_id);
  if (in_parts) writer.add(Stage::kFrame, exchange.begun_at, exchange.read_at);
  if (ruling.parsed.end != kNever) {
    writer.add(Stage::kParse, ruling.parsed.begin, ruling.parsed.end);
  }
  if (ruling.judged.end != kNever) {
    writer.add(Stage::kRules, ruling.judged.begin, ruling.judged.end);
  }
  base::SteadyTime judged_at = std::max(ruling.parsed.end, ruling.judged.end);
  if (ruling.outcome == intake::Outcome::kAccepted && exchange.committed_at != kNever) {
    Span& commit = writer.add(Stage::kCommit, exchange.submitted_at, exchange.committed_at);
    if (exchange.commit_failed) commit.error = "unavailable";
    judged_at = exchange.committed_at;
  }
  writer.add(Stage::kAnswer, std::max(judged_at, exchange.read_at), kNever);
}

}  // namespace

void add_spans(std::vector<Span>& spans, const Exchange& exchange, const intake::Peer& peer,
               std::uint64_t connection_id, const base::Clock& clock) {
  const telemetry::WallScale scale(clock);
  for (const intake::Ruling& ruling : exchange.decision.rulings) {
    if (!telemetry::is_traced(ruling.id)) continue;
    add_message(spans, ruling, exchange, peer, connection_id, scale);
  }
}

void end_spans(std::vector<Span>& spans, const base::Clock& clock) {
  const std::int64_t now = telemetry::WallScale(clock).nanos(clock.steady_now());
  for (Span& span : spans) {
    if (span.end_nanos == 0) span.end_nanos = now;
  }
  telemetry::record(std::exchange(spans, {}));
}

}  // namespace session
