// guards.hpp: what a condition shows of records that may be empty, and the reads of such records
// that nothing before them has asked for.
//
// A guard is has(r.x), "x" in r, r != {}, r.size() > 0, a call of the host that says so
// (Overload::guards), or that the list of which r is the first has items: in an earlier term of
// `&&`, in the condition of `?:`, or its negation in an earlier term of `||`.
#pragma once

#include <string_view>

#include "ast.hpp"
#include "cel/diagnostic.hpp"
#include "cel/program.hpp"
#include "checker.hpp"
#include "declarations.hpp"

namespace cel {

// An expression that has been checked. All of it outlives the call.
struct CheckedSource {
  const Ast& ast;
  const Checked& checked;
  const Declarations& declarations;
  std::string_view source;
};

struct Guards {
  // A warning for each such variable, at its first unguarded read, with the form to write instead.
  Diagnostics unguarded_reads;
  KnownRecords known_when_true;  // with what was known before
  KnownRecords known_when_false;
};

[[nodiscard]] Guards find_guards(const CheckedSource& on, const KnownRecords& known);

}  // namespace cel
