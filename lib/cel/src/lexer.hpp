// lexer.hpp: the source of an expression as tokens.
//
// One token at a time, by position in the source; nothing is copied. Literals keep their spelling:
// literals.hpp says what they mean. The lexer never fails: what it cannot read is a token of kind
// kBad with a reason.
#pragma once

#include <cstdint>
#include <string_view>

namespace cel {

enum class TokenKind : std::uint8_t {
  kEnd,
  kBad,
  kIdentifier,
  kQuotedIdentifier,  // `a-b`
  kInt,
  kUint,
  kDouble,
  kString,  // with its prefix and quotes
  kBytes,
  kTrue,
  kFalse,
  kNull,
  kIn,
  kLeftParen,
  kRightParen,
  kLeftBracket,
  kRightBracket,
  kLeftBrace,
  kRightBrace,
  kDot,
  kComma,
  kColon,
  kQuestion,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kNot,
  kAnd,
  kOr,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::uint32_t offset = 0;
  std::string_view text;   // its octets in the source
  std::string_view fault;  // kBad: the reason
};

class Lexer {
 public:
  explicit Lexer(std::string_view source) noexcept : source_(source) {}

  [[nodiscard]] Token next() noexcept;

 private:
  void skip_blanks() noexcept;
  [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept;
  [[nodiscard]] Token token(TokenKind kind, std::size_t size) noexcept;
  [[nodiscard]] Token bad(std::size_t size, std::string_view fault) noexcept;
  [[nodiscard]] Token word() noexcept;
  [[nodiscard]] Token quoted_identifier() noexcept;
  [[nodiscard]] Token number() noexcept;
  [[nodiscard]] Token text(std::size_t prefix_size) noexcept;
  [[nodiscard]] Token symbol() noexcept;
  [[nodiscard]] std::size_t text_prefix_size() const noexcept;

  std::string_view source_;
  std::size_t at_ = 0;
};

// Whether a name is kept for a host language: `as`, `for`, `package` … may not name a variable.
[[nodiscard]] bool is_reserved(std::string_view name) noexcept;

}  // namespace cel
