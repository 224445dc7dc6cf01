#include "planner.hpp"

#include <algorithm>
#include <array>
#include <new>

#include "cel/collections.hpp"
#include "cel/compare.hpp"
#include "fused_nodes.hpp"
#include "nodes.hpp"
#include "operators.hpp"

namespace cel {

namespace {

// What may be spent on a constant part when planning; what costs more is left for the evaluation.
constexpr std::uint64_t kFoldBudget = 10'000;

struct Part {
  const Node* node = nullptr;
  bool is_constant = false;
  Value value{};  // of a constant
};

class Planner {
 public:
  Planner(const Ast& ast, const Checked& checked, std::string_view source,
          const Declarations& declarations, Plan& plan)
      : ast_(ast),
        checked_(checked),
        source_(source),
        options_(declarations.options()),
        plan_(plan),
        slots_(checked.local_count) {}

  base::Status<Diagnostics> plan() {
    const Part root = plan_part(ast_.root());
    plan_.root = root.node;
    plan_.local_count = checked_.local_count;
    if (plan_.arena.exhausted()) fault(ast_.root(), "the expression is too large");
    if (!faults_.empty()) return base::fail(std::move(faults_));
    return base::Done{};
  }

 private:
  void fault(ExprId id, std::string message) {
    faults_.push_back(make_diagnostic(source_, ast_[id].offset, std::move(message)));
  }

  // ---- making

  template <class T>
  const Node* make(Node::Run run, T node) {
    auto* room = plan_.arena.allocate_array<T>(1);
    static ConstantNode no_room = [] {
      ConstantNode refused;
      refused.run = &run_constant;
      refused.value = Value::error(Fault::kMemoryLimit);
      return refused;
    }();
    if (room == nullptr) return &no_room;
    node.run = run;
    return new (room) T(node);
  }

  template <class T>
  std::span<const T> keep(const std::vector<T>& items) {
    auto* room = plan_.arena.allocate_array<T>(items.size());
    if (room == nullptr) return {};
    std::uninitialized_copy(items.begin(), items.end(), room);
    return {room, items.size()};
  }

  std::string_view keep(std::string_view text) {
    auto* room = plan_.arena.allocate_array<char>(text.size());
    if (room == nullptr) return {};
    std::copy(text.begin(), text.end(), room);
    return {room, text.size()};
  }

  Value keep(const Value& value) {
    if (value.is(Kind::kString)) return Value::string(keep(value.as_text()));
    if (value.is(Kind::kBytes)) return Value::bytes(keep(value.as_text()));
    return value;
  }

  Part constant(const Value& value) {
    ConstantNode node;
    node.value = value;
    return {make(&run_constant, node), true, value};
  }

  // A part whose parts are constants is evaluated now; what fails is left for the evaluation, which
  // may never come to it.
  Part fold(Part part, bool is_constant) {
    if (!is_constant || !options_.optimize || plan_.arena.exhausted()) return part;
    Frame frame{Context(plan_.arena, plan_.limits), nullptr, nullptr, kFoldBudget};
    const Value value = cel::run(*part.node, frame);
    if (value.is_error() || plan_.arena.exhausted()) return part;
    FoldedNode node;
    node.value = value;
    node.cost = kFoldBudget - frame.remaining;
    return {make(&run_folded, node), true, value};
  }

  // ---- parts

  // `is_branch`: the model does not charge the name at the beginning of a chain.
  Part plan_part(ExprId id, bool is_branch = false) {
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

  Part plan_name(ExprId id, bool is_branch) {
    const Reference& reference = checked_.references[id];
    NameNode node;
    node.index = reference.index;
    node.cost = is_branch ? 0 : 1;
    node.name = Value::string(keep(ast_[id].name));
    switch (reference.kind) {
      case NameKind::kConstant: return plan_constant_name(reference.constant, is_branch);
      case NameKind::kVariable: return {make(&run_variable, node)};
      case NameKind::kLocal:
        if (slots_[reference.index] != nullptr) return {slots_[reference.index]};
        return {make(&run_local, node)};
      default: return {make(&run_unknown_name, node)};
    }
  }

  // The checker puts a constant in the place of its name; without it the name is looked up.
  Part plan_constant_name(const Value& value, bool is_branch) {
    if (options_.check_types || is_branch) return constant(value);
    FoldedNode node;
    node.value = value;
    node.cost = 1;
    return {make(&run_folded, node), true, value};
  }

  // Names and chains of them: what the model calls an attribute.
  [[nodiscard]] bool is_attribute(ExprId id) const {
    switch (ast_[id].kind) {
      case ExprKind::kIdent:
      case ExprKind::kSelect: return checked_.references[id].kind != NameKind::kConstant;
      case ExprKind::kIndex:
      case ExprKind::kConditional: return true;
      default: return false;
    }
  }

  Part plan_select(ExprId id, bool is_branch) {
    const Expr& expr = ast_[id];
    if (checked_.references[id].kind != NameKind::kNone) return plan_name(id, is_branch);
    const ExprId operand_id = ast_.child(id, 0);
    const bool continues = is_attribute(operand_id);
    const Part operand = plan_part(operand_id, is_branch && continues);
    SelectNode node;
    node.operand = operand.node;
    node.base_cost = continues || is_branch ? 0 : 1;
    bool is_constant = operand.is_constant;
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
    }
    node.field = field_index(operand_id, node.key);
    Node::Run run = expr.is_optional ? &run_select_optional : &run_select;
    if (expr.is_test) run = &run_test;
    const Part general = fold({make(run, node)}, is_constant);
    return run == &run_select ? fuse_field(node, general) : general;
  }

  // A name and a constant key: what most rules are made of.
  Part fuse_field(const SelectNode& select, const Part& general) {
    if (!options_.optimize || !select.key.is(Kind::kString)) return general;
    const Node::Run operand_run = select.operand->run;
    if (operand_run != &run_variable && operand_run != &run_local) return general;
    const auto& name = as<NameNode>(*select.operand);
    FieldNode node;
    node.general = general.node;
    node.source.is_local = operand_run == &run_local;
    node.source.index = name.index;
    node.source.field = select.field;
    node.source.cost = name.cost + select.base_cost + 1;
    node.source.key = select.key;
    node.source.key_hash = hash(select.key);
    return {make(&run_field, node)};
  }

  // The place of a field in a declared record.
  [[nodiscard]] std::uint32_t field_index(ExprId operand, const Value& key) const {
    const Type* type = checked_.types[operand];
    if (type == nullptr || type->kind != TypeKind::kRecord || !key.is(Kind::kString)) {
      return kNoField;
    }
    const auto& names = type->record->field_names;
    const auto found = std::find(names.begin(), names.end(), key.as_text());
    return found == names.end() ? kNoField : static_cast<std::uint32_t>(found - names.begin());
  }

  // ---- operators

  Part plan_operator(ExprId id) {
    const Expr& expr = ast_[id];
    const Part left = plan_part(ast_.child(id, 0));
    if (expr.op == Operator::kNot || expr.op == Operator::kNegate) {
      UnaryNode node;
      node.operand = left.node;
      return fold({make(expr.op == Operator::kNot ? &run_not : &run_negate, node)},
                  left.is_constant);
    }
    const Part right = plan_part(ast_.child(id, 1));
    BinaryNode node;
    node.left = left.node;
    node.right = right.node;
    node.op = expr.op;
    node.mode = cost_mode(id);
    const Part general =
        fold({make(operator_run(expr.op), node)}, left.is_constant && right.is_constant);
    if (!options_.optimize || general.is_constant) return general;
    if (expr.op == Operator::kIn) return fuse_in(node, right, general);
    const bool is_equality = expr.op == Operator::kEqual || expr.op == Operator::kNotEqual;
    if (!is_equality) return general;
    if (right.is_constant) return fuse_equality(node, *left.node, right, general);
    return left.is_constant ? fuse_equality(node, *right.node, left, general) : general;
  }

  Part fuse_equality(const BinaryNode& binary, const Node& operand, const Part& constant,
                     const Part& general) {
    if (operand.run != &run_field || !constant.value.is(Kind::kString)) return general;
    // A folded constant costs something; a literal does not.
    if (constant.node->run != &run_constant) return general;
    FieldEqualNode node;
    node.general = general.node;
    node.source = as<FieldNode>(operand).source;
    node.constant = constant.value;
    node.constant_size = cost_size(constant.value);
    node.is_negated = binary.op == Operator::kNotEqual;
    return {make(&run_field_equal, node)};
  }

  Part fuse_in(const BinaryNode& binary, const Part& list, const Part& general) {
    if (!list.is_constant || !list.value.is(Kind::kList)) return general;
    MapBuilder constants(plan_.arena, list_size(list.value));
    for (std::size_t index = 0; index < list_size(list.value); ++index) {
      const Value each = list_at(list.value, index, plan_.arena);
      if (!each.is(Kind::kString) && !each.is(Kind::kInt)) return general;
      constants.add(each, Value::null());
    }
    const Value set = constants.finish();
    if (set.is_error()) return general;
    InConstantsNode node;
    node.general = general.node;
    node.needle = binary.left;
    node.constants = &set.map_node();
    node.cost = binary.mode == CostMode::kContainer ? list_size(list.value) : 1;
    if (list.node->run == &run_folded) node.cost += as<FoldedNode>(*list.node).cost;
    return {make(&run_in_constants, node)};
  }

  static Node::Run operator_run(Operator op) {
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

  // The model charges sizes only where the checker settled on one overload.
  [[nodiscard]] CostMode cost_mode(ExprId id) const {
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

  Part plan_logic(ExprId id, Node::Run run) {
    std::vector<const Node*> terms;
    bool is_constant = true;
    for (const ExprId term : ast_.children(id)) {
      const Part part = plan_part(term);
      terms.push_back(part.node);
      is_constant = is_constant && part.is_constant;
    }
    LogicNode node;
    node.terms = keep(terms);
    return fold({make(run, node)}, is_constant);
  }

  Part plan_conditional(ExprId id) {
    const Part condition = plan_part(ast_.child(id, 0));
    const Part chosen = plan_branch(ast_.child(id, 1));
    const Part other = plan_branch(ast_.child(id, 2));
    ConditionalNode node;
    node.condition = condition.node;
    node.chosen = chosen.node;
    node.other = other.node;
    return fold({make(&run_conditional, node)},
                condition.is_constant && chosen.is_constant && other.is_constant);
  }

  Part plan_branch(ExprId id) { return plan_part(id, is_attribute(id)); }

  // ---- calls

  Part plan_call(ExprId id) {
    const Expr& expr = ast_[id];
    auto argument_ids = ast_.children(id);
    if (checked_.references[id].is_namespaced) argument_ids = argument_ids.subspan(1);
    std::vector<Part> parts;
    for (const ExprId argument : argument_ids) parts.push_back(plan_part(argument));
    const auto overloads = checked_.candidates(id);
    if (overloads.size() == 1 && overloads[0]->overload->run == nullptr) {
      return plan_alternative(expr, parts);
    }
    std::vector<const Node*> arguments;
    std::vector<Candidate> candidates;
    bool is_constant = true;
    for (const Part& part : parts) {
      arguments.push_back(part.node);
      is_constant = is_constant && part.is_constant;
    }
    for (const OverloadDeclaration* overload : overloads) {
      candidates.push_back(candidate(id, *overload, parts));
      is_constant = is_constant && overload->overload->pure;
    }
    CallNode node;
    node.arguments = keep(arguments);
    node.candidates = keep(candidates);
    node.name = keep(expr.name);
    Node::Run run = &run_call;
    if (arguments.size() == 1) run = &run_call_unary;
    if (arguments.size() == 2) run = &run_call_binary;
    return fold({make(run, node)}, is_constant && !candidates.empty());
  }

  Part plan_alternative(const Expr& expr, std::span<const Part> parts) {
    AlternativeNode node;
    node.optional = parts[0].node;
    node.alternative = parts[1].node;
    return {make(expr.name == "or" ? &run_or_optional : &run_or_value, node)};
  }

  Candidate candidate(ExprId id, const OverloadDeclaration& declaration,
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
    Prepared prepared = declaration.overload->prepare({constants.data(), parts.size()},
                                                      plan_.limits, declaration.overload->data);
    if (!prepared.fault.empty()) fault(id, std::move(prepared.fault));
    made.prepared = prepared.object.get();
    if (prepared.object != nullptr) plan_.prepared.push_back(std::move(prepared.object));
    return made;
  }

  // ---- literals

  Part plan_list(ExprId id) {
    std::vector<ListElement> elements;
    bool is_constant = true;
    for (const ExprId child : ast_.children(id)) {
      const bool is_optional = ast_[child].kind == ExprKind::kOptionalElement;
      const Part part = plan_part(is_optional ? ast_.child(child, 0) : child);
      elements.push_back({part.node, is_optional});
      is_constant = is_constant && part.is_constant;
    }
    ListLiteralNode node;
    node.elements = keep(elements);
    return fold({make(&run_list, node)}, is_constant);
  }

  Part plan_map(ExprId id) {
    std::vector<MapLiteralEntry> entries;
    bool is_constant = true;
    for (const ExprId child : ast_.children(id)) {
      const Part key = plan_part(ast_.child(child, 0));
      const Part value = plan_part(ast_.child(child, 1));
      entries.push_back({key.node, value.node, ast_[child].is_optional});
      is_constant = is_constant && key.is_constant && value.is_constant;
    }
    MapLiteralNode node;
    node.entries = keep(entries);
    return fold({make(&run_map, node)}, is_constant);
  }

  Part plan_message(ExprId id) {
    std::vector<MessageField> fields;
    for (const ExprId child : ast_.children(id)) {
      const Part value = plan_part(ast_.child(child, 0));
      fields.push_back({keep(ast_[child].name), value.node, ast_[child].is_optional});
    }
    MessageNode node;
    node.message = static_cast<WellKnown>(checked_.references[id].index);
    node.name = keep(ast_[id].name);
    node.fields = keep(fields);
    return {make(&run_message, node)};
  }

  // ---- forms with variables

  static Node::Run fold_run(FoldKind kind) {
    switch (kind) {
      case FoldKind::kAll: return &run_all;
      case FoldKind::kExists: return &run_exists;
      case FoldKind::kExistsOne: return &run_exists_one;
      case FoldKind::kMap: return &run_transform_list;
      default: return &run_transform_map;
    }
  }

  Part plan_fold(ExprId id) {
    const Expr& expr = ast_[id];
    FoldNode node;
    node.range = plan_part(ast_.child(id, 0)).node;
    if (ast_.child(id, 1) != kNoExpr) node.filter = plan_part(ast_.child(id, 1)).node;
    node.body = plan_part(ast_.child(id, 2)).node;
    node.slot = checked_.references[id].index;
    node.kind = expr.fold;
    node.has_two = !expr.second_name.empty();
    return {make(fold_run(expr.fold), node)};
  }

  Part plan_bind(ExprId id) {
    const Expr& expr = ast_[id];
    BindNode node;
    node.value = plan_part(ast_.child(id, 0)).node;
    node.body = plan_part(ast_.child(id, 1)).node;
    node.slot = checked_.references[id].index;
    node.is_flat = expr.is_flat;
    return {make(expr.kind == ExprKind::kBind ? &run_bind : &run_optional_map, node)};
  }

  Part plan_block(ExprId id) {
    const auto children = ast_.children(id);
    BlockNode node;
    node.slot = checked_.references[id].index;
    node.slot_count = static_cast<std::uint32_t>(children.size() - 1);
    for (std::uint32_t index = 0; index < node.slot_count; ++index) {
      SlotNode slot;
      slot.slot = node.slot + index;
      slot.value = plan_part(children[index]).node;
      slots_[slot.slot] = make(&run_slot, slot);
    }
    node.body = plan_part(children.back()).node;
    return {make(&run_block, node)};
  }

  const Ast& ast_;
  const Checked& checked_;
  std::string_view source_;
  const EnvironmentOptions& options_;
  Plan& plan_;
  std::vector<const Node*> slots_;  // of blocks, by local
  Diagnostics faults_;
};

}  // namespace

base::Status<Diagnostics> plan_expression(const Ast& ast, const Checked& checked,
                                          std::string_view source, const Declarations& declarations,
                                          Plan& plan) {
  return Planner(ast, checked, source, declarations, plan).plan();
}

}  // namespace cel
