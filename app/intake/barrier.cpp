#include "intake/barrier.hpp"

#include <fmt/core.h>

#include <cctype>

namespace intake {
namespace {

constexpr std::string_view kMerges =
    R"(["A18", "A30", "A34", "A35", "A36", "A39", "A40", "A41", "A42", "A43", "A44", "A45",)"
    R"( "A46", "A47", "A48", "A49", "A50", "A51"])";
constexpr std::string_view kLinks = R"(["A24", "A37"])";

// How PID-3.1 is read as a text, the guarded forms that warnings recommend included.
constexpr std::string_view kRecordIds[] = {R"(pid[?"id"].orValue(""))",
                                           R"(pid[?'id'].orValue(''))",
                                           R"(pid.?id.orValue(""))",
                                           R"(pid.?id.orValue(''))",
                                           R"(pid["id"])",
                                           R"(pid['id'])",
                                           R"(pid.id)"};
constexpr std::string_view kRecord = "pid";
constexpr std::string_view kPathId = "PID-3";

bool continues_name(char octet) noexcept {
  return std::isalnum(static_cast<unsigned char>(octet)) != 0 || octet == '_';
}

// Where `what` stands as a word of its own, from `from` on; npos if it does not.
std::size_t find_word(std::string_view text, std::string_view what, std::size_t from) noexcept {
  for (std::size_t at = text.find(what, from); at != std::string_view::npos;
       at = text.find(what, at + 1)) {
    const std::size_t behind = at + what.size();
    const bool begins = at == 0 || !continues_name(text[at - 1]);
    const bool ends =
        !continues_name(what.back()) || behind == text.size() || !continues_name(text[behind]);
    if (begins && ends) return at;
  }
  return std::string_view::npos;
}

bool has_word(std::string_view text, std::string_view what) noexcept {
  return find_word(text, what, 0) != std::string_view::npos;
}

std::string replace_word(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = find_word(text, what, 0); at != std::string::npos;
       at = find_word(text, what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

// The key as it is made of another field in the place of PID-3; "true" where the key
// is made of more of the patient than that.
std::string key_from(std::string_view order_by, std::string_view field) {
  std::string key(order_by);
  for (const std::string_view form : kRecordIds) {
    key = replace_word(std::move(key), form, fmt::format(R"(msg.get("{}.1"))", field));
  }
  key = replace_word(std::move(key), kPathId, field);
  const std::string rest = replace_word(key, field, "");
  const bool is_whole = !has_word(rest, kRecord) && !has_word(rest, "PID");
  return is_whole ? fmt::format("dyn({})", key) : "dyn(true)";
}

}  // namespace

std::optional<std::string> default_barrier(std::string_view order_by) {
  if (!has_word(order_by, kRecord) && !has_word(order_by, kPathId)) return std::nullopt;
  return fmt::format(
      R"(msh.msg_type != "ADT" ? dyn(false) :)"
      R"( msh.trigger in {} ? (msg.count("MRG") == 1 ? {} : dyn(true)) :)"
      R"( msh.trigger in {} ? (msg.count("PID") == 2 ? {} : dyn(true)) : dyn(false))",
      kMerges, key_from(order_by, "MRG-1"), kLinks, key_from(order_by, "PID(2)-3"));
}

}  // namespace intake
