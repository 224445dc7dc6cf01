#include "parser.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "lexer.hpp"
#include "literals.hpp"
#include "macros.hpp"

namespace cel {

namespace {

constexpr std::size_t kFaultsMax = 20;

struct BinaryOperator {
  TokenKind token;
  Operator op;
  int precedence;
};

constexpr int kRelation = 3;

constexpr BinaryOperator kBinaryOperators[] = {
    {TokenKind::kEqual, Operator::kEqual, kRelation},
    {TokenKind::kNotEqual, Operator::kNotEqual, kRelation},
    {TokenKind::kLess, Operator::kLess, kRelation},
    {TokenKind::kLessEqual, Operator::kLessEqual, kRelation},
    {TokenKind::kGreater, Operator::kGreater, kRelation},
    {TokenKind::kGreaterEqual, Operator::kGreaterEqual, kRelation},
    {TokenKind::kIn, Operator::kIn, kRelation},
    {TokenKind::kPlus, Operator::kAdd, 4},
    {TokenKind::kMinus, Operator::kSubtract, 4},
    {TokenKind::kStar, Operator::kMultiply, 5},
    {TokenKind::kSlash, Operator::kDivide, 5},
    {TokenKind::kPercent, Operator::kModulo, 5},
};

const BinaryOperator* find_binary(TokenKind kind) noexcept {
  const auto* found = std::find_if(std::begin(kBinaryOperators), std::end(kBinaryOperators),
                                   [&](const BinaryOperator& each) { return each.token == kind; });
  return found == std::end(kBinaryOperators) ? nullptr : found;
}

class Parser {
 public:
  Parser(std::string_view source, const SourceLimits& limits, bool allow_test_macros, Ast& ast)
      : source_(source),
        limits_(limits),
        allow_test_macros_(allow_test_macros),
        ast_(ast),
        lexer_(source) {
    advance();
  }

  Diagnostics run() {
    const ExprId root = parse_expression();
    if (faults_.empty() && token_.kind != TokenKind::kEnd) unexpected("an operator or the end");
    ast_.set_root(root);
    return std::move(faults_);
  }

 private:
  using Ids = std::vector<ExprId>;

  // Counts how deep brackets and operators are nested while it lives.
  class Level {
   public:
    explicit Level(Parser& parser) : parser_(parser) { ++parser_.level_; }

    ~Level() { --parser_.level_; }

    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Parser& parser_;
  };

  // ---- tokens and faults

  void advance() {
    token_ = lexer_.next();
    if (token_.kind == TokenKind::kBad) {
      fault(token_.offset, std::string(token_.fault));
      // What cannot be read is told once and stands for a value.
      token_.kind = TokenKind::kNull;
    }
  }

  bool take(TokenKind kind) {
    if (token_.kind != kind) return false;
    advance();
    return true;
  }

  void fault(std::size_t offset, std::string message) {
    if (is_given_up_) return;
    faults_.push_back(make_diagnostic(source_, offset, std::move(message)));
    if (faults_.size() >= kFaultsMax) give_up();
  }

  // No more tokens: every loop and every level ends.
  void give_up() {
    is_given_up_ = true;
    lexer_ = Lexer({});
    token_ = {};
  }

  // One fault is told once: what follows from it is not, until parsing has found its way again.
  ExprId unexpected(std::string_view wanted) {
    if (is_lost_ || (token_.kind == TokenKind::kEnd && !faults_.empty())) return kNoExpr;
    is_lost_ = true;
    std::string message = token_.kind == TokenKind::kEnd
                              ? "the expression ends too early"
                              : "unexpected '" + std::string(token_.text) + "'";
    message += ": ";
    message += wanted;
    message += " is wanted here";
    fault(token_.offset, std::move(message));
    return kNoExpr;
  }

  bool expect(TokenKind kind, std::string_view wanted) {
    if (take(kind)) return true;
    unexpected(wanted);
    return false;
  }

  // Goes on behind an error: to the next comma or closing bracket of this level.
  void skip_to_next(TokenKind closer) {
    is_lost_ = false;
    int open = 0;
    for (; token_.kind != TokenKind::kEnd; advance()) {
      const TokenKind kind = token_.kind;
      if (open == 0 && (kind == TokenKind::kComma || kind == closer)) return;
      if (kind == TokenKind::kLeftParen || kind == TokenKind::kLeftBracket ||
          kind == TokenKind::kLeftBrace) {
        ++open;
      } else if (kind == TokenKind::kRightParen || kind == TokenKind::kRightBracket ||
                 kind == TokenKind::kRightBrace) {
        if (open == 0) return;
        --open;
      }
    }
  }

  // ---- nodes

  ExprId add(const Expr& expr, std::span<const ExprId> children = {}) {
    const ExprId id = ast_.add(expr, children);
    if (ast_[id].depth > limits_.depth_max) {
      fault(expr.offset, "the expression is nested too deeply");
      give_up();
    } else if (ast_.size() > limits_.nodes_max) {
      fault(expr.offset, "the expression has too many parts");
      give_up();
    }
    return id;
  }

  // ---- grammar

  ExprId parse_expression() {
    const Level level(*this);
    if (level_ > limits_.depth_max) {
      fault(token_.offset, "the expression is nested too deeply");
      give_up();
      return kNoExpr;
    }
    const ExprId condition = parse_or();
    const std::uint32_t offset = token_.offset;
    if (!take(TokenKind::kQuestion)) return condition;
    const ExprId chosen = parse_or();
    if (!expect(TokenKind::kColon, "':'")) return kNoExpr;
    const std::array children{condition, chosen, parse_expression()};
    return add({.kind = ExprKind::kConditional, .offset = offset}, children);
  }

  ExprId parse_or() {
    return parse_logic(TokenKind::kOr, ExprKind::kOr, [this] {
      return parse_logic(TokenKind::kAnd, ExprKind::kAnd,
                         [this] { return parse_binary(kRelation); });
    });
  }

  template <class ParseTerm>
  ExprId parse_logic(TokenKind token, ExprKind kind, ParseTerm parse_term) {
    const ExprId first = parse_term();
    if (token_.kind != token) return first;
    const std::uint32_t offset = token_.offset;
    Ids terms{first};
    while (take(token)) terms.push_back(parse_term());
    return add({.kind = kind, .offset = offset}, terms);
  }

  ExprId parse_binary(int least_precedence) {
    ExprId left = parse_unary();
    for (;;) {
      const BinaryOperator* binary = find_binary(token_.kind);
      if (binary == nullptr || binary->precedence < least_precedence) return left;
      const std::uint32_t offset = token_.offset;
      advance();
      const std::array children{left, parse_binary(binary->precedence + 1)};
      left = add({.kind = ExprKind::kCall, .op = binary->op, .offset = offset}, children);
    }
  }

  // An even number of signs cancels out.
  ExprId parse_unary() {
    const TokenKind sign = token_.kind;
    const std::uint32_t offset = token_.offset;
    if (sign != TokenKind::kNot && sign != TokenKind::kMinus) return parse_member(false);
    std::size_t count = 0;
    for (; take(sign); ++count) {
    }
    const bool is_number = token_.kind == TokenKind::kInt || token_.kind == TokenKind::kDouble;
    if (sign == TokenKind::kMinus && count == 1 && is_number) return parse_member(true);
    const std::array operand{parse_member(false)};
    if (count % 2 == 0) return operand[0];
    const Operator op = sign == TokenKind::kNot ? Operator::kNot : Operator::kNegate;
    return add({.kind = ExprKind::kCall, .op = op, .offset = offset}, operand);
  }

  ExprId parse_member(bool is_negated) {
    ExprId expr = parse_primary(is_negated);
    for (;;) {
      switch (token_.kind) {
        case TokenKind::kDot: expr = parse_select(expr); break;
        case TokenKind::kLeftBracket: expr = parse_index(expr); break;
        case TokenKind::kLeftBrace: {
          const std::string_view name = qualified_name(ast_, expr, ast_.arena());
          if (expr == kNoExpr || name.empty()) return expr;
          expr = parse_struct(name, ast_[expr].offset);
          break;
        }
        default: return expr;
      }
      if (expr == kNoExpr) return expr;
    }
  }

  ExprId parse_select(ExprId operand) {
    advance();
    const bool is_optional = take(TokenKind::kQuestion);
    const Token name = token_;
    std::string_view field = name.text;
    if (name.kind == TokenKind::kQuotedIdentifier) {
      field = field.substr(1, field.size() - 2);
    } else if (name.kind != TokenKind::kIdentifier) {
      return unexpected("a field's name");
    }
    advance();
    if (token_.kind == TokenKind::kLeftParen && !is_optional &&
        name.kind == TokenKind::kIdentifier) {
      return parse_call(name, operand);
    }
    Expr select{.kind = ExprKind::kSelect, .offset = name.offset, .name = field};
    select.is_optional = is_optional;
    const std::array children{operand};
    return add(select, children);
  }

  ExprId parse_index(ExprId operand) {
    Expr index{.kind = ExprKind::kIndex, .offset = token_.offset};
    advance();
    index.is_optional = take(TokenKind::kQuestion);
    const std::array children{operand, parse_expression()};
    if (!expect(TokenKind::kRightBracket, "']'")) return kNoExpr;
    return add(index, children);
  }

  ExprId parse_call(const Token& name, ExprId receiver) {
    advance();
    const Ids arguments =
        parse_items(TokenKind::kRightParen, "')'", false, [this] { return parse_expression(); });
    if (!faults_.empty()) return kNoExpr;
    const MacroCall call{name.text, receiver, arguments, name.offset, allow_test_macros_};
    const MacroResult macro = expand_macro(ast_, call);
    if (macro.is_macro && macro.expr == kNoExpr) {
      fault(macro.at == kNoExpr ? name.offset : ast_[macro.at].offset, std::string(macro.fault));
      return kNoExpr;
    }
    if (macro.is_macro) return check_size(macro.expr);
    Expr expr{.kind = ExprKind::kCall, .offset = name.offset, .name = name.text};
    if (receiver == kNoExpr) return add(expr, arguments);
    expr.is_member = true;
    Ids children{receiver};
    children.insert(children.end(), arguments.begin(), arguments.end());
    return add(expr, children);
  }

  // Macros add nodes of their own.
  ExprId check_size(ExprId id) {
    if (ast_[id].depth > limits_.depth_max || ast_.size() > limits_.nodes_max) {
      fault(ast_[id].offset, "the expression is nested too deeply");
      give_up();
    }
    return id;
  }

  // Items between brackets, the opening one taken; `may_trail`: a comma may follow the last.
  template <class ParseItem>
  Ids parse_items(TokenKind closer, std::string_view wanted, bool may_trail, ParseItem parse_item) {
    Ids items;
    if (take(closer)) return items;
    for (;;) {
      const std::size_t faults = faults_.size();
      items.push_back(parse_item());
      if (faults_.size() != faults) skip_to_next(closer);
      if (take(TokenKind::kComma)) {
        if (may_trail && take(closer)) return items;
        continue;
      }
      if (token_.kind != closer) {
        std::string both = "',' or ";
        both += wanted;
        unexpected(both);
        skip_to_next(closer);
        if (take(TokenKind::kComma)) continue;
      }
      take(closer);
      return items;
    }
  }

  ExprId parse_primary(bool is_negated) {
    const Token token = token_;
    switch (token.kind) {
      case TokenKind::kTrue:
      case TokenKind::kFalse: return literal(token, Value::boolean(token.kind == TokenKind::kTrue));
      case TokenKind::kNull: return literal(token, Value::null());
      case TokenKind::kInt:
      case TokenKind::kUint:
      case TokenKind::kDouble:
      case TokenKind::kString:
      case TokenKind::kBytes: return parse_literal(is_negated);
      case TokenKind::kLeftParen: return parse_parentheses();
      case TokenKind::kLeftBracket: return parse_list();
      case TokenKind::kLeftBrace: return parse_map();
      case TokenKind::kIdentifier: return parse_name(false);
      case TokenKind::kDot:
        advance();
        if (token_.kind == TokenKind::kIdentifier) return parse_name(true);
        return unexpected("a name");
      default: return unexpected("a value");
    }
  }

  ExprId literal(const Token& token, const Value& value) {
    advance();
    Expr expr{.kind = ExprKind::kLiteral, .offset = token.offset};
    expr.literal = value;
    return add(expr);
  }

  ExprId parse_literal(bool is_negated) {
    const Token token = token_;
    const auto value = read_literal(token, is_negated, ast_.arena());
    if (value) return literal(token, *value);
    fault(token.offset, std::string(value.error()));
    return literal(token, Value::null());
  }

  ExprId parse_parentheses() {
    advance();
    const std::size_t faults = faults_.size();
    const ExprId inner = parse_expression();
    if (faults_.size() != faults) skip_to_next(TokenKind::kRightParen);
    return expect(TokenKind::kRightParen, "')'") ? inner : kNoExpr;
  }

  ExprId parse_name(bool is_absolute) {
    const Token name = token_;
    if (is_reserved(name.text)) {
      fault(name.offset, "'" + std::string(name.text) + "' is a reserved word");
    }
    advance();
    if (token_.kind == TokenKind::kLeftParen && !is_absolute) return parse_call(name, kNoExpr);
    if (token_.kind == TokenKind::kLeftParen) return parse_absolute_call(name);
    Expr expr{.kind = ExprKind::kIdent, .offset = name.offset, .name = name.text};
    expr.is_absolute = is_absolute;
    return add(expr);
  }

  ExprId parse_absolute_call(const Token& name) {
    advance();
    const Ids arguments =
        parse_items(TokenKind::kRightParen, "')'", false, [this] { return parse_expression(); });
    Expr expr{.kind = ExprKind::kCall, .offset = name.offset, .name = name.text};
    expr.is_absolute = true;
    return add(expr, arguments);
  }

  ExprId parse_list() {
    const std::uint32_t offset = token_.offset;
    advance();
    const Ids elements = parse_items(TokenKind::kRightBracket, "']'", true, [this] {
      const std::uint32_t at = token_.offset;
      if (!take(TokenKind::kQuestion)) return parse_expression();
      const std::array child{parse_expression()};
      return add({.kind = ExprKind::kOptionalElement, .offset = at}, child);
    });
    return add({.kind = ExprKind::kList, .offset = offset}, elements);
  }

  ExprId parse_map() {
    const std::uint32_t offset = token_.offset;
    advance();
    const Ids entries = parse_items(TokenKind::kRightBrace, "'}'", true, [this] {
      Expr entry{.kind = ExprKind::kEntry, .offset = token_.offset};
      entry.is_optional = take(TokenKind::kQuestion);
      const ExprId key = parse_expression();
      if (!expect(TokenKind::kColon, "':'")) return kNoExpr;
      const std::array children{key, parse_expression()};
      return add(entry, children);
    });
    return add({.kind = ExprKind::kMap, .offset = offset}, entries);
  }

  ExprId parse_struct(std::string_view name, std::uint32_t offset) {
    advance();
    const Ids entries = parse_items(TokenKind::kRightBrace, "'}'", true, [this] {
      Expr entry{.kind = ExprKind::kEntry, .offset = token_.offset};
      entry.is_optional = take(TokenKind::kQuestion);
      entry.name = token_.text;
      if (token_.kind == TokenKind::kQuotedIdentifier) {
        entry.name = entry.name.substr(1, entry.name.size() - 2);
      } else if (token_.kind != TokenKind::kIdentifier) {
        return unexpected("a field's name");
      }
      advance();
      if (!expect(TokenKind::kColon, "':'")) return kNoExpr;
      const std::array child{parse_expression()};
      return add(entry, child);
    });
    return add({.kind = ExprKind::kStruct, .offset = offset, .name = name}, entries);
  }

  std::string_view source_;
  const SourceLimits& limits_;
  bool allow_test_macros_;
  Ast& ast_;
  Lexer lexer_;
  Token token_;
  std::size_t level_ = 0;
  bool is_given_up_ = false;
  bool is_lost_ = false;
  Diagnostics faults_;
};

}  // namespace

base::Status<Diagnostics> parse(std::string_view source, const SourceLimits& limits,
                                bool allow_test_macros, Ast& ast) {
  const auto refuse = [&](std::string message) {
    return base::fail(Diagnostics{make_diagnostic(source, 0, std::move(message))});
  };
  if (source.size() > limits.bytes_max) return refuse("the expression is too long");
  if (!is_valid_utf8(source)) return refuse("the expression is no UTF-8");
  ast.reserve(16);
  Diagnostics faults = Parser(source, limits, allow_test_macros, ast).run();
  if (!faults.empty()) return base::fail(std::move(faults));
  return base::Done{};
}

}  // namespace cel
