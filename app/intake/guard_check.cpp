#include "intake/guard_check.hpp"

#include <fmt/format.h>

#include <optional>

#include "intake/expression_scan.hpp"
#include "intake/record_view.hpp"

namespace intake {
namespace {

bool matches(const Tokens& tokens, std::size_t at, std::initializer_list<std::string_view> words) {
  if (at + words.size() > tokens.size()) return false;
  for (const std::string_view word : words) {
    if (!tokens[at++].is(word)) return false;
  }
  return true;
}

// `msg.has("PID-3")`, `msg.count("PID")`: a literal that begins with the segment.
bool asks_for_segment(const Tokens& tokens, std::size_t at, std::string_view segment) {
  const bool asks = matches(tokens, at, {"msg", ".", "has", "("}) ||
                    matches(tokens, at, {"msg", ".", "count", "("});
  if (!asks || at + 4 >= tokens.size()) return false;
  const Token& path = tokens[at + 4];
  return path.kind == Token::Kind::kText && path.text.substr(1).starts_with(segment);
}

bool guards(const Tokens& tokens, const RecordShape& shape) {
  const std::string_view name = shape.name;
  const bool is_obx = name == "obx";
  for (std::size_t at = 0; at < tokens.size(); ++at) {
    if (matches(tokens, at, {"has", "(", name, "."}) || matches(tokens, at, {name, ".", "size"}) ||
        matches(tokens, at, {"size", "(", name, ")"}) || matches(tokens, at, {"in", name})) {
      return true;
    }
    if (is_obx && (matches(tokens, at, {"obx_list", ".", "size"}) ||
                   matches(tokens, at, {"obx_list", ".", "exists"}) ||
                   matches(tokens, at, {"size", "(", "obx_list"}))) {
      return true;
    }
    if (asks_for_segment(tokens, at, shape.segment)) return true;
  }
  return false;
}

// The field that is read at a record's name, by `.name` or `["name"]`; empty for none.
std::string_view field_read(const Tokens& tokens, std::size_t at) {
  if (at > 0 && tokens[at - 1].is(".")) return {};
  if (at + 2 >= tokens.size()) return {};
  const Token& next = tokens[at + 2];
  if (tokens[at + 1].is(".") && next.kind == Token::Kind::kName) return next.text;
  if (tokens[at + 1].is("[") && next.kind == Token::Kind::kText && next.text.size() > 2) {
    return next.text.substr(1, next.text.size() - 2);
  }
  return {};
}

std::optional<UnguardedRead> find_read(const Tokens& tokens, const RecordShape& shape) {
  for (std::size_t at = 0; at < tokens.size(); ++at) {
    if (tokens[at].kind != Token::Kind::kName || tokens[at].text != shape.name) continue;
    const std::string_view field = field_read(tokens, at);
    if (field.empty()) continue;
    return UnguardedRead{
        tokens[at].offset,
        fmt::format("reads {0}.{1}, which is an error in a message without a {2} segment; "
                    "guarded: {0}[?\"{1}\"].orValue(\"\")",
                    shape.name, field, shape.segment)};
  }
  return std::nullopt;
}

}  // namespace

std::vector<UnguardedRead> find_unguarded(std::string_view source, std::string_view guard) {
  const Tokens tokens = scan(source);
  const Tokens guard_tokens = scan(guard);
  std::vector<UnguardedRead> found;
  for (const RecordShape* const shape : all_record_shapes()) {
    if (shape->name == "msh" || guards(tokens, *shape) || guards(guard_tokens, *shape)) continue;
    if (auto read = find_read(tokens, *shape)) found.push_back(*std::move(read));
  }
  return found;
}

}  // namespace intake
