#include "checker.hpp"

#include <algorithm>
#include <array>

#include "type_checker.hpp"

namespace cel {

namespace {

constexpr std::size_t kFaultsMax = 20;

}  // namespace

base::Result<Checked, Diagnostics> Checker::run() {
  visit(ast_.root());
  if (!faults_.empty()) {
    std::stable_sort(faults_.begin(), faults_.end(), [](const auto& left, const auto& right) {
      return left.offset < right.offset;
    });
    return base::fail(std::move(faults_));
  }
  for (const Type*& type : checked_.types) {
    if (type != nullptr) type = unifier_.substitute(type, true);
  }
  return std::move(checked_);
}

void Checker::fault(ExprId id, std::string message) {
  if (!is_strict_ || faults_.size() >= kFaultsMax) return;
  faults_.push_back(make_diagnostic(source_, ast_[id].offset, std::move(message)));
}

std::string Checker::shown(const Type* type) {
  return quoted(to_text(unifier_.substitute(type, true)));
}

const Type* Checker::visit(ExprId id) {
  const Type* type = id == kNoExpr ? error_type() : type_of_expr(id);
  if (!is_strict_) type = dyn_type();
  checked_.types[id] = type;
  return type;
}

const Type* Checker::type_of_expr(ExprId id) {
  const Expr& expr = ast_[id];
  switch (expr.kind) {
    case ExprKind::kLiteral: return type_of_literal(expr.literal);
    case ExprKind::kIdent: return type_of_name(id);
    case ExprKind::kSelect: return type_of_select(id);
    case ExprKind::kIndex: return type_of_index(id);
    case ExprKind::kCall: return type_of_call(id);
    case ExprKind::kAnd:
    case ExprKind::kOr: return type_of_logic(id);
    case ExprKind::kConditional: return type_of_conditional(id);
    case ExprKind::kList: return type_of_list(id);
    case ExprKind::kOptionalElement: return type_of_unwrapped(ast_.child(id, 0));
    case ExprKind::kMap: return type_of_map(id);
    case ExprKind::kStruct: return type_of_struct(id);
    case ExprKind::kFold: return type_of_fold(id);
    case ExprKind::kBind: return type_of_bind(id);
    case ExprKind::kOptionalMap: return type_of_optional_map(id);
    case ExprKind::kBlock: return type_of_block(id);
    case ExprKind::kEntry:
    case ExprKind::kNone: break;
  }
  return error_type();
}

const Type* Checker::type_of_literal(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull: return simple_type(TypeKind::kNull);
    case Kind::kBool: return bool_type();
    case Kind::kInt: return simple_type(TypeKind::kInt);
    case Kind::kUint: return simple_type(TypeKind::kUint);
    case Kind::kDouble: return simple_type(TypeKind::kDouble);
    case Kind::kString: return simple_type(TypeKind::kString);
    default: return simple_type(TypeKind::kBytes);
  }
}

const Type* Checker::want(ExprId id, const Type* wanted) {
  const Type* type = visit(id);
  if (!unifier_.assign(type, wanted)) {
    fault(id, "a value of type " + shown(wanted) + " is wanted here, this is " + shown(type));
  }
  return type;
}

const Checker::Local* Checker::find_local(std::string_view name) const {
  const auto found = std::find_if(locals_.rbegin(), locals_.rend(),
                                  [&](const Local& local) { return local.name == name; });
  return found == locals_.rend() ? nullptr : &*found;
}

const Type* Checker::refer_to(ExprId id, const NameDeclaration& name) {
  Reference& reference = checked_.references[id];
  const bool is_variable = name.constant.is_absent();
  reference.kind = is_variable ? NameKind::kVariable : NameKind::kConstant;
  reference.index = name.variable;
  reference.constant = name.constant;
  return name.type;
}

const Type* Checker::type_of_name(ExprId id) {
  const Expr& expr = ast_[id];
  if (!expr.is_absolute) {
    if (const Local* local = find_local(expr.name)) {
      checked_.references[id].kind = NameKind::kLocal;
      checked_.references[id].index = local->slot;
      return local->type;
    }
  }
  const NameDeclaration* name =
      expr.is_absolute ? declarations_.find_name(expr.name) : declarations_.resolve_name(expr.name);
  if (name != nullptr) return refer_to(id, *name);
  checked_.references[id].kind = NameKind::kUnknown;
  std::string message = "nothing is named " + quoted(expr.name);
  const std::string_view near = declarations_.nearest_name(expr.name);
  if (!near.empty()) message += "; did you mean " + quoted(near) + "?";
  fault(id, std::move(message));
  return error_type();
}

const NameDeclaration* Checker::find_dotted(ExprId id) {
  ExprId first = id;
  while (ast_[first].kind == ExprKind::kSelect) {
    if (ast_[first].is_optional || ast_[first].is_test) return nullptr;
    first = ast_.child(first, 0);
  }
  const Expr& head = ast_[first];
  if (head.kind != ExprKind::kIdent) return nullptr;
  if (!head.is_absolute && find_local(head.name) != nullptr) return nullptr;
  return declarations_.resolve_name(qualified_name(ast_, id, arena_));
}

const Type* Checker::type_of_select(ExprId id) {
  if (const NameDeclaration* name = find_dotted(id)) return refer_to(id, *name);
  const Expr& expr = ast_[id];
  const Type* operand = unifier_.substitute(visit(ast_.child(id, 0)));
  const Type* field = type_of_field(id, operand, expr.name);
  if (expr.is_test) return bool_type();
  const bool is_optional_result = expr.is_optional || is_optional(operand);
  return is_optional_result ? unifier_.types().optional(field) : field;
}

const Type* Checker::type_of_field(ExprId id, const Type* operand, std::string_view field) {
  const Type* target = is_optional(operand) ? operand->params[0] : operand;
  target = unifier_.substitute(target);
  switch (target->kind) {
    case TypeKind::kMap: return target->params[1];
    case TypeKind::kRecord: return type_of_record_field(id, *target->record, field);
    case TypeKind::kParam:
      static_cast<void>(unifier_.assign(dyn_type(), target));
      return dyn_type();
    default: break;
  }
  if (!is_open(target)) fault(id, shown(target) + " has no fields");
  return dyn_type();
}

const Type* Checker::type_of_record_field(ExprId id, const RecordDeclaration& record,
                                          std::string_view field) {
  const auto& names = record.field_names;
  if (std::find(names.begin(), names.end(), field) != names.end()) return record.field_type;
  std::string message = quoted(record.name) + " has no field " + quoted(field) + "; it has ";
  for (std::size_t index = 0; index < names.size(); ++index) {
    if (index > 0) message += ", ";
    message += names[index];
  }
  fault(id, std::move(message));
  return error_type();
}

const Type* Checker::type_of_index(ExprId id) {
  const Expr& expr = ast_[id];
  const Type* operand = unifier_.substitute(visit(ast_.child(id, 0)));
  const Type* key = visit(ast_.child(id, 1));
  const Type* target = is_optional(operand) ? unifier_.substitute(operand->params[0]) : operand;
  const Type* element = type_of_element(id, target, key);
  const bool is_optional_result = expr.is_optional || is_optional(operand);
  return is_optional_result ? unifier_.types().optional(element) : element;
}

const Type* Checker::type_of_element(ExprId id, const Type* target, const Type* key) {
  const ExprId key_id = ast_.child(id, 1);
  const Type* wanted = nullptr;
  const Type* element = nullptr;
  switch (target->kind) {
    case TypeKind::kList:
      wanted = simple_type(TypeKind::kInt);
      element = target->params[0];
      break;
    case TypeKind::kMap:
      wanted = target->params[0];
      element = target->params[1];
      break;
    case TypeKind::kRecord:
      wanted = simple_type(TypeKind::kString);
      element = target->record->field_type;
      if (ast_[key_id].kind == ExprKind::kLiteral && ast_[key_id].literal.is(Kind::kString)) {
        element = type_of_record_field(key_id, *target->record, ast_[key_id].literal.as_text());
      }
      break;
    case TypeKind::kParam:
      static_cast<void>(unifier_.assign(dyn_type(), target));
      return dyn_type();
    default:
      if (!is_open(target)) fault(id, shown(target) + " has no elements");
      return dyn_type();
  }
  if (!unifier_.assign(key, wanted)) {
    fault(key_id, "a key of type " + shown(wanted) + " is wanted here, this is " + shown(key));
  }
  return unifier_.substitute(element);
}

const Type* Checker::type_of_call(ExprId id) {
  const Expr& expr = ast_[id];
  auto arguments = ast_.children(id);
  const FunctionDeclaration* function = nullptr;
  bool is_member = expr.is_member;
  if (expr.op != Operator::kNone) {
    function = declarations_.find_function(expr.op);
  } else if (is_member) {
    function = find_namespaced(id);
    if (function != nullptr) {
      checked_.references[id].is_namespaced = true;
      arguments = arguments.subspan(1);
      is_member = false;
    } else {
      function = declarations_.resolve_function(expr.name);
    }
  } else {
    function = expr.is_absolute ? declarations_.find_function(expr.name)
                                : declarations_.resolve_function(expr.name);
  }
  std::vector<const Type*> types;
  types.reserve(arguments.size());
  for (const ExprId argument : arguments) types.push_back(visit(argument));
  if (function == nullptr) {
    fault(id, "there is no function " + quoted(expr.name));
    return error_type();
  }
  return resolve_overload(id, *function, is_member, types);
}

const FunctionDeclaration* Checker::find_namespaced(ExprId id) {
  const std::string_view prefix = qualified_name(ast_, ast_.child(id, 0), arena_);
  if (prefix.empty()) return nullptr;
  std::string full(prefix);
  full += '.';
  full += ast_[id].name;
  return declarations_.resolve_function(full);
}

const Type* Checker::resolve_overload(ExprId id, const FunctionDeclaration& function,
                                      bool is_member, std::span<const Type* const> arguments) {
  Reference& reference = checked_.references[id];
  reference.first_overload = static_cast<std::uint32_t>(checked_.overloads.size());
  const Type* result = nullptr;
  for (const OverloadDeclaration& overload : function.overloads) {
    if ((overload.overload->form == Form::kMember) != is_member ||
        overload.params.size() != arguments.size()) {
      continue;
    }
    const Type* each = is_strict_ ? try_overload(overload, arguments) : dyn_type();
    if (each == nullptr) continue;
    checked_.overloads.push_back(&overload);
    ++reference.overload_count;
    if (result == nullptr) {
      result = each;
    } else if (!is_open(result) && !same_type(result, each)) {
      result = dyn_type();
    }
  }
  if (result != nullptr) return result;
  report_no_overload(id, function, is_member, arguments);
  return error_type();
}

const Type* Checker::try_overload(const OverloadDeclaration& overload,
                                  std::span<const Type* const> arguments) {
  if (overload.type_param_count == 0) {
    return unifier_.assign_all(arguments, overload.params) ? overload.result : nullptr;
  }
  const std::uint32_t first = unifier_.reserve_variables(overload.type_param_count);
  std::array<const Type*, 8> params{};
  for (std::size_t index = 0; index < arguments.size(); ++index) {
    params[index] = unifier_.instantiate(overload.params[index], first);
  }
  if (!unifier_.assign_all(arguments, {params.data(), arguments.size()})) return nullptr;
  return unifier_.substitute(unifier_.instantiate(overload.result, first));
}

void Checker::report_no_overload(ExprId id, const FunctionDeclaration& function, bool is_member,
                                 std::span<const Type* const> arguments) {
  const Expr& expr = ast_[id];
  std::string message =
      "no " + (expr.op == Operator::kNone ? "function " : std::string("operator "));
  message +=
      quoted(expr.op == Operator::kNone ? std::string_view(function.name) : spelling(expr.op));
  message += is_member ? " of " : " for ";
  for (std::size_t index = 0; index < arguments.size(); ++index) {
    if (index > 0) message += is_member && index == 1 ? " takes " : ", ";
    message += shown(arguments[index]);
  }
  if (arguments.empty()) message += "no arguments";
  fault(id, std::move(message));
}

const Type* Checker::type_of_logic(ExprId id) {
  for (const ExprId term : ast_.children(id)) want(term, bool_type());
  return bool_type();
}

const Type* Checker::type_of_conditional(ExprId id) {
  want(ast_.child(id, 0), bool_type());
  const Type* chosen = visit(ast_.child(id, 1));
  const Type* other = visit(ast_.child(id, 2));
  const Type* common = unifier_.fresh();
  if (unifier_.assign(chosen, common) && unifier_.assign(other, common)) {
    return unifier_.substitute(common);
  }
  fault(id, "the branches have different types: " + shown(chosen) + " and " + shown(other));
  return error_type();
}

base::Result<Checked, Diagnostics> check(const Ast& ast, std::string_view source,
                                         const Declarations& declarations, Arena& arena) {
  return Checker(ast, source, declarations, arena).run();
}

}  // namespace cel
