#include "intake/rule_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "intake/barrier.hpp"
#include "intake/hl7_in_cel.hpp"

namespace intake {
namespace {

constexpr std::string_view kBarrierType = "bool or string";
constexpr std::string_view kFieldType = "string, int, uint, bool, or a list of one of them";
constexpr std::string_view kDefaultMessage = "the message does not meet this rule";

bool is_of_type(std::string_view found, std::string_view wanted) {
  if (found == wanted || found == "dyn") return true;
  if (wanted == kBarrierType) return found == "bool" || found == "string";
  if (wanted != kFieldType) return false;
  constexpr std::string_view kList = "list(";
  if (found.starts_with(kList)) found = found.substr(kList.size(), found.find(')') - kList.size());
  return found == "string" || found == "int" || found == "uint" || found == "bool" ||
         found == "dyn";
}

std::string_view words_of(std::string_view type) {
  if (type == "bool") return "a condition (bool)";
  if (type == "string") return "a text (string)";
  if (type == kBarrierType) return "a condition (bool) or a text (string)";
  return type;
}

// Listeners share rules, so that one fault is found as often as there are listeners.
void keep_first_of_each(config::Problems& problems) {
  config::Problems kept;
  for (config::Problem& problem : problems) {
    const auto same = [&problem](const config::Problem& other) {
      return other.line == problem.line && other.column == problem.column &&
             other.text == problem.text && other.origin == problem.origin;
    };
    if (std::ranges::none_of(kept, same)) kept.push_back(std::move(problem));
  }
  problems = std::move(kept);
}

}  // namespace

class RuleCompiler {
 public:
  explicit RuleCompiler(RuleSet& made) : made_(made) {}

  void compile_rules(const config::ListenerSettings& listener) {
    std::vector<Rule> rules;
    for (const config::RuleSettings& each : listener.validation.rules) {
      if (auto rule = compile_rule(each, listener)) rules.push_back(*std::move(rule));
    }
    made_.rules_.push_back(std::move(rules));
  }

  void compile_route(const config::ConnectorSettings& settings) {
    Route route{settings.name, {}, {}, {}, settings.on_filter_error};
    route.filter = compile(settings.filter, "bool");
    const cel::KnownRecords known = known_if(route.filter, true);
    route.order_by = compile(settings.order_by, "string", known);
    route.barrier = compile_barrier(settings, known);
    if (settings.filter.is_given() || settings.order_by.is_given()) made_.routes_all_ = false;
    made_.routes_.push_back(std::move(route));
  }

  void compile_field(const config::IndexFieldSettings& settings) {
    auto expression = compile(settings.expression, kFieldType);
    if (expression) made_.index_fields_.push_back({settings.name, *std::move(expression)});
  }

  [[nodiscard]] config::Problems take_problems() {
    keep_first_of_each(problems_);
    keep_first_of_each(made_.warnings_);
    return std::move(problems_);
  }

  static base::Result<std::shared_ptr<const RuleSet>, config::Problems> run(
      const config::Configuration& configuration, std::uint64_t revision) {
    std::shared_ptr<RuleSet> made(new RuleSet);
    made->sets_ = TRY(ValueSets::load(configuration.sets));
    made->environment_ = std::make_unique<const cel::Environment>(make_environment(*made->sets_));
    made->cost_limits_ = {configuration.server.cel_cost_limit,
                          configuration.server.cel_message_cost_limit};
    made->revision_ = revision;
    RuleCompiler compiler(*made);
    for (const config::ListenerSettings& each : configuration.listeners) {
      compiler.compile_rules(each);
    }
    for (const config::ConnectorSettings& each : configuration.connectors) {
      compiler.compile_route(each);
    }
    for (const config::IndexFieldSettings& each : configuration.index) compiler.compile_field(each);
    auto problems = compiler.take_problems();
    if (!problems.empty()) return base::fail(std::move(problems));
    return std::shared_ptr<const RuleSet>(std::move(made));
  }

 private:
  std::optional<Rule> compile_rule(const config::RuleSettings& settings,
                                   const config::ListenerSettings& listener) {
    Rule rule;
    rule.name = settings.name;
    rule.when = compile(settings.when, "bool");
    const cel::KnownRecords applies = known_if(rule.when, true);
    rule.expression = compile(settings.expression, "bool", applies);
    cel::KnownRecords refused = known_if(rule.expression, false);
    refused |= applies;
    rule.message_expression = compile(settings.message_expression, "string", refused);
    if (settings.structure) rule.structure = make_check(*settings.structure, listener);
    rule.message = settings.message.empty() ? kDefaultMessage : settings.message;
    rule.location = read_location(settings.location);
    rule.code = settings.code;
    rule.is_warning = settings.severity == config::RuleSeverity::kWarning;
    rule.counts = std::make_unique<RuleCounts>();
    if (settings.on_error) {
      rule.on_error =
          *settings.on_error == config::OnRuleError::kAe ? Reply::kError : Reply::kReject;
    }
    if (!rule.expression && !rule.structure) return std::nullopt;
    return rule;
  }

  static hl7::CheckOptions make_check(config::StructureCheck check,
                                      const config::ListenerSettings& listener) {
    hl7::CheckOptions options;
    const bool is_strict = check == config::StructureCheck::kStrict;
    options.strictness = is_strict ? hl7::Strictness::kStrict : hl7::Strictness::kReceiver;
    options.errors_only = !is_strict;
    options.default_version =
        hl7::find_version(listener.default_version).value_or(options.default_version);
    return options;
  }

  static cel::KnownRecords known_if(const std::optional<Expression>& condition, bool outcome) {
    return condition ? condition->program.known_records(outcome) : cel::KnownRecords();
  }

  // None where none is given, or where it is wrong, which is reported.
  std::optional<Expression> compile(const config::ExpressionSetting& setting, std::string_view type,
                                    const cel::KnownRecords& known = {}) {
    if (!setting.is_given()) return std::nullopt;
    const std::string& source = setting.node.text;
    auto program = made_.environment_->compile(source, known);
    if (!program) {
      for (const cel::Diagnostic& each : program.error()) {
        report(setting, each.offset, each.message);
      }
      return std::nullopt;
    }
    for (const cel::Diagnostic& each : program->warnings()) {
      warn(setting, each.offset, each.message);
    }
    if (!fits(setting, *program, type)) return std::nullopt;
    return Expression{std::move(*program), source};
  }

  bool fits(const config::ExpressionSetting& setting, const cel::Program& program,
            std::string_view type) {
    const std::string& found = program.result_type();
    if (!is_of_type(found, type)) {
      report(setting, 0, fmt::format("expected {}, this yields {}", words_of(type), found));
      return false;
    }
    const CostLimits& limits = made_.cost_limits_;
    const std::uint64_t least = program.cost_estimate().min;
    const bool is_one = limits.evaluation <= limits.message;
    if (least <= std::min(limits.evaluation, limits.message)) return true;
    report(setting, 0,
           fmt::format("costs {} units at least, {} is {}", least,
                       is_one ? "CEL_COST_LIMIT" : "CEL_MESSAGE_COST_LIMIT",
                       std::min(limits.evaluation, limits.message)));
    return false;
  }

  std::optional<Expression> compile_barrier(const config::ConnectorSettings& settings,
                                            const cel::KnownRecords& known) {
    if (!settings.order_by.is_given()) return std::nullopt;
    if (settings.barrier.is_given()) return compile(settings.barrier, kBarrierType, known);
    const auto source = default_barrier(settings.order_by.node.text);
    if (!source) return std::nullopt;
    auto program = made_.environment_->compile(*source);
    if (!program) return std::nullopt;  // the order key itself has a fault, which is told
    return Expression{std::move(*program), *source};
  }

  std::optional<hl7::Path> read_location(const config::ExpressionSetting& setting) {
    if (!setting.is_given()) return std::nullopt;
    const auto path = hl7::parse_path(setting.node.text);
    if (path) return *path;
    report(setting, path.error().text_index,
           fmt::format("not a path such as PID-3.1: {}", path.error().reason));
    return std::nullopt;
  }

  void report(const config::ExpressionSetting& setting, std::size_t offset, std::string_view what) {
    problems_.push_back(setting.node.problem_at(offset, fmt::format("{}: {}", setting.path, what)));
  }

  void warn(const config::ExpressionSetting& setting, std::size_t offset, std::string_view what) {
    made_.warnings_.push_back(
        setting.node.problem_at(offset, fmt::format("{}: {}", setting.path, what)));
  }

  RuleSet& made_;
  config::Problems problems_;
};

base::Result<std::shared_ptr<const RuleSet>, config::Problems> RuleSet::make(
    const config::Configuration& configuration, std::uint64_t revision) {
  return RuleCompiler::run(configuration, revision);
}

}  // namespace intake
