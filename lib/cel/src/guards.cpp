#include "guards.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "cel/render.hpp"
#include "operators.hpp"

namespace cel {

class GuardFinder {
 public:
  using Variables = decltype(KnownRecords::variables_);

  GuardFinder(const CheckedSource& on, const KnownRecords& known)
      : ast_(on.ast),
        checked_(on.checked),
        declarations_(on.declarations),
        source_(on.source),
        known_(known.variables_) {}

  Guards run() {
    visit(ast_.root(), known_);
    Guards found;
    found.unguarded_reads = std::move(warnings_);
    found.known_when_true.variables_ = known_ | guards_of(ast_.root(), true);
    found.known_when_false.variables_ = known_ | guards_of(ast_.root(), false);
    return found;
  }

 private:
  static bool is_watched(std::uint32_t variable) { return variable < Variables().size(); }

  // Of a variable whose record may be empty; none otherwise.
  [[nodiscard]] Variables record_variable(ExprId id) const {
    Variables found;
    const Reference& reference = checked_.references[id];
    const Type* type = checked_.types[id];
    if (reference.kind == NameKind::kVariable && is_watched(reference.index) && type != nullptr &&
        type->kind == TypeKind::kRecord && type->record->may_be_empty) {
      found.set(reference.index);
    }
    return found;
  }

  // What has its keys when this map or list is not empty.
  [[nodiscard]] Variables filled_with(ExprId id) const {
    Variables found = record_variable(id);
    const Reference& reference = checked_.references[id];
    if (reference.kind != NameKind::kVariable) return found;
    const auto first = declarations_.first_of(reference.index);
    if (first && is_watched(*first)) found.set(*first);
    return found;
  }

  void visit(ExprId id, const Variables& guarded) {
    if (id == kNoExpr || checked_.references[id].kind != NameKind::kNone) return;
    const Expr& expr = ast_[id];
    const auto children = ast_.children(id);
    switch (expr.kind) {
      case ExprKind::kAnd: return visit_terms(id, guarded, true);
      case ExprKind::kOr: return visit_terms(id, guarded, false);
      case ExprKind::kConditional:
        visit(children[0], guarded);
        visit(children[1], guarded | guards_of(children[0], true));
        visit(children[2], guarded | guards_of(children[0], false));
        return;
      case ExprKind::kSelect:
      case ExprKind::kIndex:
        if (!expr.is_test && !expr.is_optional) check_read(id, guarded);
        break;
      default: break;
    }
    for (const ExprId child : children) visit(child, guarded);
  }

  void visit_terms(ExprId id, Variables guarded, bool outcome) {
    for (const ExprId term : ast_.children(id)) {
      visit(term, guarded);
      guarded |= guards_of(term, outcome);
    }
  }

  // Which records are not empty when the expression comes to `outcome`.
  [[nodiscard]] Variables guards_of(ExprId id, bool outcome) const {
    const Expr& expr = ast_[id];
    Variables guards;
    if (expr.kind == (outcome ? ExprKind::kAnd : ExprKind::kOr)) {
      for (const ExprId term : ast_.children(id)) guards |= guards_of(term, outcome);
    } else if (expr.kind == ExprKind::kSelect && expr.is_test && outcome) {
      guards = record_variable(ast_.child(id, 0));
    } else if (expr.kind == ExprKind::kFold && outcome) {
      const bool finds = expr.fold == FoldKind::kExists || expr.fold == FoldKind::kExistsOne;
      if (finds) guards = filled_with(ast_.child(id, 0));
    } else if (expr.kind == ExprKind::kCall && expr.op != Operator::kNone) {
      guards = guards_of_operator(id, outcome);
    } else if (expr.kind == ExprKind::kCall && outcome) {
      guards = shown_by_call(id);
    }
    return guards;
  }

  [[nodiscard]] Variables guards_of_operator(ExprId id, bool outcome) const {
    switch (ast_[id].op) {
      case Operator::kNot: return guards_of(ast_.child(id, 0), !outcome);
      case Operator::kIn: return outcome ? record_variable(ast_.child(id, 1)) : Variables();
      case Operator::kNotEqual:
        return compared_with_empty(id, outcome) | compared_count(id, outcome);
      case Operator::kEqual: return compared_with_empty(id, !outcome) | compared_count(id, outcome);
      case Operator::kLess:
      case Operator::kLessEqual:
      case Operator::kGreater:
      case Operator::kGreaterEqual: return compared_count(id, outcome);
      default: return {};
    }
  }

  // r != {} or list != [].
  [[nodiscard]] Variables compared_with_empty(ExprId id, bool differs) const {
    const Expr& right = ast_[ast_.child(id, 1)];
    const bool is_empty =
        (right.kind == ExprKind::kMap || right.kind == ExprKind::kList) && right.child_count == 0;
    return differs && is_empty ? filled_with(ast_.child(id, 0)) : Variables();
  }

  // size(r) > 0 and all that says the same: a count compared with a number, either way round.
  [[nodiscard]] Variables compared_count(ExprId id, bool outcome) const {
    Operator op = ast_[id].op;
    ExprId count = ast_.child(id, 0);
    ExprId number = ast_.child(id, 1);
    if (ast_[count].kind == ExprKind::kLiteral) {
      std::swap(count, number);
      op = turned(op);
    }
    const Expr& literal = ast_[number];
    if (literal.kind != ExprKind::kLiteral || !literal.literal.is(Kind::kInt)) return {};
    const bool shows = is_above_zero(outcome ? op : negated(op), literal.literal.as_int());
    return shows && ast_[count].kind == ExprKind::kCall ? shown_by_call(count) : Variables();
  }

  // a < b as b > a.
  static Operator turned(Operator op) {
    switch (op) {
      case Operator::kLess: return Operator::kGreater;
      case Operator::kLessEqual: return Operator::kGreaterEqual;
      case Operator::kGreater: return Operator::kLess;
      case Operator::kGreaterEqual: return Operator::kLessEqual;
      default: return op;
    }
  }

  static Operator negated(Operator op) {
    switch (op) {
      case Operator::kEqual: return Operator::kNotEqual;
      case Operator::kNotEqual: return Operator::kEqual;
      case Operator::kLess: return Operator::kGreaterEqual;
      case Operator::kLessEqual: return Operator::kGreater;
      case Operator::kGreater: return Operator::kLessEqual;
      case Operator::kGreaterEqual: return Operator::kLess;
      default: return op;
    }
  }

  // Whether a count that compares so cannot be 0.
  static bool is_above_zero(Operator op, std::int64_t number) {
    switch (op) {
      case Operator::kEqual: return number > 0;
      case Operator::kNotEqual: return number == 0;
      case Operator::kGreater: return number >= 0;
      case Operator::kGreaterEqual: return number > 0;
      default: return false;
    }
  }

  // By a call that is true, or above 0: size(), or one of the host's.
  [[nodiscard]] Variables shown_by_call(ExprId id) const {
    const auto children = ast_.children(id);
    if (ast_[id].name == "size" && children.size() == 1) return filled_with(children[0]);
    Variables shown;
    for (const OverloadDeclaration* const each : checked_.candidates(id)) {
      if (each->overload->guards != nullptr) shown |= shown_by_host(*each->overload, children);
    }
    return shown;
  }

  [[nodiscard]] Variables shown_by_host(const Overload& overload,
                                        std::span<const ExprId> children) const {
    std::array<Value, kParamsMax> args{};
    const std::size_t count = std::min(children.size(), args.size());
    for (std::size_t index = 0; index < count; ++index) {
      const Expr& argument = ast_[children[index]];
      if (argument.kind == ExprKind::kLiteral) args[index] = argument.literal;
    }
    Variables shown;
    const auto& names = declarations_.variable_names();
    for (std::uint32_t index = 0; index < names.size() && is_watched(index); ++index) {
      if (overload.guards({args.data(), count}, names[index])) shown.set(index);
    }
    return shown;
  }

  void check_read(ExprId id, const Variables& guarded) {
    const ExprId operand = ast_.child(id, 0);
    const Variables read = record_variable(operand);
    if ((read & ~guarded & ~told_).none()) return;
    told_ |= read;
    const Expr& expr = ast_[id];
    std::string key;
    if (expr.kind == ExprKind::kSelect) {
      append_quoted(key, expr.name);
    } else if (ast_[ast_.child(id, 1)].kind == ExprKind::kLiteral) {
      append_literal(key, ast_[ast_.child(id, 1)].literal);
    } else {
      key = "key";
    }
    const std::string name(ast_[operand].name);
    std::string message = "'" + name + "' may be empty, and then this is an error; write " + name;
    message += "[?" + key + "].orValue(\"\")";
    if (expr.kind == ExprKind::kSelect) {
      message += ", or ask before: has(" + name + "." + std::string(expr.name) + ") && …";
    }
    warnings_.push_back(make_diagnostic(source_, ast_[operand].offset, std::move(message)));
  }

  const Ast& ast_;
  const Checked& checked_;
  const Declarations& declarations_;
  std::string_view source_;
  const Variables known_;
  Variables told_;
  Diagnostics warnings_;
};

Guards find_guards(const CheckedSource& on, const KnownRecords& known) {
  return GuardFinder(on, known).run();
}

}  // namespace cel
