#include "macros.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "cel/collections.hpp"

namespace cel {

namespace {

constexpr std::string_view kAccumulator = "__result__";

MacroResult made(ExprId expr) { return {.is_macro = true, .expr = expr}; }

MacroResult refused(ExprId at, std::string_view fault) {
  return {.is_macro = true, .at = at, .fault = fault};
}

bool is_plain_name(const Ast& ast, ExprId id) {
  return ast[id].kind == ExprKind::kIdent && !ast[id].is_absolute;
}

bool is_name(const Ast& ast, ExprId id, std::string_view name) {
  return is_plain_name(ast, id) && ast[id].name == name;
}

// The names of a macro's variables are new ones, and may not hide the hidden one.
std::string_view variable_fault(const Ast& ast, ExprId id) {
  if (!is_plain_name(ast, id)) return "a variable's name is wanted here";
  if (ast[id].name == kAccumulator) return "this name is taken";
  return {};
}

struct FoldForm {
  std::string_view name;
  FoldKind kind;
  std::uint8_t variables;
  std::uint8_t arguments;  // variables and all
  bool has_filter;
};

// `filter` is a map whose body is its variable.
constexpr FoldForm kFoldForms[] = {
    {"all", FoldKind::kAll, 1, 2, false},
    {"exists", FoldKind::kExists, 1, 2, false},
    {"exists_one", FoldKind::kExistsOne, 1, 2, false},
    {"existsOne", FoldKind::kExistsOne, 1, 2, false},
    {"map", FoldKind::kMap, 1, 2, false},
    {"map", FoldKind::kMap, 1, 3, true},
    {"filter", FoldKind::kMap, 1, 2, true},
    {"all", FoldKind::kAll, 2, 3, false},
    {"exists", FoldKind::kExists, 2, 3, false},
    {"exists_one", FoldKind::kExistsOne, 2, 3, false},
    {"existsOne", FoldKind::kExistsOne, 2, 3, false},
    {"transformList", FoldKind::kMap, 2, 3, false},
    {"transformList", FoldKind::kMap, 2, 4, true},
    {"transformMap", FoldKind::kTransformMap, 2, 3, false},
    {"transformMap", FoldKind::kTransformMap, 2, 4, true},
    {"transformMapEntry", FoldKind::kTransformMapEntry, 2, 3, false},
    {"transformMapEntry", FoldKind::kTransformMapEntry, 2, 4, true},
};

const FoldForm* find_fold_form(std::string_view name, std::size_t arguments) {
  const auto* found = std::find_if(
      std::begin(kFoldForms), std::end(kFoldForms),
      [&](const FoldForm& form) { return form.name == name && form.arguments == arguments; });
  return found == std::end(kFoldForms) ? nullptr : found;
}

MacroResult expand_fold(Ast& ast, const MacroCall& call, const FoldForm& form) {
  const auto arguments = call.arguments;
  for (std::size_t index = 0; index < form.variables; ++index) {
    const std::string_view fault = variable_fault(ast, arguments[index]);
    if (!fault.empty()) return refused(arguments[index], fault);
  }
  Expr fold{.kind = ExprKind::kFold, .fold = form.kind, .offset = call.offset};
  fold.name = ast[arguments[0]].name;
  if (form.variables == 2) {
    fold.second_name = ast[arguments[1]].name;
    if (fold.second_name == fold.name) return refused(arguments[1], "two variables of one name");
  }
  ExprId filter = form.has_filter ? arguments[form.variables] : kNoExpr;
  const ExprId body = form.name == "filter" ? arguments[0] : arguments.back();
  const std::array children{call.receiver, filter, body};
  return made(ast.add(fold, children));
}

MacroResult expand_has(Ast& ast, const MacroCall& call) {
  Expr& operand = ast[call.arguments[0]];
  if (operand.kind != ExprKind::kSelect || operand.is_test || operand.is_optional) {
    return refused(call.arguments[0], "has() wants a field: has(message.field)");
  }
  operand.is_test = true;
  return made(call.arguments[0]);
}

MacroResult expand_bind(Ast& ast, const MacroCall& call) {
  const std::string_view fault = variable_fault(ast, call.arguments[0]);
  if (!fault.empty()) return refused(call.arguments[0], fault);
  const Expr bind{
      .kind = ExprKind::kBind, .offset = call.offset, .name = ast[call.arguments[0]].name};
  return made(ast.add(bind, call.arguments.subspan(1)));
}

MacroResult expand_optional_map(Ast& ast, const MacroCall& call) {
  const std::string_view fault = variable_fault(ast, call.arguments[0]);
  if (!fault.empty()) return refused(call.arguments[0], fault);
  Expr expr{
      .kind = ExprKind::kOptionalMap, .offset = call.offset, .name = ast[call.arguments[0]].name};
  expr.is_flat = call.name == "optFlatMap";
  const std::array children{call.receiver, call.arguments[1]};
  return made(ast.add(expr, children));
}

// list.sortBy(e, key) is: the list sorted by the list of its keys.
MacroResult expand_sort_by(Ast& ast, const MacroCall& call) {
  constexpr std::string_view kInput = "@__sortBy_input__";
  const std::string_view fault = variable_fault(ast, call.arguments[0]);
  if (!fault.empty()) return refused(call.arguments[0], fault);
  const Expr input{.kind = ExprKind::kIdent, .offset = call.offset, .name = kInput};
  Expr fold{.kind = ExprKind::kFold, .fold = FoldKind::kMap, .offset = call.offset};
  fold.name = ast[call.arguments[0]].name;
  const std::array fold_children{ast.add(input, {}), kNoExpr, call.arguments[1]};
  const ExprId keys = ast.add(fold, fold_children);
  Expr sort{.kind = ExprKind::kCall, .offset = call.offset, .name = "@sortByAssociatedKeys"};
  sort.is_member = true;
  const std::array sort_children{ast.add(input, {}), keys};
  const Expr bind{.kind = ExprKind::kBind, .offset = call.offset, .name = kInput};
  const std::array bind_children{call.receiver, ast.add(sort, sort_children)};
  return made(ast.add(bind, bind_children));
}

bool may_be_number(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kLiteral:
      return expr.literal.is(Kind::kInt) || expr.literal.is(Kind::kUint) ||
             expr.literal.is(Kind::kDouble);
    case ExprKind::kList:
    case ExprKind::kMap:
    case ExprKind::kStruct: return false;
    default: return true;
  }
}

// math.greatest and math.least take one list, or any number of numbers.
MacroResult expand_extreme(Ast& ast, const MacroCall& call) {
  const auto arguments = call.arguments;
  if (arguments.empty()) return refused(call.receiver, "at least one argument is wanted here");
  if (arguments.size() == 1 && ast[arguments[0]].kind == ExprKind::kList) {
    const auto elements = ast.children(arguments[0]);
    if (elements.empty()) return refused(arguments[0], "an empty list has no extreme");
    for (const ExprId id : elements) {
      if (!may_be_number(ast[id])) return refused(id, "a number is wanted here");
    }
  } else {
    for (const ExprId id : arguments) {
      if (!may_be_number(ast[id])) return refused(id, "a number is wanted here");
    }
  }
  Expr extreme{.kind = ExprKind::kCall, .offset = call.offset};
  extreme.name = call.name == "greatest" ? "math.@max" : "math.@min";
  if (arguments.size() <= 2) return made(ast.add(extreme, arguments));
  const Expr list{.kind = ExprKind::kList, .offset = call.offset};
  const std::array one{ast.add(list, arguments)};
  return made(ast.add(extreme, one));
}

// What stands for the n-th slot of a block: `@index3`.
ExprId make_numbered_name(Ast& ast, const MacroCall& call, std::string_view prefix) {
  TextBuilder text(ast.arena());
  text.add(prefix);
  for (std::size_t index = 0; index < call.arguments.size(); ++index) {
    const Expr& number = ast[call.arguments[index]];
    if (number.kind != ExprKind::kLiteral || !number.literal.is(Kind::kInt)) return kNoExpr;
    if (index > 0) text.add(':');
    std::array<char, 24> digits{};
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), number.literal.as_int()).ptr;
    text.add(std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
  }
  return ast.add({.kind = ExprKind::kIdent, .offset = call.offset, .name = text.text()}, {});
}

MacroResult expand_test_macro(Ast& ast, const MacroCall& call) {
  const std::size_t count = call.arguments.size();
  ExprId expr = kNoExpr;
  if (call.name == "block" && count == 2 && ast[call.arguments[0]].kind == ExprKind::kList) {
    const auto slots = ast.children(call.arguments[0]);
    std::vector<ExprId> children(slots.begin(), slots.end());
    children.push_back(call.arguments[1]);
    return made(ast.add({.kind = ExprKind::kBlock, .offset = call.offset}, children));
  }
  if (call.name == "index" && count == 1) expr = make_numbered_name(ast, call, "@index");
  if (call.name == "iterVar" && count == 2) expr = make_numbered_name(ast, call, "@it:");
  if (call.name == "accuVar" && count == 2) expr = make_numbered_name(ast, call, "@ac:");
  if (expr == kNoExpr) return {};
  return made(expr);
}

MacroResult expand_member(Ast& ast, const MacroCall& call) {
  const std::size_t count = call.arguments.size();
  if (is_name(ast, call.receiver, "cel")) {
    if (call.name == "bind" && count == 3) return expand_bind(ast, call);
    if (call.allow_test_macros) return expand_test_macro(ast, call);
  }
  if (is_name(ast, call.receiver, "math") && (call.name == "greatest" || call.name == "least")) {
    return expand_extreme(ast, call);
  }
  if (const FoldForm* form = find_fold_form(call.name, count)) {
    return expand_fold(ast, call, *form);
  }
  if (count != 2) return {};
  if (call.name == "optMap" || call.name == "optFlatMap") return expand_optional_map(ast, call);
  if (call.name == "sortBy") return expand_sort_by(ast, call);
  return {};
}

// `sets.map("wards", key)`: a function of the host in a namespace of its own. A macro's
// first argument is never a text.
bool is_host_call(const Ast& ast, const MacroCall& call) {
  return call.name == "map" && call.arguments.size() == 2 &&
         ast[call.receiver].kind == ExprKind::kIdent &&
         ast[call.arguments[0]].kind == ExprKind::kLiteral;
}

}  // namespace

MacroResult expand_macro(Ast& ast, const MacroCall& call) {
  if (call.receiver != kNoExpr) {
    return is_host_call(ast, call) ? MacroResult{} : expand_member(ast, call);
  }
  if (call.name == "has" && call.arguments.size() == 1) return expand_has(ast, call);
  return {};
}

}  // namespace cel
