// guards.hpp: reads of records that may be empty, which nothing before them has asked for.
//
// A guard is has(r.x), "x" in r, or r != {}: in an earlier term of `&&`, in the condition of `?:`,
// or its negation in an earlier term of `||`.
#pragma once

#include <string_view>

#include "ast.hpp"
#include "cel/diagnostic.hpp"
#include "checker.hpp"

namespace cel {

// A warning for each such variable, at its first unguarded read, with the form to write instead.
[[nodiscard]] Diagnostics find_unguarded_reads(const Ast& ast, const Checked& checked,
                                               std::string_view source);

}  // namespace cel
