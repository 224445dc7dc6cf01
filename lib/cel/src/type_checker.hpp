// type_checker.hpp: the checker's own: one check under way.
//
// checker.cpp has names, fields and calls; checker_forms.cpp literals and forms with variables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "checker.hpp"
#include "unifier.hpp"

namespace cel {

[[nodiscard]] inline const Type* dyn_type() noexcept { return simple_type(TypeKind::kDyn); }

[[nodiscard]] inline const Type* bool_type() noexcept { return simple_type(TypeKind::kBool); }

[[nodiscard]] inline const Type* error_type() noexcept { return simple_type(TypeKind::kError); }

// Types of which nothing is known, or nothing more is said.
[[nodiscard]] inline bool is_open(const Type* type) noexcept {
  return type->kind == TypeKind::kDyn || type->kind == TypeKind::kError;
}

[[nodiscard]] inline std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

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

  base::Result<Checked, Diagnostics> run();

 private:
  struct Local {
    std::string_view name;
    const Type* type;
    std::uint32_t slot;
  };

  void fault(ExprId id, std::string message);
  [[nodiscard]] std::string shown(const Type* type);

  // ---- types

  const Type* visit(ExprId id);
  const Type* type_of_expr(ExprId id);
  static const Type* type_of_literal(const Value& value);
  const Type* want(ExprId id, const Type* wanted);

  // ---- names

  [[nodiscard]] const Local* find_local(std::string_view name) const;
  const Type* refer_to(ExprId id, const NameDeclaration& name);
  const Type* type_of_name(ExprId id);

  // `a.b.c` may be one name.
  const NameDeclaration* find_dotted(ExprId id);

  // ---- fields and elements

  const Type* type_of_select(ExprId id);
  const Type* type_of_field(ExprId id, const Type* operand, std::string_view field);
  const Type* type_of_record_field(ExprId id, const RecordDeclaration& record,
                                   std::string_view field);
  const Type* type_of_index(ExprId id);
  const Type* type_of_element(ExprId id, const Type* target, const Type* key);

  // ---- calls

  const Type* type_of_call(ExprId id);
  const FunctionDeclaration* find_namespaced(ExprId id);

  // All overloads that the arguments may fit; the result is dyn where they do not agree.
  const Type* resolve_overload(ExprId id, const FunctionDeclaration& function, bool is_member,
                               std::span<const Type* const> arguments);
  const Type* try_overload(const OverloadDeclaration& overload,
                           std::span<const Type* const> arguments);
  void report_no_overload(ExprId id, const FunctionDeclaration& function, bool is_member,
                          std::span<const Type* const> arguments);
  const Type* type_of_logic(ExprId id);
  const Type* type_of_conditional(ExprId id);

  // ---- literals of lists, maps and messages

  // Of `?x`: what the optional holds.
  const Type* type_of_unwrapped(ExprId id);
  const Type* type_of_list(ExprId id);
  const Type* type_of_map(ExprId id);
  const Type* type_of_struct(ExprId id);
  [[nodiscard]] std::string_view resolve_message(std::string_view name);

  // ---- forms with variables of their own

  std::uint32_t enter(std::string_view name, const Type* type);

  // Slots are not used again: a block may read them from elsewhere.
  void leave(std::size_t count) { locals_.resize(locals_.size() - count); }

  const Type* type_of_fold(ExprId id);
  const Type* type_of_fold_body(ExprId id, const Type* key);
  const Type* type_of_bind(ExprId id);
  const Type* type_of_optional_map(ExprId id);

  // Slots are evaluated when they are read, each at most once; each sees those before it.
  const Type* type_of_block(ExprId id);
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

}  // namespace cel
