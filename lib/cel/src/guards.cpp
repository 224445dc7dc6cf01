#include "guards.hpp"

#include <bitset>

#include "cel/render.hpp"

namespace cel {

namespace {

// Variables beyond these are not watched.
constexpr std::size_t kWatchedMax = 256;
using Variables = std::bitset<kWatchedMax>;

class GuardFinder {
 public:
  GuardFinder(const Ast& ast, const Checked& checked, std::string_view source)
      : ast_(ast), checked_(checked), source_(source) {}

  Diagnostics run() {
    visit(ast_.root(), {});
    return std::move(warnings_);
  }

 private:
  // Of a variable whose record may be empty; none otherwise.
  [[nodiscard]] Variables record_variable(ExprId id) const {
    Variables found;
    const Reference& reference = checked_.references[id];
    const Type* type = checked_.types[id];
    if (reference.kind == NameKind::kVariable && reference.index < kWatchedMax && type != nullptr &&
        type->kind == TypeKind::kRecord && type->record->may_be_empty) {
      found.set(reference.index);
    }
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
    } else if (expr.kind == ExprKind::kCall) {
      guards = guards_of_operator(id, outcome);
    }
    return guards;
  }

  [[nodiscard]] Variables guards_of_operator(ExprId id, bool outcome) const {
    switch (ast_[id].op) {
      case Operator::kNot: return guards_of(ast_.child(id, 0), !outcome);
      case Operator::kIn: return outcome ? record_variable(ast_.child(id, 1)) : Variables();
      case Operator::kNotEqual: return outcome ? compared_with_empty(id) : Variables();
      case Operator::kEqual: return outcome ? Variables() : compared_with_empty(id);
      default: return {};
    }
  }

  [[nodiscard]] Variables compared_with_empty(ExprId id) const {
    const Expr& right = ast_[ast_.child(id, 1)];
    const bool is_empty_map = right.kind == ExprKind::kMap && right.child_count == 0;
    return is_empty_map ? record_variable(ast_.child(id, 0)) : Variables();
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
  std::string_view source_;
  Variables told_;
  Diagnostics warnings_;
};

}  // namespace

Diagnostics find_unguarded_reads(const Ast& ast, const Checked& checked, std::string_view source) {
  return GuardFinder(ast, checked, source).run();
}

}  // namespace cel
