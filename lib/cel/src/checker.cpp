#include "checker.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "cel/collections.hpp"
#include "unifier.hpp"
#include "well_known.hpp"

namespace cel {

namespace {

constexpr std::size_t kFaultsMax = 20;

const Type* dyn() noexcept { return simple_type(TypeKind::kDyn); }

const Type* boolean() noexcept { return simple_type(TypeKind::kBool); }

const Type* error() noexcept { return simple_type(TypeKind::kError); }

bool is_open(const Type* type) noexcept {
  return type->kind == TypeKind::kDyn || type->kind == TypeKind::kError;
}

bool may_be_key(const Type* type) noexcept {
  switch (type->kind) {
    case TypeKind::kBool:
    case TypeKind::kInt:
    case TypeKind::kUint:
    case TypeKind::kString:
    case TypeKind::kParam:
    case TypeKind::kDyn:
    case TypeKind::kError: return true;
    case TypeKind::kWrapper: return may_be_key(type->params[0]);
    default: return false;
  }
}

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

class Checker {
 public:
  Checker(const Ast& ast, std::string_view source, const Declarations& declarations, Arena& arena)
      : ast_(ast),
        source_(source),
        declarations_(declarations),
        arena_(arena),
        is_strict_(declarations.options().check_types),
        unifier_(arena) {
    checked_.types.resize(ast.size());
    checked_.references.resize(ast.size());
  }

  base::Result<Checked, Diagnostics> run() {
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

 private:
  struct Local {
    std::string_view name;
    const Type* type;
    std::uint32_t slot;
  };

  void fault(ExprId id, std::string message) {
    if (!is_strict_ || faults_.size() >= kFaultsMax) return;
    faults_.push_back(make_diagnostic(source_, ast_[id].offset, std::move(message)));
  }

  [[nodiscard]] std::string shown(const Type* type) {
    return quoted(to_text(unifier_.substitute(type, true)));
  }

  // ---- types

  const Type* visit(ExprId id) {
    const Type* type = id == kNoExpr ? error() : type_of_expr(id);
    if (!is_strict_) type = dyn();
    checked_.types[id] = type;
    return type;
  }

  const Type* type_of_expr(ExprId id) {
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
    return error();
  }

  static const Type* type_of_literal(const Value& value) {
    switch (value.kind()) {
      case Kind::kNull: return simple_type(TypeKind::kNull);
      case Kind::kBool: return boolean();
      case Kind::kInt: return simple_type(TypeKind::kInt);
      case Kind::kUint: return simple_type(TypeKind::kUint);
      case Kind::kDouble: return simple_type(TypeKind::kDouble);
      case Kind::kString: return simple_type(TypeKind::kString);
      default: return simple_type(TypeKind::kBytes);
    }
  }

  const Type* want(ExprId id, const Type* wanted) {
    const Type* type = visit(id);
    if (!unifier_.assign(type, wanted)) {
      fault(id, "a value of type " + shown(wanted) + " is wanted here, this is " + shown(type));
    }
    return type;
  }

  // ---- names

  [[nodiscard]] const Local* find_local(std::string_view name) const {
    const auto found = std::find_if(locals_.rbegin(), locals_.rend(),
                                    [&](const Local& local) { return local.name == name; });
    return found == locals_.rend() ? nullptr : &*found;
  }

  const Type* refer_to(ExprId id, const NameDeclaration& name) {
    Reference& reference = checked_.references[id];
    const bool is_variable = name.constant.is_absent();
    reference.kind = is_variable ? NameKind::kVariable : NameKind::kConstant;
    reference.index = name.variable;
    reference.constant = name.constant;
    return name.type;
  }

  const Type* type_of_name(ExprId id) {
    const Expr& expr = ast_[id];
    if (!expr.is_absolute) {
      if (const Local* local = find_local(expr.name)) {
        checked_.references[id].kind = NameKind::kLocal;
        checked_.references[id].index = local->slot;
        return local->type;
      }
    }
    const NameDeclaration* name = expr.is_absolute ? declarations_.find_name(expr.name)
                                                   : declarations_.resolve_name(expr.name);
    if (name != nullptr) return refer_to(id, *name);
    checked_.references[id].kind = NameKind::kUnknown;
    std::string message = "nothing is named " + quoted(expr.name);
    const std::string_view near = declarations_.nearest_name(expr.name);
    if (!near.empty()) message += "; did you mean " + quoted(near) + "?";
    fault(id, std::move(message));
    return error();
  }

  // `a.b.c` may be one name.
  const NameDeclaration* find_dotted(ExprId id) {
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

  // ---- fields and elements

  const Type* type_of_select(ExprId id) {
    if (const NameDeclaration* name = find_dotted(id)) return refer_to(id, *name);
    const Expr& expr = ast_[id];
    const Type* operand = unifier_.substitute(visit(ast_.child(id, 0)));
    const Type* field = type_of_field(id, operand, expr.name);
    if (expr.is_test) return boolean();
    const bool is_optional_result = expr.is_optional || is_optional(operand);
    return is_optional_result ? unifier_.types().optional(field) : field;
  }

  const Type* type_of_field(ExprId id, const Type* operand, std::string_view field) {
    const Type* target = is_optional(operand) ? operand->params[0] : operand;
    target = unifier_.substitute(target);
    switch (target->kind) {
      case TypeKind::kMap: return target->params[1];
      case TypeKind::kRecord: return type_of_record_field(id, *target->record, field);
      case TypeKind::kParam: static_cast<void>(unifier_.assign(dyn(), target)); return dyn();
      default: break;
    }
    if (!is_open(target)) fault(id, shown(target) + " has no fields");
    return dyn();
  }

  const Type* type_of_record_field(ExprId id, const RecordDeclaration& record,
                                   std::string_view field) {
    const auto& names = record.field_names;
    if (std::find(names.begin(), names.end(), field) != names.end()) return record.field_type;
    std::string message = quoted(record.name) + " has no field " + quoted(field) + "; it has ";
    for (std::size_t index = 0; index < names.size(); ++index) {
      if (index > 0) message += ", ";
      message += names[index];
    }
    fault(id, std::move(message));
    return error();
  }

  const Type* type_of_index(ExprId id) {
    const Expr& expr = ast_[id];
    const Type* operand = unifier_.substitute(visit(ast_.child(id, 0)));
    const Type* key = visit(ast_.child(id, 1));
    const Type* target = is_optional(operand) ? unifier_.substitute(operand->params[0]) : operand;
    const Type* element = type_of_element(id, target, key);
    const bool is_optional_result = expr.is_optional || is_optional(operand);
    return is_optional_result ? unifier_.types().optional(element) : element;
  }

  const Type* type_of_element(ExprId id, const Type* target, const Type* key) {
    const ExprId key_id = ast_.child(id, 1);
    const Type* wanted = nullptr;
    const Type* element = dyn();
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
      case TypeKind::kParam: static_cast<void>(unifier_.assign(dyn(), target)); return dyn();
      default:
        if (!is_open(target)) fault(id, shown(target) + " has no elements");
        return dyn();
    }
    if (!unifier_.assign(key, wanted)) {
      fault(key_id, "a key of type " + shown(wanted) + " is wanted here, this is " + shown(key));
    }
    return unifier_.substitute(element);
  }

  // ---- calls

  const Type* type_of_call(ExprId id) {
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
      return error();
    }
    return resolve_overload(id, *function, is_member, types);
  }

  const FunctionDeclaration* find_namespaced(ExprId id) {
    const std::string_view prefix = qualified_name(ast_, ast_.child(id, 0), arena_);
    if (prefix.empty()) return nullptr;
    std::string full(prefix);
    full += '.';
    full += ast_[id].name;
    return declarations_.resolve_function(full);
  }

  // All overloads that the arguments may fit; the result is dyn where they do not agree.
  const Type* resolve_overload(ExprId id, const FunctionDeclaration& function, bool is_member,
                               std::span<const Type* const> arguments) {
    Reference& reference = checked_.references[id];
    reference.first_overload = static_cast<std::uint32_t>(checked_.overloads.size());
    const Type* result = nullptr;
    for (const OverloadDeclaration& overload : function.overloads) {
      if ((overload.overload->form == Form::kMember) != is_member ||
          overload.params.size() != arguments.size()) {
        continue;
      }
      const Type* each = is_strict_ ? try_overload(overload, arguments) : dyn();
      if (each == nullptr) continue;
      checked_.overloads.push_back(&overload);
      ++reference.overload_count;
      if (result == nullptr) {
        result = each;
      } else if (!is_open(result) && !same_type(result, each)) {
        result = dyn();
      }
    }
    if (result != nullptr) return result;
    report_no_overload(id, function, is_member, arguments);
    return error();
  }

  const Type* try_overload(const OverloadDeclaration& overload,
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

  void report_no_overload(ExprId id, const FunctionDeclaration& function, bool is_member,
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

  const Type* type_of_logic(ExprId id) {
    for (const ExprId term : ast_.children(id)) want(term, boolean());
    return boolean();
  }

  const Type* type_of_conditional(ExprId id) {
    want(ast_.child(id, 0), boolean());
    const Type* chosen = visit(ast_.child(id, 1));
    const Type* other = visit(ast_.child(id, 2));
    const Type* common = unifier_.fresh();
    if (unifier_.assign(chosen, common) && unifier_.assign(other, common)) {
      return unifier_.substitute(common);
    }
    fault(id, "the branches have different types: " + shown(chosen) + " and " + shown(other));
    return error();
  }

  // ---- literals of lists, maps and messages

  // Of `?x`: what the optional holds.
  const Type* type_of_unwrapped(ExprId id) {
    const Type* type = unifier_.substitute(visit(id));
    if (is_optional(type)) return type->params[0];
    if (!is_open(type) && type->kind != TypeKind::kParam) {
      fault(id, "an optional is wanted behind '?', this is " + shown(type));
    }
    return dyn();
  }

  const Type* type_of_list(ExprId id) {
    const Type* element = nullptr;
    for (const ExprId each : ast_.children(id)) element = unifier_.join(element, visit(each));
    return unifier_.types().list(element == nullptr ? unifier_.fresh() : element);
  }

  const Type* type_of_map(ExprId id) {
    const Type* key = nullptr;
    const Type* value = nullptr;
    for (const ExprId entry : ast_.children(id)) {
      const ExprId key_id = ast_.child(entry, 0);
      const Type* key_type = unifier_.substitute(visit(key_id));
      if (!may_be_key(key_type)) {
        fault(key_id, "a map key is a bool, int, uint or string, this is " + shown(key_type));
        key_type = error();
      }
      key = unifier_.join(key, key_type);
      const ExprId value_id = ast_.child(entry, 1);
      value = unifier_.join(
          value, ast_[entry].is_optional ? type_of_unwrapped(value_id) : visit(value_id));
    }
    if (key == nullptr) return unifier_.types().map(unifier_.fresh(), unifier_.fresh());
    return unifier_.types().map(key, value);
  }

  const Type* type_of_struct(ExprId id) {
    const Expr& expr = ast_[id];
    const std::string_view name = resolve_message(expr.name);
    const WellKnown message = find_well_known(name);
    for (const ExprId entry : ast_.children(id)) {
      const ExprId value = ast_.child(entry, 0);
      const Type* type = ast_[entry].is_optional ? type_of_unwrapped(value) : visit(value);
      if (message == WellKnown::kNone) continue;
      const Type* wanted = field_type(message, ast_[entry].name, unifier_.types());
      if (wanted == nullptr) {
        fault(entry, quoted(name) + " has no field " + quoted(ast_[entry].name));
      } else if (!unifier_.assign(type, wanted)) {
        fault(entry,
              "a value of type " + shown(wanted) + " is wanted here, this is " + shown(type));
      }
    }
    if (message == WellKnown::kNone) {
      fault(id, "protobuf messages are not supported: " + quoted(expr.name));
      return error();
    }
    checked_.references[id].index = static_cast<std::uint32_t>(message);
    return type_of(message, unifier_.types());
  }

  [[nodiscard]] std::string_view resolve_message(std::string_view name) {
    if (name.substr(0, 1) == ".") return name.substr(1);
    // The container's own messages come first; only protobuf's have a meaning.
    if (declarations_.options().container == "google.protobuf" &&
        name.find('.') == std::string_view::npos) {
      auto* kept = arena_.allocate_array<char>(name.size() + 16);
      if (kept == nullptr) return name;
      constexpr std::string_view kPrefix = "google.protobuf.";
      std::copy(kPrefix.begin(), kPrefix.end(), kept);
      std::copy(name.begin(), name.end(), kept + kPrefix.size());
      return {kept, kPrefix.size() + name.size()};
    }
    return name;
  }

  // ---- forms with variables of their own

  std::uint32_t enter(std::string_view name, const Type* type) {
    const auto slot = static_cast<std::uint32_t>(next_slot_++);
    checked_.local_count = std::max(checked_.local_count, slot + 1);
    locals_.push_back({name, type, slot});
    return slot;
  }

  // Slots are not used again: a block may read them from elsewhere.
  void leave(std::size_t count) { locals_.resize(locals_.size() - count); }

  const Type* type_of_fold(ExprId id) {
    const Expr& expr = ast_[id];
    const ExprId range_id = ast_.child(id, 0);
    const Type* range = unifier_.substitute(visit(range_id));
    const bool has_two = !expr.second_name.empty();
    const Type* first = dyn();
    const Type* second = dyn();
    switch (range->kind) {
      case TypeKind::kList:
        first = has_two ? simple_type(TypeKind::kInt) : range->params[0];
        second = range->params[0];
        break;
      case TypeKind::kMap:
        first = range->params[0];
        second = range->params[1];
        break;
      case TypeKind::kRecord:
        first = simple_type(TypeKind::kString);
        second = range->record->field_type;
        break;
      case TypeKind::kParam: static_cast<void>(unifier_.assign(dyn(), range)); break;
      default:
        if (!is_open(range))
          fault(range_id, "a list or map is wanted here, this is " + shown(range));
    }
    checked_.references[id].index = enter(expr.name, first);
    // The second slot is kept also when there is no second variable.
    enter(has_two ? expr.second_name : std::string_view(), second);
    const Type* type = type_of_fold_body(id, first);
    leave(2);
    return type;
  }

  const Type* type_of_fold_body(ExprId id, const Type* key) {
    const ExprId filter = ast_.child(id, 1);
    const ExprId body = ast_.child(id, 2);
    if (filter != kNoExpr) want(filter, boolean());
    switch (ast_[id].fold) {
      case FoldKind::kAll:
      case FoldKind::kExists:
      case FoldKind::kExistsOne: want(body, boolean()); return boolean();
      case FoldKind::kMap: return unifier_.types().list(unifier_.substitute(visit(body)));
      case FoldKind::kTransformMap:
        return unifier_.types().map(unifier_.substitute(key), unifier_.substitute(visit(body)));
      case FoldKind::kTransformMapEntry: break;
    }
    const Type* entries = unifier_.types().map(unifier_.fresh(), unifier_.fresh());
    want(body, entries);
    return unifier_.substitute(entries);
  }

  const Type* type_of_bind(ExprId id) {
    const Type* value = visit(ast_.child(id, 0));
    checked_.references[id].index = enter(ast_[id].name, value);
    const Type* type = visit(ast_.child(id, 1));
    leave(1);
    return type;
  }

  const Type* type_of_optional_map(ExprId id) {
    const ExprId target = ast_.child(id, 0);
    const Type* optional = unifier_.types().optional(unifier_.fresh());
    want(target, optional);
    checked_.references[id].index = enter(ast_[id].name, unifier_.substitute(optional)->params[0]);
    const ExprId body = ast_.child(id, 1);
    const Type* type = nullptr;
    if (ast_[id].is_flat) {
      type = unifier_.types().optional(unifier_.fresh());
      want(body, type);
      type = unifier_.substitute(type);
    } else {
      type = unifier_.types().optional(unifier_.substitute(visit(body)));
    }
    leave(1);
    return type;
  }

  // Slots are evaluated when they are read, each at most once; each sees those before it.
  const Type* type_of_block(ExprId id) {
    const auto children = ast_.children(id);
    const std::size_t count = children.size() - 1;
    const std::size_t first = locals_.size();
    checked_.references[id].index = static_cast<std::uint32_t>(next_slot_);
    for (std::size_t index = 0; index < count; ++index) enter({}, dyn());
    for (std::size_t index = 0; index < count; ++index) {
      visit(children[index]);
      TextBuilder name(arena_);
      name.add("@index");
      name.add(std::to_string(index));
      locals_[first + index].name = name.text();
    }
    const Type* type = visit(children[count]);
    leave(count);
    return type;
  }

  const Ast& ast_;
  std::string_view source_;
  const Declarations& declarations_;
  Arena& arena_;
  bool is_strict_;
  Unifier unifier_;
  Checked checked_;
  Diagnostics faults_;
  std::vector<Local> locals_;
  std::size_t next_slot_ = 0;
};

}  // namespace

base::Result<Checked, Diagnostics> check(const Ast& ast, std::string_view source,
                                         const Declarations& declarations, Arena& arena) {
  return Checker(ast, source, declarations, arena).run();
}

}  // namespace cel
