// The functions over text that belong to the language itself.
#include <memory>

#include "caller.hpp"
#include "families.hpp"
#include "pattern_cache.hpp"
#include "utf8_text.hpp"

namespace cel {
namespace {

Value contains_string(Context& /*context*/, Args args) {
  return Value::boolean(contains(args[0].as_text(), args[1].as_text()));
}

Value starts_with(Context& /*context*/, Args args) {
  return Value::boolean(args[0].as_text().starts_with(args[1].as_text()));
}

Value ends_with(Context& /*context*/, Args args) {
  return Value::boolean(args[0].as_text().ends_with(args[1].as_text()));
}

Value matches(Context& context, Args args) {
  const auto* pattern = static_cast<const MatchPattern*>(context.prepared());
  if (pattern == nullptr) {
    pattern = Caller::patterns(context).match_pattern(
        args[1].as_text(), context.limits().regex_bytes_max, context.arena());
  }
  if (pattern == nullptr) return context.fail(Fault::kInvalidRegex, args[1]);
  const std::string_view text = args[0].as_text();
  if (!context.arena().spend(pattern->steps_to_match(text))) {
    return Value::error(Fault::kWorkLimit);
  }
  return Value::boolean(pattern->matches(text));
}

Prepared prepare_matches(Args args, const ValueLimits& limits, const void* /*data*/) {
  if (!args[1].is(Kind::kString)) return {};
  return {MatchPattern::compile(args[1].as_text(), limits.regex_bytes_max), {}};
}

std::uint64_t cost_of_traversal(Args args) { return traversal_cost(cost_size(args[0])); }

std::uint64_t cost_of_contains(Args args) {
  return traversal_cost(cost_size(args[0])) * traversal_cost(cost_size(args[1]));
}

// A quarter of the pattern's length stands for how many expressions are in it.
std::uint64_t cost_of_matches(Args args) {
  const std::uint64_t pattern_size = cost_size(args[1]);
  return traversal_cost(cost_size(args[0]) + 1) * ((pattern_size + 3) / 4);
}

const Overload kFunctions[] = {
    {.id = "contains_string",
     .form = Form::kMember,
     .name = "contains",
     .signature = "(string, string) -> bool",
     .run = &contains_string,
     .cost = &cost_of_contains},
    {.id = "starts_with_string",
     .form = Form::kMember,
     .name = "startsWith",
     .signature = "(string, string) -> bool",
     .run = &starts_with,
     .cost = &cost_of_traversal},
    {.id = "ends_with_string",
     .form = Form::kMember,
     .name = "endsWith",
     .signature = "(string, string) -> bool",
     .run = &ends_with,
     .cost = &cost_of_traversal},
    {.id = "matches_string",
     .form = Form::kMember,
     .name = "matches",
     .signature = "(string, string) -> bool",
     .run = &matches,
     .cost = &cost_of_matches,
     .prepare = &prepare_matches},
    {.id = "matches",
     .form = Form::kGlobal,
     .name = "matches",
     .signature = "(string, string) -> bool",
     .run = &matches,
     .cost = &cost_of_matches,
     .prepare = &prepare_matches},
};

}  // namespace

std::span<const Overload> standard_text_functions() { return kFunctions; }

}  // namespace cel
