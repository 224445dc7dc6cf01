// intake/rule_set.hpp: the rules, filters, order keys and index fields of one configuration,
// compiled.
//
// Made once at start and at each reload. Immutable but for its counts; shared by
// threads, each of which evaluates in a MessageContext of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cel/environment.hpp"
#include "cel/program.hpp"
#include "config/configuration.hpp"
#include "hl7/path.hpp"
#include "hl7/structure_check.hpp"
#include "intake/ack_policy.hpp"
#include "intake/hl7_in_cel.hpp"
#include "intake/value_sets.hpp"

namespace intake {

// An expression and what it was written as.
struct Expression {
  cel::Program program;
  std::string source;
};

struct RuleCounts {
  std::atomic<std::uint64_t> failed{0};  // was false
  std::atomic<std::uint64_t> errors{0};  // could not be evaluated
};

// Asks an expression, or holds the message against the standard.
struct Rule {
  std::string name;
  std::optional<Expression> when;
  std::optional<Expression> expression;
  std::optional<hl7::CheckOptions> structure;  // where there is no expression
  std::string message;
  std::optional<Expression> message_expression;
  std::optional<hl7::Path> location;
  std::string code;
  bool is_warning = false;
  std::optional<Reply> on_error;
  std::unique_ptr<RuleCounts> counts;
};

// What the router knows of a connector.
struct Route {
  std::string connector;
  std::optional<Expression> filter;
  std::optional<Expression> order_by;
  std::optional<Expression> barrier;  // barrier.hpp says what it yields
  config::OnFilterError on_filter_error = config::OnFilterError::kPark;
};

// What messages are found by besides; index_fields.hpp says what it may yield.
struct IndexField {
  std::string name;
  Expression expression;
};

class RuleSet {
 public:
  // Every fault of every expression, path and set, with a caret at its place in the
  // document. The revision is recorded with each message that the set judged.
  [[nodiscard]] static base::Result<std::shared_ptr<const RuleSet>, config::Problems> make(
      const config::Configuration& configuration, std::uint64_t revision);

  // By the listener's place in the configuration.
  [[nodiscard]] const std::vector<Rule>& rules(std::size_t listener) const noexcept {
    return rules_[listener];
  }

  // One for each connector, in the order of the configuration.
  [[nodiscard]] const std::vector<Route>& routes() const noexcept { return routes_; }

  // In the order of the configuration.
  [[nodiscard]] const std::vector<IndexField>& index_fields() const noexcept {
    return index_fields_;
  }

  // True if no connector has a filter or an order key.
  [[nodiscard]] bool routes_all() const noexcept { return routes_all_; }

  [[nodiscard]] const CostLimits& cost_limits() const noexcept { return cost_limits_; }

  [[nodiscard]] std::uint64_t revision() const noexcept { return revision_; }

  // What works, but probably not as meant.
  [[nodiscard]] const config::Problems& warnings() const noexcept { return warnings_; }

  // For explanations: compiles what was not in the document.
  [[nodiscard]] const cel::Environment& environment() const noexcept { return *environment_; }

 private:
  friend class RuleCompiler;
  RuleSet() = default;

  std::unique_ptr<const ValueSets> sets_;  // before all that looks into them
  std::unique_ptr<const cel::Environment> environment_;
  std::vector<std::vector<Rule>> rules_;
  std::vector<Route> routes_;
  std::vector<IndexField> index_fields_;
  bool routes_all_ = true;
  CostLimits cost_limits_;
  std::uint64_t revision_ = 0;
  config::Problems warnings_;
};

}  // namespace intake
