#include "text_edit.hpp"

#include <limits>

#include "utf8_text.hpp"

namespace cel {
namespace {

bool is_between(char octet, char least, char most) noexcept {
  return octet >= least && octet <= most;
}

void append_with_case_flipped(TextSink& out, std::string_view text, char least,
                              char most) noexcept {
  char* to = out.extend(text.size());
  if (to == nullptr) return;
  for (const char octet : text) {
    *to++ = is_between(octet, least, most) ? static_cast<char>(octet ^ 0x20) : octet;
  }
}

std::uint64_t limit_of(const Replacement& what) noexcept {
  if (what.limit < 0) return std::numeric_limits<std::uint64_t>::max();
  return static_cast<std::uint64_t>(what.limit);
}

void append_interleaved(TextSink& out, std::string_view text, const Replacement& what) noexcept {
  std::uint64_t left = limit_of(what);
  Splitter points(text, {}, -1);
  while (left > 0 && !out.has_failed()) {
    out.append(what.new_text);
    --left;
    const auto point = points.next();
    if (!point) return;
    out.append(*point);
    text.remove_prefix(point->size());
  }
  out.append(text);
}

// The letter behind the backslash, or 0 where none is needed.
char escape_letter(char octet) noexcept {
  switch (octet) {
    case '\a': return 'a';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    case '\v': return 'v';
    case '\\': return '\\';
    case '"': return '"';
    default: return 0;
  }
}

}  // namespace

void append_lower_ascii(TextSink& out, std::string_view text) noexcept {
  append_with_case_flipped(out, text, 'A', 'Z');
}

void append_upper_ascii(TextSink& out, std::string_view text) noexcept {
  append_with_case_flipped(out, text, 'a', 'z');
}

void append_reversed(TextSink& out, std::string_view text) noexcept {
  char* const to = out.extend(text.size());
  if (to == nullptr) return;
  std::size_t left = text.size();
  for (Splitter points(text, {}, -1); const auto point = points.next();) {
    left -= point->size();
    point->copy(to + left, point->size());
  }
}

void append_replaced(TextSink& out, std::string_view text, const Replacement& what) noexcept {
  if (what.old_text.empty()) return append_interleaved(out, text, what);
  std::uint64_t left = limit_of(what);
  while (left > 0 && !out.has_failed()) {
    const std::size_t at = find_first(text, what.old_text);
    if (at == kNoOffset) break;
    out.append(text.substr(0, at));
    out.append(what.new_text);
    text.remove_prefix(at + what.old_text.size());
    --left;
  }
  out.append(text);
}

void append_quoted(TextSink& out, std::string_view text) noexcept {
  out.reserve(text.size() + 2);
  out.append('"');
  while (!text.empty()) {
    const CodePoint point = decode_code_point(text);
    if (!point.is_valid) {
      out.append("\xEF\xBF\xBD");
    } else if (const char letter = escape_letter(text.front()); letter != 0) {
      out.append('\\');
      out.append(letter);
    } else {
      out.append(text.substr(0, point.length));
    }
    text.remove_prefix(point.length);
  }
  out.append('"');
}

}  // namespace cel
