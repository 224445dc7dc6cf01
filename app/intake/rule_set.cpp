#include "intake/rule_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "intake/barrier.hpp"
#include "intake/guard_check.hpp"
#include "intake/hl7_in_cel.hpp"

namespace intake {
namespace {

constexpr std::string_view kBarrierType = "bool or string";
constexpr std::string_view kDefaultMessage = "the message does not meet this rule";

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

  void compile_rules(const config::ValidationSettings& settings) {
    std::vector<Rule> rules;
    for (const config::RuleSettings& each : settings.rules) {
      if (auto rule = compile_rule(each)) rules.push_back(*std::move(rule));
    }
    made_.rules_.push_back(std::move(rules));
  }

  void compile_route(const config::ConnectorSettings& settings) {
    Route route{settings.name, {}, {}, {}, settings.on_filter_error};
    if (settings.filter.is_given()) {
      route.filter = compile(settings.filter, "bool");
      warn_of_unguarded(settings.filter, {});
    }
    if (settings.order_by.is_given()) {
      route.order_by = compile(settings.order_by, "string");
      warn_of_unguarded(settings.order_by, {});
      route.barrier = compile_barrier(settings);
    }
    if (settings.filter.is_given() || settings.order_by.is_given()) made_.routes_all_ = false;
    made_.routes_.push_back(std::move(route));
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
    made->cost_limit_ = configuration.server.cel_cost_limit;
    made->revision_ = revision;
    RuleCompiler compiler(*made);
    for (const config::ListenerSettings& each : configuration.listeners) {
      compiler.compile_rules(each.validation);
    }
    for (const config::ConnectorSettings& each : configuration.connectors) {
      compiler.compile_route(each);
    }
    auto problems = compiler.take_problems();
    if (!problems.empty()) return base::fail(std::move(problems));
    return std::shared_ptr<const RuleSet>(std::move(made));
  }

 private:
  std::optional<Rule> compile_rule(const config::RuleSettings& settings) {
    auto expression = compile(settings.expression, "bool");
    std::optional<Expression> when;
    std::optional<Expression> message;
    if (settings.when.is_given()) when = compile(settings.when, "bool");
    if (settings.message_expression.is_given()) {
      message = compile(settings.message_expression, "string");
    }
    warn_of_unguarded(settings.when, {});
    warn_of_unguarded(settings.expression, settings.when.node.text);
    warn_of_unguarded(settings.message_expression,
                      settings.when.node.text + " && " + settings.expression.node.text);
    auto location = read_location(settings.location);
    if (!expression) return std::nullopt;
    Rule rule{settings.name,
              std::move(when),
              *std::move(expression),
              settings.message,
              std::move(message),
              location,
              settings.code,
              settings.severity == config::RuleSeverity::kWarning,
              {},
              std::make_unique<RuleCounts>()};
    if (rule.message.empty()) rule.message = kDefaultMessage;
    if (settings.on_error) {
      rule.on_error =
          *settings.on_error == config::OnRuleError::kAe ? Reply::kError : Reply::kReject;
    }
    return rule;
  }

  std::optional<Expression> compile(const config::ExpressionSetting& setting,
                                    std::string_view type) {
    if (!setting.is_given()) return std::nullopt;
    const std::string& source = setting.node.text;
    auto program = made_.environment_->compile(source);
    if (!program) {
      for (const cel::Diagnostic& each : program.error()) {
        report(setting, each.offset, each.message);
      }
      return std::nullopt;
    }
    for (const cel::Diagnostic& each : program->warnings()) {
      warn(setting, each.offset, each.message);
    }
    const std::string& found = program->result_type();
    const bool fits = found == type || found == "dyn" ||
                      (type == kBarrierType && (found == "bool" || found == "string"));
    if (!fits) {
      const std::string_view what = type == "bool"     ? "a condition (bool)"
                                    : type == "string" ? "a text (string)"
                                                       : "a condition (bool) or a text (string)";
      report(setting, 0, fmt::format("expected {}, this yields {}", what, found));
      return std::nullopt;
    }
    if (const auto least = program->cost_estimate().min; least > made_.cost_limit_) {
      report(
          setting, 0,
          fmt::format("costs {} units at least, CEL_COST_LIMIT is {}", least, made_.cost_limit_));
      return std::nullopt;
    }
    return Expression{std::move(*program), source};
  }

  std::optional<Expression> compile_barrier(const config::ConnectorSettings& settings) {
    if (settings.barrier.is_given()) {
      warn_of_unguarded(settings.barrier, {});
      return compile(settings.barrier, kBarrierType);
    }
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

  void warn_of_unguarded(const config::ExpressionSetting& setting, const std::string& guard) {
    if (!setting.is_given()) return;
    for (const UnguardedRead& each : find_unguarded(setting.node.text, guard)) {
      warn(setting, each.offset, each.text);
    }
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
