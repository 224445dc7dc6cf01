#include "ast.hpp"

#include <algorithm>

#include "cel/collections.hpp"

namespace cel {

namespace {

struct OperatorName {
  std::string_view function;
  std::string_view spelling;
};

constexpr OperatorName kOperatorNames[] = {
    {"", ""},     {"!_", "!"},    {"-_", "-"},  {"_+_", "+"},   {"_-_", "-"},
    {"_*_", "*"}, {"_/_", "/"},   {"_%_", "%"}, {"_==_", "=="}, {"_!=_", "!="},
    {"_<_", "<"}, {"_<=_", "<="}, {"_>_", ">"}, {"_>=_", ">="}, {"@in", "in"},
};

bool append_qualified(const Ast& ast, ExprId id, TextBuilder& text) {
  const Expr& expr = ast[id];
  if (expr.kind == ExprKind::kIdent) {
    if (expr.is_absolute) text.add('.');
    text.add(expr.name);
    return true;
  }
  if (expr.kind != ExprKind::kSelect || expr.is_optional || expr.is_test) return false;
  if (!append_qualified(ast, ast.child(id, 0), text)) return false;
  text.add('.');
  text.add(expr.name);
  return true;
}

}  // namespace

ExprId Ast::add(Expr expr, std::span<const ExprId> children) {
  std::uint16_t deepest = 0;
  for (const ExprId id : children) deepest = std::max(deepest, exprs_[id].depth);
  expr.depth = static_cast<std::uint16_t>(deepest + 1);
  expr.first_child = static_cast<std::uint32_t>(children_.size());
  expr.child_count = static_cast<std::uint32_t>(children.size());
  children_.insert(children_.end(), children.begin(), children.end());
  exprs_.push_back(expr);
  return static_cast<ExprId>(exprs_.size() - 1);
}

void Ast::reserve(std::size_t count) {
  exprs_.reserve(count);
  children_.reserve(count);
}

std::string_view function_name(Operator op) noexcept {
  return kOperatorNames[static_cast<std::size_t>(op)].function;
}

std::string_view spelling(Operator op) noexcept {
  return kOperatorNames[static_cast<std::size_t>(op)].spelling;
}

std::string_view qualified_name(const Ast& ast, ExprId id, Arena& arena) {
  const Expr& expr = ast[id];
  if (expr.kind == ExprKind::kIdent && !expr.is_absolute) return expr.name;
  TextBuilder text(arena);
  return append_qualified(ast, id, text) ? text.text() : std::string_view();
}

}  // namespace cel
