// macros.hpp: calls that are not calls but forms of the language.
//
// A macro sees its arguments as trees and makes another tree of them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ast.hpp"

namespace cel {

struct MacroCall {
  std::string_view name;
  ExprId receiver = kNoExpr;  // none: a global call
  std::span<const ExprId> arguments;
  std::uint32_t offset = 0;
  bool allow_test_macros = false;
};

struct MacroResult {
  bool is_macro = false;
  ExprId expr = kNoExpr;  // what it became, or none when it is at fault
  ExprId at = kNoExpr;    // at fault: where
  std::string_view fault{};
};

// Not a macro: an ordinary call, nothing has happened.
[[nodiscard]] MacroResult expand_macro(Ast& ast, const MacroCall& call);

}  // namespace cel
