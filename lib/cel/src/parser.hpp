// parser.hpp: the source of an expression as a tree.
//
// Macros are expanded while parsing. Several errors are reported: after one inside brackets,
// parsing goes on behind the next comma. The stack is bounded by `depth_max` whatever the source,
// and so is the depth of the tree.
#pragma once

#include <string_view>

#include "ast.hpp"
#include "base/result.hpp"
#include "cel/diagnostic.hpp"
#include "cel/limits.hpp"

namespace cel {

// `source` must outlive the tree.
[[nodiscard]] base::Status<Diagnostics> parse(std::string_view source, const SourceLimits& limits,
                                              bool allow_test_macros, Ast& ast);

}  // namespace cel
