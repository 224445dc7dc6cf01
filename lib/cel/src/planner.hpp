// planner.hpp: a checked expression as a plan.
#pragma once

#include <string_view>

#include "ast.hpp"
#include "base/result.hpp"
#include "cel/diagnostic.hpp"
#include "checker.hpp"
#include "declarations.hpp"
#include "plan.hpp"

namespace cel {

// Fills in `plan.root`. Fails where a constant argument is refused when it is prepared.
[[nodiscard]] base::Status<Diagnostics> plan_expression(const Ast& ast, const Checked& checked,
                                                        std::string_view source,
                                                        const Declarations& declarations,
                                                        Plan& plan);

}  // namespace cel
