// checker.hpp: what every part of an expression names, and of which type it is.
//
// Typing is gradual: dyn goes everywhere and is checked when evaluating. Without type checking
// every type is dyn, and a name that is not known is an error of the evaluation, not of the check.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ast.hpp"
#include "base/result.hpp"
#include "declarations.hpp"

namespace cel {

enum class NameKind : std::uint8_t {
  kNone,      // no name: a field, an operator
  kVariable,  // index: of the environment
  kLocal,     // index: of the frame
  kConstant,
  kUnknown,
};

struct Reference {
  NameKind kind = NameKind::kNone;
  // A call whose receiver is a part of the function's name: `math.abs(x)`.
  bool is_namespaced = false;
  std::uint32_t index = 0;  // kVariable, kLocal; folds and binds: their first local
  Value constant;
  std::uint32_t first_overload = 0;  // calls: the candidates, into Checked::overloads
  std::uint32_t overload_count = 0;
};

struct Checked {
  std::vector<const Type*> types;     // by ExprId; null where no type was asked for
  std::vector<Reference> references;  // by ExprId
  std::vector<const OverloadDeclaration*> overloads;
  std::uint32_t local_count = 0;

  [[nodiscard]] std::span<const OverloadDeclaration* const> candidates(ExprId id) const noexcept {
    const Reference& reference = references[id];
    return {overloads.data() + reference.first_overload, reference.overload_count};
  }
};

// Types are made in `arena`, which must outlive the result, as must `declarations` and `ast`.
[[nodiscard]] base::Result<Checked, Diagnostics> check(const Ast& ast, std::string_view source,
                                                       const Declarations& declarations,
                                                       Arena& arena);

}  // namespace cel
