// The extension `regex`: finding, cutting and replacing by patterns of RE2.
#include <cmath>
#include <memory>

#include "arena_sink.hpp"
#include "caller.hpp"
#include "cel/collections.hpp"
#include "families.hpp"
#include "pattern_cache.hpp"

namespace cel {
namespace {

// Null for what is no pattern. Prepared when planning if it is constant.
const SearchPattern* pattern_of(Context& context, Args args) {
  if (context.prepared() != nullptr) return static_cast<const SearchPattern*>(context.prepared());
  return Caller::patterns(context).search_pattern(
      args[1].as_text(), context.limits().regex_bytes_max, context.arena());
}

Prepared prepare_pattern(Args args, const ValueLimits& limits, const void* /*data*/) {
  if (!args[1].is(Kind::kString)) return {};
  return {SearchPattern::compile(args[1].as_text(), limits.regex_bytes_max), {}};
}

Value refuse_pattern(Context& context, Args args) {
  return context.fail(Fault::kInvalidRegex, args[1]);
}

Value refuse_groups(Context& context) {
  return context.fail(Fault::kInvalidArgument, "the pattern has more than one group");
}

Value extract(Context& context, Args args) {
  const SearchPattern* const pattern = pattern_of(context, args);
  if (pattern == nullptr) return refuse_pattern(context, args);
  const std::size_t groups_count = pattern->groups_count();
  if (groups_count > 1) return refuse_groups(context);
  SearchPattern::Match match;
  MatchWalk walk(*pattern, args[0].as_text(), context.arena());
  if (!walk.next(match)) return Context::none();
  const std::string_view found = match.spans[groups_count];
  if (groups_count == 1 && found.empty()) return Context::none();
  return context.some(Value::string(found));
}

Value extract_all(Context& context, Args args) {
  const SearchPattern* const pattern = pattern_of(context, args);
  if (pattern == nullptr) return refuse_pattern(context, args);
  const std::size_t groups_count = pattern->groups_count();
  if (groups_count > 1) return refuse_groups(context);
  ListBuilder found(context.arena());
  SearchPattern::Match match;
  MatchWalk walk(*pattern, args[0].as_text(), context.arena());
  while (walk.next(match)) {
    const std::string_view text = match.spans[groups_count];
    if (groups_count == 1 && text.empty()) continue;
    if (found.size() == context.limits().items_max) return context.fail(Fault::kSizeLimit);
    found.add(Value::string(text));
  }
  return found.finish();
}

// What \0 to \9 in a replacement stand for. Null, or an error.
Value append_replacement(Context& context, TextSink& out, std::string_view replacement,
                         const SearchPattern::Match& match, std::size_t groups_count) {
  while (!replacement.empty()) {
    const std::size_t size = replacement.find('\\');
    out.append(replacement.substr(0, size));
    if (size == std::string_view::npos) break;
    replacement.remove_prefix(size + 1);
    const char letter = replacement.empty() ? '\0' : replacement.front();
    if (letter == '\\') {
      out.append('\\');
    } else if (letter < '0' || letter > '9') {
      return context.fail(Fault::kInvalidArgument, "\\ must be followed by a digit or \\");
    } else if (static_cast<std::size_t>(letter - '0') > groups_count) {
      return context.fail(Fault::kInvalidArgument, "the pattern has no group of that number");
    } else {
      out.append(match.spans[static_cast<std::size_t>(letter - '0')]);
    }
    replacement.remove_prefix(1);
  }
  return Value::null();
}

Value replaced(Context& context, Args args, std::int64_t limit) {
  if (limit == 0) return args[0];
  const SearchPattern* const pattern = pattern_of(context, args);
  if (pattern == nullptr) return refuse_pattern(context, args);
  const std::string_view text = args[0].as_text();
  ArenaSink out(context, text.size());
  std::size_t copied_bytes = 0;
  SearchPattern::Match match;
  MatchWalk walk(*pattern, text, context.arena());
  for (std::int64_t count = 0; (limit < 0 || count < limit) && walk.next(match); ++count) {
    const auto begin = static_cast<std::size_t>(match.spans[0].data() - text.data());
    out.append(text.substr(copied_bytes, begin - copied_bytes));
    copied_bytes = begin + match.spans[0].size();
    const Value fault =
        append_replacement(context, out, args[2].as_text(), match, pattern->groups_count());
    if (fault.is_error()) return fault;
    if (out.has_failed()) return out.failure();
  }
  out.append(text.substr(copied_bytes));
  return out.finish_string();
}

Value replace_all(Context& context, Args args) { return replaced(context, args, -1); }

Value replace_some(Context& context, Args args) {
  return replaced(context, args, args[3].as_int());
}

// As the reference rounds: the product as a whole.
std::uint64_t search_cost(Args args) {
  const double text_cost = static_cast<double>(cost_size(args[0]) + 1) * 0.1;
  const double pattern_cost = static_cast<double>(cost_size(args[1]) + 1) * 0.25;
  return static_cast<std::uint64_t>(std::ceil(text_cost * pattern_cost));
}

std::uint64_t cost_of_search(Args args) { return 1 + search_cost(args); }

// A new list costs ten.
std::uint64_t cost_of_search_for_list(Args args) { return 11 + search_cost(args); }

std::uint64_t size_of_result(Args /*args*/, const Value& result) { return cost_size(result); }

const Overload kFunctions[] = {
    {"regex_extract_string_string", Form::kGlobal, "regex.extract",
     "(string, string) -> optional_type(string)", &extract, &cost_of_search, &size_of_result,
     &prepare_pattern},
    {"regex_extractAll_string_string", Form::kGlobal, "regex.extractAll",
     "(string, string) -> list(string)", &extract_all, &cost_of_search_for_list, &size_of_result,
     &prepare_pattern},
    {"regex_replace_string_string_string", Form::kGlobal, "regex.replace",
     "(string, string, string) -> string", &replace_all, &cost_of_search, &size_of_result,
     &prepare_pattern},
    {"regex_replace_string_string_string_int", Form::kGlobal, "regex.replace",
     "(string, string, string, int) -> string", &replace_some, &cost_of_search, &size_of_result,
     &prepare_pattern},
};

}  // namespace

std::span<const Overload> regex_functions() { return kFunctions; }

}  // namespace cel
