#include "intake/expression_scan.hpp"

#include <algorithm>
#include <array>

namespace intake {
namespace {

constexpr std::array<std::string_view, 6> kLongMarks = {"&&", "||", "==", "!=", "<=", ">="};

bool is_letter(char octet) {
  return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') || octet == '_';
}

bool is_digit(char octet) { return octet >= '0' && octet <= '9'; }

bool is_white(char octet) {
  return octet == ' ' || octet == '\t' || octet == '\n' || octet == '\r' || octet == '\f';
}

// Octets of the text that begins at `at` with a quote, to its end.
std::size_t quoted_end(std::string_view source, std::size_t at, bool is_raw) {
  const char quote = source[at];
  const bool is_long = source.substr(at, 3) == std::string_view("\"\"\"") ||
                       source.substr(at, 3) == std::string_view("'''");
  const std::string_view end = source.substr(at, is_long ? 3 : 1);
  std::size_t next = at + end.size();
  while (next < source.size()) {
    if (source[next] == '\\' && !is_raw) {
      next += 2;
    } else if (source[next] == quote && source.substr(next, end.size()) == end) {
      return next + end.size();
    } else {
      ++next;
    }
  }
  return source.size();
}

// r"", b'' and both together.
std::size_t prefix_bytes(std::string_view source, std::size_t at) {
  std::size_t count = 0;
  while (count < 2 && at + count < source.size() &&
         std::string_view("rRbB").find(source[at + count]) != std::string_view::npos) {
    ++count;
  }
  const bool is_quote =
      at + count < source.size() && (source[at + count] == '"' || source[at + count] == '\'');
  return is_quote ? count : 0;
}

std::size_t word_end(std::string_view source, std::size_t at) {
  const bool is_number = is_digit(source[at]);
  while (at < source.size() &&
         (is_letter(source[at]) || is_digit(source[at]) || (is_number && source[at] == '.'))) {
    ++at;
  }
  return at;
}

Token next_token(std::string_view source, std::size_t at) {
  const std::size_t prefix = prefix_bytes(source, at);
  const char first = source[at + prefix];
  if (first == '"' || first == '\'') {
    const bool is_raw = source.substr(at, prefix).find_first_of("rR") != std::string_view::npos;
    const std::size_t end = quoted_end(source, at + prefix, is_raw);
    return {Token::Kind::kText, source.substr(at, end - at), at};
  }
  if (is_letter(first) || is_digit(first)) {
    const auto kind = is_digit(first) ? Token::Kind::kNumber : Token::Kind::kName;
    return {kind, source.substr(at, word_end(source, at) - at), at};
  }
  const bool is_long = std::ranges::find(kLongMarks, source.substr(at, 2)) != kLongMarks.end();
  return {Token::Kind::kMark, source.substr(at, is_long ? 2 : 1), at};
}

}  // namespace

Tokens scan(std::string_view source) {
  Tokens tokens;
  std::size_t at = 0;
  while (at < source.size()) {
    if (is_white(source[at])) {
      ++at;
    } else if (source.substr(at, 2) == "//") {
      at = std::min(source.find('\n', at), source.size());
    } else {
      tokens.push_back(next_token(source, at));
      at = tokens.back().end();
    }
  }
  return tokens;
}

std::size_t closing(const Tokens& tokens, std::size_t index) {
  int depth = 0;
  for (; index < tokens.size(); ++index) {
    const Token& token = tokens[index];
    if (token.is("(") || token.is("[") || token.is("{")) ++depth;
    if ((token.is(")") || token.is("]") || token.is("}")) && --depth == 0) return index;
  }
  return index;
}

}  // namespace intake
