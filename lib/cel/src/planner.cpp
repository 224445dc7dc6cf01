#include "planner.hpp"

#include <array>

#include "cel/collections.hpp"
#include "expression_planner.hpp"
#include "operators.hpp"

namespace cel {

namespace {

// What may be spent on a constant part when planning; what costs more is left for the evaluation.
constexpr std::uint64_t kFoldBudget = 10'000;
// Nor is anything folded when constants have taken so much.
constexpr std::size_t kFoldedBytesMax = std::size_t{4} * 1024 * 1024;
// Nor when it has taken so much work: a unit of cost takes some.
constexpr std::uint64_t kFoldStepsMax = 100'000'000;
constexpr std::uint64_t kFoldStepsOfUnit = 50;

}  // namespace

base::Status<Diagnostics> Planner::plan() {
  plan_.arena.set_steps_limit(kFoldStepsMax);
  const Part root = plan_part(ast_.root());
  plan_.root = root.node;
  plan_.estimate = {root.estimate.cost.min, root.estimate.cost.max};
  plan_.local_count = checked_.local_count;
  if (plan_.arena.exhausted()) fault(ast_.root(), "the expression is too large");
  if (!faults_.empty()) return base::fail(std::move(faults_));
  return base::Done{};
}

void Planner::fault(ExprId id, std::string message) {
  faults_.push_back(make_diagnostic(source_, ast_[id].offset, std::move(message)));
}

std::string_view Planner::keep(std::string_view text) {
  auto* room = plan_.arena.allocate_array<char>(text.size());
  if (room == nullptr) return {};
  std::copy(text.begin(), text.end(), room);
  return {room, text.size()};
}

Value Planner::keep(const Value& value) {
  if (value.is(Kind::kString)) return Value::string(keep(value.as_text()));
  if (value.is(Kind::kBytes)) return Value::bytes(keep(value.as_text()));
  return value;
}

Part Planner::constant(const Value& value) {
  ConstantNode node;
  node.value = value;
  return {make(&run_constant, node), {{}, Bounds::exactly(cost_size(value))}, true, value};
}

Part Planner::fold(Part part, bool is_constant) {
  if (!is_constant || !options_.optimize) return part;
  if (plan_.arena.used_bytes() > kFoldedBytesMax || plan_.arena.is_spent()) return part;
  Frame frame{Context(plan_.arena, plan_.limits, patterns_), nullptr, nullptr, kFoldBudget};
  const Value value = cel::run(*part.node, frame);
  plan_.arena.spend((kFoldBudget - frame.remaining) * kFoldStepsOfUnit);
  if (value.is_error() || plan_.arena.exhausted()) return part;
  FoldedNode node;
  node.value = value;
  node.cost = kFoldBudget - frame.remaining;
  const Estimate estimate{Bounds::exactly(node.cost), Bounds::exactly(cost_size(value))};
  return {make(&run_folded, node), estimate, true, value};
}

Part Planner::plan_part(ExprId id, bool is_branch) {
  const Expr& expr = ast_[id];
  switch (expr.kind) {
    case ExprKind::kLiteral: return constant(keep(expr.literal));
    case ExprKind::kIdent: return plan_name(id, is_branch);
    case ExprKind::kSelect:
    case ExprKind::kIndex: return plan_select(id, is_branch);
    case ExprKind::kCall: return expr.op == Operator::kNone ? plan_call(id) : plan_operator(id);
    case ExprKind::kAnd: return plan_logic(id, &run_and);
    case ExprKind::kOr: return plan_logic(id, &run_or);
    case ExprKind::kConditional: return plan_conditional(id);
    case ExprKind::kList: return plan_list(id);
    case ExprKind::kMap: return plan_map(id);
    case ExprKind::kStruct: return plan_message(id);
    case ExprKind::kFold: return plan_fold(id);
    case ExprKind::kBind:
    case ExprKind::kOptionalMap: return plan_bind(id);
    case ExprKind::kBlock: return plan_block(id);
    case ExprKind::kOptionalElement:
    case ExprKind::kEntry:
    case ExprKind::kNone: break;
  }
  return constant(Value::null());
}

Part Planner::plan_name(ExprId id, bool is_branch) {
  const Reference& reference = checked_.references[id];
  NameNode node;
  node.index = reference.index;
  node.cost = is_branch ? 0 : 1;
  node.name = Value::string(keep(ast_[id].name));
  switch (reference.kind) {
    case NameKind::kConstant: return plan_constant_name(reference.constant, is_branch);
    case NameKind::kVariable: return {make(&run_variable, node), name_estimate(id, node.cost)};
    case NameKind::kLocal:
      if (slots_[reference.index] != nullptr) {
        return {slots_[reference.index], name_estimate(id, 0)};
      }
      return {make(&run_local, node), name_estimate(id, node.cost)};
    default: return {make(&run_unknown_name, node), name_estimate(id, node.cost)};
  }
}

Estimate Planner::name_estimate(ExprId id, std::uint64_t cost) const {
  return {Bounds::exactly(cost), size_of(id)};
}

Part Planner::plan_constant_name(const Value& value, bool is_branch) {
  if (options_.check_types || is_branch) return constant(value);
  FoldedNode node;
  node.value = value;
  node.cost = 1;
  return {make(&run_folded, node),
          {Bounds::exactly(1), Bounds::exactly(cost_size(value))},
          true,
          value};
}

bool Planner::is_attribute(ExprId id) const {
  switch (ast_[id].kind) {
    case ExprKind::kIdent:
    case ExprKind::kSelect: return checked_.references[id].kind != NameKind::kConstant;
    case ExprKind::kIndex:
    case ExprKind::kConditional: return true;
    default: return false;
  }
}

Part Planner::plan_select(ExprId id, bool is_branch) {
  const Expr& expr = ast_[id];
  if (checked_.references[id].kind != NameKind::kNone) return plan_name(id, is_branch);
  const ExprId operand_id = ast_.child(id, 0);
  const bool continues = is_attribute(operand_id);
  const Part operand = plan_part(operand_id, is_branch && continues);
  SelectNode node;
  node.operand = operand.node;
  node.base_cost = continues || is_branch ? 0 : 1;
  bool is_constant = operand.is_constant;
  Estimate estimate{operand.estimate.cost + Bounds::exactly(node.base_cost), size_of(id)};
  if (expr.kind == ExprKind::kSelect) {
    node.key = Value::string(keep(expr.name));
  } else {
    const Part key = plan_branch(ast_.child(id, 1));
    is_constant = is_constant && key.is_constant;
    if (key.is_constant && ast_[ast_.child(id, 1)].kind == ExprKind::kLiteral) {
      node.key = key.value;
    } else {
      node.key_node = key.node;
    }
    estimate.cost = estimate.cost + key.estimate.cost;
  }
  // What an optional does not have is not charged.
  estimate.cost = estimate.cost + Bounds::at_most(1);
  node.field = field_index(operand_id, node.key);
  Node::Run run = expr.is_optional ? &run_select_optional : &run_select;
  if (expr.is_test) run = &run_test;
  const Part general = fold({make(run, node), estimate}, is_constant);
  return run == &run_select ? fuse_field(node, general) : general;
}

std::uint32_t Planner::field_index(ExprId operand, const Value& key) const {
  const Type* type = checked_.types[operand];
  if (type == nullptr || type->kind != TypeKind::kRecord || !key.is(Kind::kString)) {
    return kNoField;
  }
  const auto& names = type->record->field_names;
  const auto found = std::find(names.begin(), names.end(), key.as_text());
  return found == names.end() ? kNoField : static_cast<std::uint32_t>(found - names.begin());
}

Part Planner::plan_operator(ExprId id) {
  const Expr& expr = ast_[id];
  const Part left = plan_part(ast_.child(id, 0));
  if (expr.op == Operator::kNot || expr.op == Operator::kNegate) {
    UnaryNode node;
    node.operand = left.node;
    const Estimate estimate{left.estimate.cost + Bounds::exactly(1), Bounds::exactly(1)};
    return fold({make(expr.op == Operator::kNot ? &run_not : &run_negate, node), estimate},
                left.is_constant);
  }
  const Part right = plan_part(ast_.child(id, 1));
  BinaryNode node;
  node.left = left.node;
  node.right = right.node;
  node.op = expr.op;
  node.mode = cost_mode(id);
  const Bounds left_size = left.estimate.size;
  const Bounds right_size = right.estimate.size;
  Estimate estimate{
      left.estimate.cost + right.estimate.cost + operator_cost(node.mode, left_size, right_size),
      size_of(id)};
  if (expr.op == Operator::kAdd && estimate.size.max == kUnbounded) {
    estimate.size = left_size + right_size;
  }
  const Part general =
      fold({make(operator_run(expr.op), node), estimate}, left.is_constant && right.is_constant);
  if (!options_.optimize || general.is_constant) return general;
  if (expr.op == Operator::kIn) return fuse_in(node, right, general);
  const bool is_equality = expr.op == Operator::kEqual || expr.op == Operator::kNotEqual;
  if (!is_equality) return general;
  if (right.is_constant) return fuse_equality(node, *left.node, right, general);
  return left.is_constant ? fuse_equality(node, *right.node, left, general) : general;
}

Node::Run Planner::operator_run(Operator op) {
  switch (op) {
    case Operator::kEqual:
    case Operator::kNotEqual: return &run_equal;
    case Operator::kLess:
    case Operator::kLessEqual:
    case Operator::kGreater:
    case Operator::kGreaterEqual: return &run_relation;
    case Operator::kIn: return &run_in;
    default: return &run_arithmetic;
  }
}

CostMode Planner::cost_mode(ExprId id) const {
  const Operator op = ast_[id].op;
  if (op == Operator::kEqual || op == Operator::kNotEqual) return CostMode::kLesserSize;
  const auto candidates = checked_.candidates(id);
  if (candidates.size() != 1 || !options_.check_types) return CostMode::kUnit;
  const TypeKind kind = candidates[0]->params[0]->kind;
  const bool is_text = kind == TypeKind::kString || kind == TypeKind::kBytes;
  if (op == Operator::kIn) {
    return candidates[0]->params[1]->kind == TypeKind::kList ? CostMode::kContainer
                                                             : CostMode::kUnit;
  }
  if (!is_text) return CostMode::kUnit;
  return op == Operator::kAdd ? CostMode::kSizes : CostMode::kLesserSize;
}

Part Planner::plan_logic(ExprId id, Node::Run run) {
  std::vector<const Node*> terms;
  Bounds cost;
  bool is_constant = true;
  for (const ExprId term : ast_.children(id)) {
    const Part part = plan_part(term);
    // The first term may decide.
    cost = terms.empty() ? part.estimate.cost : cost + Bounds::at_most(part.estimate.cost.max);
    terms.push_back(part.node);
    is_constant = is_constant && part.is_constant;
  }
  LogicNode node;
  node.terms = keep(terms);
  return fold({make(run, node), {cost, Bounds::exactly(1)}}, is_constant);
}

Part Planner::plan_conditional(ExprId id) {
  const Part condition = plan_part(ast_.child(id, 0));
  const Part chosen = plan_branch(ast_.child(id, 1));
  const Part other = plan_branch(ast_.child(id, 2));
  ConditionalNode node;
  node.condition = condition.node;
  node.chosen = chosen.node;
  node.other = other.node;
  const Estimate estimate{
      condition.estimate.cost + either(chosen.estimate.cost, other.estimate.cost),
      either(chosen.estimate.size, other.estimate.size)};
  return fold({make(&run_conditional, node), estimate},
              condition.is_constant && chosen.is_constant && other.is_constant);
}

Part Planner::plan_call(ExprId id) {
  const Expr& expr = ast_[id];
  auto argument_ids = ast_.children(id);
  if (checked_.references[id].is_namespaced) argument_ids = argument_ids.subspan(1);
  std::vector<Part> parts;
  for (const ExprId argument : argument_ids) parts.push_back(plan_part(argument));
  const auto overloads = checked_.candidates(id);
  if (overloads.size() == 1 && overloads[0]->overload->run == nullptr) {
    return plan_alternative(id, parts);
  }
  std::vector<const Node*> arguments;
  std::vector<Candidate> candidates;
  std::vector<Estimate> estimates;
  Bounds cost;
  bool is_constant = true;
  for (const Part& part : parts) {
    arguments.push_back(part.node);
    estimates.push_back(part.estimate);
    cost = cost + part.estimate.cost;
    is_constant = is_constant && part.is_constant;
  }
  for (const OverloadDeclaration* overload : overloads) {
    candidates.push_back(candidate(id, *overload, parts));
    is_constant = is_constant && overload->overload->pure;
  }
  CallNode node;
  node.arguments = keep(arguments);
  node.candidates = keep(candidates);
  node.is_priced = candidates.size() == 1 && options_.check_types;
  node.name = keep(expr.name);
  Node::Run run = &run_call;
  if (arguments.size() == 1) run = &run_call_unary;
  if (arguments.size() == 2) run = &run_call_binary;
  const Bounds own = node.is_priced ? call_cost(node.candidates[0], estimates) : Bounds::exactly(1);
  const Estimate estimate{cost + own, size_of(id)};
  return fold({make(run, node), estimate}, is_constant && !candidates.empty());
}

Part Planner::plan_alternative(ExprId id, std::span<const Part> parts) {
  AlternativeNode node;
  node.optional = parts[0].node;
  node.alternative = parts[1].node;
  const Bounds cost = parts[0].estimate.cost + Bounds::at_most(parts[1].estimate.cost.max);
  return {make(ast_[id].name == "or" ? &run_or_optional : &run_or_value, node),
          {cost, size_of(id)}};
}

Candidate Planner::candidate(ExprId id, const OverloadDeclaration& declaration,
                             std::span<const Part> parts) {
  std::vector<Kind> kinds;
  std::vector<std::string_view> names;
  for (const Type* param : declaration.params) {
    kinds.push_back(kind_of(param));
    names.push_back(param->kind == TypeKind::kOpaque ? keep(param->name) : std::string_view());
  }
  Candidate made{*declaration.overload, keep(kinds), keep(names)};
  if (declaration.overload->prepare == nullptr) return made;
  std::array<Value, kParamsMax> constants;
  bool has_constant = false;
  for (std::size_t index = 0; index < parts.size(); ++index) {
    if (!parts[index].is_constant || parts[index].value.kind() != kinds[index]) continue;
    constants[index] = parts[index].value;
    has_constant = true;
  }
  if (!has_constant || !options_.optimize) return made;
  Prepared prepared = declaration.overload->prepare({constants.data(), parts.size()}, plan_.limits,
                                                    declaration.overload->data);
  if (!prepared.fault.empty()) fault(id, std::move(prepared.fault));
  made.prepared = prepared.object.get();
  if (prepared.object != nullptr) plan_.prepared.push_back(std::move(prepared.object));
  return made;
}

base::Status<Diagnostics> plan_expression(const Ast& ast, const Checked& checked,
                                          std::string_view source, const Declarations& declarations,
                                          Plan& plan) {
  return Planner(ast, checked, source, declarations, plan).plan();
}

}  // namespace cel
