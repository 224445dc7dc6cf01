#include "cel/environment.hpp"

#include "base/try.hpp"
#include "checker.hpp"
#include "declarations.hpp"
#include "guards.hpp"
#include "parser.hpp"
#include "plan.hpp"
#include "planner.hpp"

namespace cel {

namespace {

base::Status<DeclarationFault> to_status(std::string fault) {
  if (fault.empty()) return base::Done{};
  return base::fail(std::move(fault));
}

}  // namespace

Environment::Environment(EnvironmentOptions options)
    : declarations_(std::make_unique<Declarations>(std::move(options))) {}

Environment::~Environment() = default;
Environment::Environment(Environment&&) noexcept = default;
Environment& Environment::operator=(Environment&&) noexcept = default;

base::Status<DeclarationFault> Environment::add_variable(std::string_view name,
                                                         std::string_view type) {
  return to_status(declarations_->add_variable(name, type));
}

base::Status<DeclarationFault> Environment::add_constant(std::string_view name,
                                                         std::string_view type,
                                                         const Value& value) {
  return to_status(declarations_->add_constant(name, type, value));
}

base::Status<DeclarationFault> Environment::add_record(std::string_view name,
                                                       std::span<const std::string_view> fields,
                                                       RecordForm form) {
  return to_status(declarations_->add_record(name, fields, form));
}

base::Status<DeclarationFault> Environment::add_first_of(std::string_view variable,
                                                         std::string_view list) {
  return to_status(declarations_->add_first_of(variable, list));
}

base::Status<DeclarationFault> Environment::add_function(const Overload& overload) {
  return to_status(declarations_->add_function(overload));
}

base::Result<Program, Diagnostics> Environment::compile(std::string_view source,
                                                        const KnownRecords& known) const {
  const EnvironmentOptions& options = declarations_->options();
  Ast ast;
  TRY(parse(source, options.source, options.test_macros, ast));
  Arena types;
  const Checked checked = TRY(check(ast, source, *declarations_, types));
  auto plan = std::make_shared<Plan>(options.values);
  TRY(plan_expression(ast, checked, source, *declarations_, *plan));
  plan->result_type = to_text(checked.types[ast.root()]);
  plan->variable_count = declarations_->variable_names().size();
  Guards guards = find_guards({ast, checked, *declarations_, source}, known);
  plan->warnings = std::move(guards.unguarded_reads);
  plan->known_when_true = guards.known_when_true;
  plan->known_when_false = guards.known_when_false;
  return Program(std::move(plan));
}

}  // namespace cel
