// The extension `strings`.

#include "arena_sink.hpp"
#include "cel/collections.hpp"
#include "families.hpp"
#include "format_function.hpp"
#include "text_edit.hpp"
#include "utf8_text.hpp"

namespace cel {
namespace {

Value out_of_range(Context& context, const Value& index) {
  return context.fail(Fault::kIndexOutOfRange, index);
}

Value char_at(Context& context, Args args) {
  const std::string_view text = args[0].as_text();
  const std::size_t begin = offset_of_position(text, args[1].as_int());
  if (begin == kNoOffset) return out_of_range(context, args[1]);
  const std::string_view rest = text.substr(begin);
  return Value::string(rest.substr(0, offset_of_position(rest, rest.empty() ? 0 : 1)));
}

Value position_or(Context& context, std::optional<std::int64_t> position, const Value& from) {
  return position ? Value::integer(*position) : out_of_range(context, from);
}

Value index_of_text(Context& context, Args args) {
  return position_or(context, index_of(args[0].as_text(), args[1].as_text(), 0), args[0]);
}

Value index_of_text_from(Context& context, Args args) {
  const auto position = index_of(args[0].as_text(), args[1].as_text(), args[2].as_int());
  return position_or(context, position, args[2]);
}

Value last_index_of_text(Context& /*context*/, Args args) {
  return Value::integer(last_index_of(args[0].as_text(), args[1].as_text()));
}

Value last_index_of_text_from(Context& context, Args args) {
  const auto position = last_index_of(args[0].as_text(), args[1].as_text(), args[2].as_int());
  return position_or(context, position, args[2]);
}

Value lower_ascii(Context& context, Args args) {
  ArenaSink out(context);
  append_lower_ascii(out, args[0].as_text());
  return out.finish_string();
}

Value upper_ascii(Context& context, Args args) {
  ArenaSink out(context);
  append_upper_ascii(out, args[0].as_text());
  return out.finish_string();
}

Value reverse(Context& context, Args args) {
  ArenaSink out(context);
  append_reversed(out, args[0].as_text());
  return out.finish_string();
}

Value trimmed(Context& /*context*/, Args args) { return Value::string(trim(args[0].as_text())); }

Value quote(Context& context, Args args) {
  ArenaSink out(context);
  append_quoted(out, args[0].as_text());
  return out.finish_string();
}

Value replaced(Context& context, Args args, std::int64_t limit) {
  ArenaSink out(context);
  append_replaced(out, args[0].as_text(), {args[1].as_text(), args[2].as_text(), limit});
  return out.finish_string();
}

Value replace_all(Context& context, Args args) { return replaced(context, args, -1); }

Value replace_some(Context& context, Args args) {
  return replaced(context, args, args[3].as_int());
}

Value pieces_of(Context& context, Args args, std::int64_t limit) {
  ListBuilder pieces(context.arena());
  Splitter splitter(args[0].as_text(), args[1].as_text(), limit);
  while (const auto piece = splitter.next()) {
    if (pieces.size() == context.limits().items_max) return context.fail(Fault::kSizeLimit);
    pieces.add(Value::string(*piece));
  }
  return pieces.finish();
}

Value split_all(Context& context, Args args) { return pieces_of(context, args, -1); }

Value split_some(Context& context, Args args) { return pieces_of(context, args, args[2].as_int()); }

Value substring_from(Context& context, Args args) {
  const std::size_t begin = offset_of_position(args[0].as_text(), args[1].as_int());
  if (begin == kNoOffset) return out_of_range(context, args[1]);
  return Value::string(args[0].as_text().substr(begin));
}

Value substring_between(Context& context, Args args) {
  const std::int64_t from = args[1].as_int();
  const std::int64_t to = args[2].as_int();
  if (from > to) return context.fail(Fault::kInvalidArgument, "the range ends before it begins");
  const std::size_t begin = offset_of_position(args[0].as_text(), from);
  if (begin == kNoOffset) return out_of_range(context, args[1]);
  const std::string_view rest = args[0].as_text().substr(begin);
  const std::size_t size = offset_of_position(rest, to - from);
  if (size == kNoOffset) return out_of_range(context, args[2]);
  return Value::string(rest.substr(0, size));
}

Value joined(Context& context, const Value& list, std::string_view separator) {
  ArenaSink out(context);
  const std::size_t count = list_size(list);
  for (std::size_t index = 0; index < count; ++index) {
    const Value item = list_at(list, index, context.arena());
    if (item.is_error()) return item;
    if (!item.is(Kind::kString)) {
      return context.fail(Fault::kInvalidArgument, "join: an item is not a string");
    }
    if (index > 0) out.append(separator);
    out.append(item.as_text());
    if (out.has_failed()) return out.failure();
  }
  return out.finish_string();
}

Value join(Context& context, Args args) { return joined(context, args[0], {}); }

Value join_with(Context& context, Args args) { return joined(context, args[0], args[1].as_text()); }

std::uint64_t at_least_one(std::uint64_t size) noexcept { return size == 0 ? 1 : size; }

std::uint64_t cost_of_char_at(Args args) { return 2 + traversal_cost(cost_size(args[0])); }

std::uint64_t cost_of_search(Args args) {
  return 1 + traversal_cost(cost_size(args[0]) * cost_size(args[1]));
}

std::uint64_t cost_of_traversal(Args args) { return traversal_cost(cost_size(args[0])); }

std::uint64_t cost_of_transform(Args args) { return 1 + traversal_cost(cost_size(args[0])); }

std::uint64_t cost_of_replace(Args args) {
  return 1 + traversal_cost(at_least_one(cost_size(args[0])) * at_least_one(cost_size(args[1])));
}

// A new list costs ten.
std::uint64_t cost_of_split(Args args) { return 11 + traversal_cost(cost_size(args[0]) + 1); }

std::uint64_t cost_of_join(Args args) { return 1 + traversal_cost(cost_size(args[0]) + 1); }

std::uint64_t size_of_result(Args /*args*/, const Value& result) { return cost_size(result); }

constexpr Form kMember = Form::kMember;

const Overload kFunctions[] = {
    {"string_char_at_int", kMember, "charAt", "(string, int) -> string", &char_at,
     &cost_of_char_at},
    {"string_index_of_string", kMember, "indexOf", "(string, string) -> int", &index_of_text,
     &cost_of_search},
    {"string_index_of_string_int", kMember, "indexOf", "(string, string, int) -> int",
     &index_of_text_from, &cost_of_search},
    {"string_last_index_of_string", kMember, "lastIndexOf", "(string, string) -> int",
     &last_index_of_text, &cost_of_search},
    {"string_last_index_of_string_int", kMember, "lastIndexOf", "(string, string, int) -> int",
     &last_index_of_text_from, &cost_of_search},
    {"string_lower_ascii", kMember, "lowerAscii", "(string) -> string", &lower_ascii,
     &cost_of_transform, &size_of_result},
    {"string_upper_ascii", kMember, "upperAscii", "(string) -> string", &upper_ascii,
     &cost_of_transform, &size_of_result},
    {"string_reverse", kMember, "reverse", "(string) -> string", &reverse, &cost_of_transform,
     &size_of_result},
    {"string_trim", kMember, "trim", "(string) -> string", &trimmed, &cost_of_transform,
     &size_of_result},
    {"string_substring_int", kMember, "substring", "(string, int) -> string", &substring_from,
     &cost_of_transform, &size_of_result},
    {"string_substring_int_int", kMember, "substring", "(string, int, int) -> string",
     &substring_between, &cost_of_transform, &size_of_result},
    {"string_replace_string_string", kMember, "replace", "(string, string, string) -> string",
     &replace_all, &cost_of_replace, &size_of_result},
    {"string_replace_string_string_int", kMember, "replace",
     "(string, string, string, int) -> string", &replace_some, &cost_of_replace, &size_of_result},
    {"string_split_string", kMember, "split", "(string, string) -> list(string)", &split_all,
     &cost_of_split, &size_of_result},
    {"string_split_string_int", kMember, "split", "(string, string, int) -> list(string)",
     &split_some, &cost_of_split, &size_of_result},
    {"list_join", kMember, "join", "(list(string)) -> string", &join, &cost_of_join,
     &size_of_result},
    {"list_join_string", kMember, "join", "(list(string), string) -> string", &join_with,
     &cost_of_join, &size_of_result},
    {"string_format", kMember, "format", "(string, list(dyn)) -> string", &format,
     &cost_of_traversal},
    {"strings_quote", Form::kGlobal, "strings.quote", "(string) -> string", &quote,
     &cost_of_traversal},
};

}  // namespace

std::span<const Overload> string_functions() { return kFunctions; }

}  // namespace cel
