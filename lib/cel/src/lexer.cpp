#include "lexer.hpp"

#include <algorithm>

namespace cel {

namespace {

bool is_digit(char octet) noexcept { return octet >= '0' && octet <= '9'; }

bool is_hex_digit(char octet) noexcept {
  return is_digit(octet) || (octet >= 'a' && octet <= 'f') || (octet >= 'A' && octet <= 'F');
}

bool begins_word(char octet) noexcept {
  return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') || octet == '_';
}

bool is_word(char octet) noexcept { return begins_word(octet) || is_digit(octet); }

bool is_quoted_word(char octet) noexcept {
  return is_word(octet) || octet == '.' || octet == '-' || octet == '/' || octet == ' ';
}

struct Symbol {
  std::string_view text;
  TokenKind kind;
};

// Longer ones first.
constexpr Symbol kSymbols[] = {
    {"==", TokenKind::kEqual},        {"!=", TokenKind::kNotEqual},  {"<=", TokenKind::kLessEqual},
    {">=", TokenKind::kGreaterEqual}, {"&&", TokenKind::kAnd},       {"||", TokenKind::kOr},
    {"(", TokenKind::kLeftParen},     {")", TokenKind::kRightParen}, {"[", TokenKind::kLeftBracket},
    {"]", TokenKind::kRightBracket},  {"{", TokenKind::kLeftBrace},  {"}", TokenKind::kRightBrace},
    {".", TokenKind::kDot},           {",", TokenKind::kComma},      {":", TokenKind::kColon},
    {"?", TokenKind::kQuestion},      {"+", TokenKind::kPlus},       {"-", TokenKind::kMinus},
    {"*", TokenKind::kStar},          {"/", TokenKind::kSlash},      {"%", TokenKind::kPercent},
    {"!", TokenKind::kNot},           {"<", TokenKind::kLess},       {">", TokenKind::kGreater},
};

constexpr std::string_view kReserved[] = {
    "as",  "break", "const",     "continue", "else",   "for", "function", "if",    "import",
    "let", "loop",  "namespace", "package",  "return", "var", "void",     "while",
};

}  // namespace

bool is_reserved(std::string_view name) noexcept {
  return std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved);
}

char Lexer::peek(std::size_t ahead) const noexcept {
  return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
}

Token Lexer::token(TokenKind kind, std::size_t size) noexcept {
  const Token made{kind, static_cast<std::uint32_t>(at_), source_.substr(at_, size), {}};
  at_ += size;
  return made;
}

Token Lexer::bad(std::size_t size, std::string_view fault) noexcept {
  Token made = token(TokenKind::kBad, size);
  made.fault = fault;
  return made;
}

void Lexer::skip_blanks() noexcept {
  while (at_ < source_.size()) {
    const char octet = source_[at_];
    if (octet == ' ' || octet == '\t' || octet == '\n' || octet == '\r' || octet == '\f') {
      ++at_;
    } else if (octet == '/' && peek(1) == '/') {
      at_ = std::min(source_.find('\n', at_), source_.size());
    } else {
      return;
    }
  }
}

Token Lexer::next() noexcept {
  skip_blanks();
  if (at_ >= source_.size()) return token(TokenKind::kEnd, 0);
  const char octet = peek();
  if (is_digit(octet) || (octet == '.' && is_digit(peek(1)))) return number();
  if (octet == '"' || octet == '\'') return text(0);
  if (begins_word(octet)) {
    const std::size_t prefix_size = text_prefix_size();
    return prefix_size > 0 ? text(prefix_size) : word();
  }
  if (octet == '`') return quoted_identifier();
  return symbol();
}

// Two of b and r before a quote, in any case and order.
std::size_t Lexer::text_prefix_size() const noexcept {
  bool is_bytes = false;
  bool is_raw = false;
  for (std::size_t size = 0; size < 3; ++size) {
    switch (peek(size)) {
      case '"':
      case '\'': return size;
      case 'b':
      case 'B':
        if (is_bytes) return 0;
        is_bytes = true;
        break;
      case 'r':
      case 'R':
        if (is_raw) return 0;
        is_raw = true;
        break;
      default: return 0;
    }
  }
  return 0;
}

Token Lexer::word() noexcept {
  std::size_t size = 1;
  while (is_word(peek(size))) ++size;
  const std::string_view name = source_.substr(at_, size);
  if (name == "true") return token(TokenKind::kTrue, size);
  if (name == "false") return token(TokenKind::kFalse, size);
  if (name == "null") return token(TokenKind::kNull, size);
  if (name == "in") return token(TokenKind::kIn, size);
  return token(TokenKind::kIdentifier, size);
}

Token Lexer::quoted_identifier() noexcept {
  std::size_t size = 1;
  while (is_quoted_word(peek(size))) ++size;
  if (peek(size) != '`') {
    return bad(size, "a name in back quotes holds letters, digits, '_', '-', '.', '/' and blanks");
  }
  if (size == 1) return bad(2, "an empty name");
  return token(TokenKind::kQuotedIdentifier, size + 1);
}

Token Lexer::number() noexcept {
  std::size_t size = 0;
  TokenKind kind = TokenKind::kInt;
  if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X') && is_hex_digit(peek(2))) {
    size = 2;
    while (is_hex_digit(peek(size))) ++size;
  } else {
    while (is_digit(peek(size))) ++size;
    if (peek(size) == '.' && is_digit(peek(size + 1))) {
      kind = TokenKind::kDouble;
      ++size;
      while (is_digit(peek(size))) ++size;
    }
    std::size_t exponent = size;
    if (peek(exponent) == 'e' || peek(exponent) == 'E') {
      ++exponent;
      if (peek(exponent) == '+' || peek(exponent) == '-') ++exponent;
      if (is_digit(peek(exponent))) {
        kind = TokenKind::kDouble;
        size = exponent;
        while (is_digit(peek(size))) ++size;
      }
    }
  }
  if (kind == TokenKind::kInt && (peek(size) == 'u' || peek(size) == 'U')) {
    kind = TokenKind::kUint;
    ++size;
  }
  if (is_word(peek(size))) {
    while (is_word(peek(size))) ++size;
    return bad(size, "this is no number and no name");
  }
  return token(kind, size);
}

Token Lexer::text(std::size_t prefix_size) noexcept {
  const std::string_view prefix = source_.substr(at_, prefix_size);
  const bool is_raw = prefix.find_first_of("rR") != std::string_view::npos;
  const bool is_bytes = prefix.find_first_of("bB") != std::string_view::npos;
  const char quote = peek(prefix_size);
  const bool is_triple = peek(prefix_size + 1) == quote && peek(prefix_size + 2) == quote;
  std::size_t size = prefix_size + (is_triple ? 3 : 1);
  for (; at_ + size < source_.size(); ++size) {
    const char octet = peek(size);
    if (octet == '\\' && !is_raw) {
      ++size;
    } else if (octet == quote &&
               (!is_triple || (peek(size + 1) == quote && peek(size + 2) == quote))) {
      return token(is_bytes ? TokenKind::kBytes : TokenKind::kString, size + (is_triple ? 3 : 1));
    } else if (!is_triple && (octet == '\n' || octet == '\r')) {
      break;
    }
  }
  return bad(std::min(size, source_.size() - at_), "a text without its closing quote");
}

Token Lexer::symbol() noexcept {
  const std::string_view rest = source_.substr(at_);
  for (const Symbol& each : kSymbols) {
    if (rest.substr(0, each.text.size()) == each.text) return token(each.kind, each.text.size());
  }
  std::size_t size = 1;
  while (size < rest.size() && (rest[size] & '\xC0') == '\x80') ++size;
  return bad(size, "a character that has no meaning here");
}

}  // namespace cel
