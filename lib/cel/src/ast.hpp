// ast.hpp: an expression as a tree, laid out flat.
//
// Nodes are numbered in the order in which they were made, so a child has a smaller number than its
// parent; number 0 is no node. Names and texts are views of the source or of the tree's own arena.
// Every node knows its depth: whoever walks the tree recursively is bounded by `depth_max` of the
// parser, whatever the source.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "cel/arena.hpp"
#include "cel/value.hpp"

namespace cel {

using ExprId = std::uint32_t;
inline constexpr ExprId kNoExpr = 0;

enum class ExprKind : std::uint8_t {
  kNone,
  kLiteral,          // literal
  kIdent,            // name; is_absolute: written with a dot before it
  kSelect,           // name of [operand]; is_optional: `.?`, is_test: has()
  kIndex,            // [operand, key]; is_optional: `[?key]`
  kCall,             // name or op of [arguments]; is_member: the first one is the receiver
  kAnd,              // [two or more]
  kOr,               // [two or more]
  kConditional,      // [condition, then, else]
  kList,             // [elements]
  kOptionalElement,  // `?x` in a list: [x]
  kMap,              // [entries]
  kStruct,           // name of the type, [entries]
  kEntry,        // of a map: [key, value]; of a struct: name, [value]; is_optional: `?key: value`
  kFold,         // macro; name and second_name: its variables; [range, filter or none, body]
  kBind,         // name; [value, body]
  kOptionalMap,  // name; [optional, body]; is_flat: optFlatMap
  kBlock,        // [slots, body]: the suite's test of common subexpressions
};

enum class Operator : std::uint8_t {
  kNone,
  kNot,
  kNegate,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
};

enum class FoldKind : std::uint8_t {
  kAll,
  kExists,
  kExistsOne,
  kMap,  // and filter: with a filter, and the element as its body
  kTransformMap,
  kTransformMapEntry,
};

struct Expr {
  ExprKind kind = ExprKind::kNone;
  Operator op = Operator::kNone;
  FoldKind fold = FoldKind::kAll;
  bool is_optional = false;
  bool is_test = false;
  bool is_member = false;
  bool is_absolute = false;
  bool is_flat = false;
  std::uint16_t depth = 1;
  std::uint32_t offset = 0;       // in the source, of what a diagnostic points at
  std::uint32_t first_child = 0;  // into Ast::children
  std::uint32_t child_count = 0;
  std::string_view name{};
  std::string_view second_name{};
  Value literal{};
};

class Ast {
 public:
  Ast() : exprs_(1) {}

  [[nodiscard]] const Expr& operator[](ExprId id) const noexcept { return exprs_[id]; }

  [[nodiscard]] Expr& operator[](ExprId id) noexcept { return exprs_[id]; }

  [[nodiscard]] std::span<const ExprId> children(ExprId id) const noexcept {
    return {children_.data() + exprs_[id].first_child, exprs_[id].child_count};
  }

  [[nodiscard]] ExprId child(ExprId id, std::size_t index) const noexcept {
    return children_[exprs_[id].first_child + index];
  }

  [[nodiscard]] std::size_t size() const noexcept { return exprs_.size(); }

  [[nodiscard]] Arena& arena() noexcept { return arena_; }

  // Sets the node's depth from its children.
  ExprId add(Expr expr, std::span<const ExprId> children);
  void reserve(std::size_t count);

  [[nodiscard]] ExprId root() const noexcept { return root_; }

  void set_root(ExprId root) noexcept { root_ = root; }

 private:
  std::vector<Expr> exprs_;
  std::vector<ExprId> children_;
  Arena arena_;
  ExprId root_ = kNoExpr;
};

// The spelling of an operator as a function: `_+_`, `!_`, `@in`.
[[nodiscard]] std::string_view function_name(Operator op) noexcept;
// As people write it: `+`.
[[nodiscard]] std::string_view spelling(Operator op) noexcept;

// `a.b.c` when the expression is a chain of plain names, else empty. Made in the arena when it is
// not a single name.
[[nodiscard]] std::string_view qualified_name(const Ast& ast, ExprId id, Arena& arena);

}  // namespace cel
