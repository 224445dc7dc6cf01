#include "intake/inspection.hpp"

#include <algorithm>
#include <utility>

#include "intake/intake.hpp"

namespace intake {
namespace {

// The time that a test gives.
class FixedClock final : public base::Clock {
 public:
  explicit FixedClock(base::WallTime now) : now_(now) {}

  [[nodiscard]] base::WallTime wall_now() const noexcept override { return now_; }

  [[nodiscard]] base::SteadyTime steady_now() const noexcept override { return {}; }

 private:
  base::WallTime now_;
};

std::string code_in(const std::string& answer) {
  const std::size_t msa = answer.find("\rMSA");
  return msa == answer.npos || msa + 7 > answer.size() ? std::string() : answer.substr(msa + 5, 2);
}

std::vector<store::ConnectorId> numbered(std::size_t count) {
  std::vector<store::ConnectorId> ids;
  for (std::uint32_t id = 1; id <= count; ++id) ids.push_back({id});
  return ids;
}

}  // namespace

std::string_view to_string(RuleResult result) noexcept {
  switch (result) {
    case RuleResult::kHolds: return "holds";
    case RuleResult::kSkipped: return "skipped";
    case RuleResult::kIsFalse: return "false";
    case RuleResult::kError: return "error";
  }
  return "unknown";
}

std::string_view to_string(RouteResult result) noexcept {
  switch (result) {
    case RouteResult::kTaken: return "taken";
    case RouteResult::kPassedBy: return "passed_by";
    case RouteResult::kParked: return "parked";
  }
  return "unknown";
}

std::string_view Inspection::deciding_rule() const noexcept {
  const auto found = std::ranges::find(rules, true, &RuleReport::decides);
  return found == rules.end() ? std::string_view{} : std::string_view(found->name);
}

std::vector<std::string> Inspection::warned() const {
  std::vector<std::string> names;
  for (const RuleReport& rule : rules) {
    if (!rule.decides && !rule.findings.empty()) names.push_back(rule.name);
  }
  return names;
}

std::vector<std::string> Inspection::locations() const {
  std::vector<std::string> paths;
  for (const RuleReport& rule : rules) {
    for (const Finding& finding : rule.findings) {
      if (finding.location) paths.push_back(hl7::to_string(*finding.location));
    }
  }
  return paths;
}

std::vector<std::string> Inspection::taken() const {
  std::vector<std::string> names;
  for (const RouteReport& route : routes) {
    if (route.result == RouteResult::kTaken) names.push_back(route.connector);
  }
  return names;
}

Inspector::Inspector(const config::Configuration& configuration,
                     std::shared_ptr<const RuleSet> rules)
    : configuration_(configuration),
      rules_(std::move(rules)),
      live_({rules_, Router(numbered(configuration.connectors.size()))}) {}

Inspection Inspector::inspect(const Inspected& what) const {
  const config::ListenerSettings& listener = configuration_.listeners[what.listener];
  const FixedClock clock(what.now);
  const auto policy = AckPolicy::make(listener.answers);
  const Intake intake(listener, policy ? *policy : AckPolicy(), {live_, what.listener}, clock);
  Decision decision;
  intake.judge(base::as_bytes(what.octets), what.peer, decision);
  Answer answer = intake.conclude(decision, {});

  Inspection inspection;
  inspection.answers = std::move(answer.messages);
  inspection.answer_code = answer.close                 ? "close"
                           : inspection.answers.empty() ? "none"
                                                        : code_in(inspection.answers.front());
  if (decision.rulings.empty()) return inspection;
  const Ruling& ruling = decision.rulings.front();
  inspection.outcome = to_string(ruling.outcome);
  const bool is_single = decision.rulings.size() == 1 && decision.batch == nullptr;
  const bool was_judged =
      ruling.outcome == Outcome::kAccepted || ruling.outcome == Outcome::kRuleFailed ||
      ruling.outcome == Outcome::kEvaluationFailed || ruling.outcome == Outcome::kUnrouted;
  if (!is_single || !was_judged) return inspection;
  hl7::Message message;
  const auto charset = default_charset(listener);
  if (!message.parse(base::as_bytes(what.octets), {}, charset)) return inspection;
  MessageContext::of_thread().open(message, {.peer = what.peer,
                                             .now = what.now,
                                             .default_charset = charset,
                                             .limits = rules_->cost_limits()});
  report_rules(what, inspection);
  if (ruling.outcome == Outcome::kAccepted) {
    report_routes(inspection);
    report_fields(message, what, inspection);
  }
  for (const Finding& finding : ruling.findings) {
    const auto report = std::ranges::find(inspection.rules, finding.rule, &RuleReport::name);
    report->findings.push_back(finding);
    report->decides = report->decides || !finding.is_warning;
  }
  return inspection;
}

void Inspector::report_rules(const Inspected& what, Inspection& inspection) const {
  MessageContext& context = MessageContext::of_thread();
  for (const Rule& rule : rules_->rules(what.listener)) {
    RuleReport report{rule.name, RuleResult::kHolds, rule.is_warning, false, {}, {}};
    report.result = evaluate_rule(rule, context).result;
    if (report.result == RuleResult::kSkipped) {
      report.because = explain(rule.when->source, rules_->environment(), context);
    } else if (report.result != RuleResult::kHolds && rule.expression) {
      report.because = explain(rule.expression->source, rules_->environment(), context);
    }
    inspection.rules.push_back(std::move(report));
  }
}

void Inspector::report_routes(Inspection& inspection) const {
  MessageContext& context = MessageContext::of_thread();
  for (const Route& route : rules_->routes()) {
    RouteReport report{route.connector, RouteResult::kTaken, {}};
    report.result = plan_route(route, context).result;
    if (report.result != RouteResult::kTaken) {
      report.because = explain(route.filter->source, rules_->environment(), context);
    }
    inspection.routes.push_back(std::move(report));
  }
}

// As the index does it: behind intake, so with a budget of its own.
void Inspector::report_fields(const hl7::Message& message, const Inspected& what,
                              Inspection& inspection) const {
  MessageContext& context = MessageContext::of_thread();
  const auto charset = default_charset(configuration_.listeners[what.listener]);
  context.open(message, {.peer = what.peer,
                         .now = what.now,
                         .default_charset = charset,
                         .limits = rules_->cost_limits()});
  for (const IndexField& field : rules_->index_fields()) {
    inspection.fields.push_back(evaluate_field(field, context));
  }
}

}  // namespace intake
