#include "literals.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

#include "cel/collections.hpp"

namespace cel {

namespace {

using Read = base::Result<Value, std::string_view>;

int hex_digit(char octet) noexcept {
  if (octet >= '0' && octet <= '9') return octet - '0';
  if (octet >= 'a' && octet <= 'f') return octet - 'a' + 10;
  if (octet >= 'A' && octet <= 'F') return octet - 'A' + 10;
  return -1;
}

Read read_int(std::string_view digits, bool is_negated) {
  const bool is_hex = digits.size() > 2 && (digits[1] == 'x' || digits[1] == 'X');
  std::string signed_digits(is_negated ? "-" : "");
  signed_digits += digits.substr(is_hex ? 2 : 0);
  std::int64_t value = 0;
  const char* end = signed_digits.data() + signed_digits.size();
  const auto read = std::from_chars(signed_digits.data(), end, value, is_hex ? 16 : 10);
  if (read.ec != std::errc() || read.ptr != end) {
    return base::fail(std::string_view("an int has at most 64 bits"));
  }
  return Value::integer(value);
}

Read read_uint(std::string_view digits) {
  digits.remove_suffix(1);
  const bool is_hex = digits.size() > 2 && (digits[1] == 'x' || digits[1] == 'X');
  if (is_hex) digits.remove_prefix(2);
  std::uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, value, is_hex ? 16 : 10);
  if (read.ec != std::errc() || read.ptr != end) {
    return base::fail(std::string_view("a uint has at most 64 bits"));
  }
  return Value::unsigned_integer(value);
}

Read read_double(std::string_view digits, bool is_negated) {
  double value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec == std::errc::result_out_of_range) {
    // Too large, or so small that it is zero: only strtod tells which.
    value = std::strtod(std::string(digits).c_str(), nullptr);
    if (std::isinf(value)) return base::fail(std::string_view("a double this large is infinite"));
  }
  return Value::real(is_negated ? -value : value);
}

// Undoes the escapes of one literal.
class Unescaper {
 public:
  Unescaper(std::string_view body, bool is_bytes, Arena& arena)
      : body_(body), is_bytes_(is_bytes), out_(arena, body.size()) {}

  Read run() {
    while (at_ < body_.size()) {
      const std::size_t escape = std::min(body_.find('\\', at_), body_.size());
      out_.add(body_.substr(at_, escape - at_));
      at_ = escape + 1;
      if (escape < body_.size() && !read_escape()) return base::fail(fault_);
    }
    return is_bytes_ ? out_.finish_bytes() : out_.finish_string();
  }

 private:
  bool read_escape() {
    const char letter = at_ < body_.size() ? body_[at_++] : '\0';
    switch (letter) {
      case 'a': return put('\a');
      case 'b': return put('\b');
      case 'f': return put('\f');
      case 'n': return put('\n');
      case 'r': return put('\r');
      case 't': return put('\t');
      case 'v': return put('\v');
      case '\\':
      case '\'':
      case '"':
      case '`':
      case '?': return put(letter);
      case 'x':
      case 'X': return put_code(2, 16);
      case 'u': return is_bytes_ ? refuse("bytes have no \\u") : put_code(4, 16);
      case 'U': return is_bytes_ ? refuse("bytes have no \\U") : put_code(8, 16);
      case '0':
      case '1':
      case '2':
      case '3': --at_; return put_code(3, 8);
      default: return refuse("an escape that does not exist");
    }
  }

  bool put(char octet) {
    out_.add(octet);
    return true;
  }

  bool put_code(int digits, unsigned base) {
    char32_t code = 0;
    for (; digits > 0; --digits) {
      const int digit = at_ < body_.size() ? hex_digit(body_[at_]) : -1;
      if (digit < 0 || digit >= static_cast<int>(base)) return refuse("an escape lacks digits");
      code = code * base + static_cast<char32_t>(digit);
      ++at_;
    }
    if (is_bytes_) return put(static_cast<char>(static_cast<unsigned char>(code)));
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
      return refuse("an escape that names no character");
    }
    out_.add_code_point(code);
    return true;
  }

  bool refuse(std::string_view fault) {
    fault_ = fault;
    return false;
  }

  std::string_view body_;
  bool is_bytes_;
  TextBuilder out_;
  std::size_t at_ = 0;
  std::string_view fault_;
};

Read read_text(const Token& token, Arena& arena) {
  const bool is_bytes = token.kind == TokenKind::kBytes;
  std::string_view body = token.text;
  const std::size_t prefix = body.find_first_of("\"'");
  const bool is_raw = body.substr(0, prefix).find_first_of("rR") != std::string_view::npos;
  body.remove_prefix(prefix);
  const bool is_triple = body.size() >= 6 && body[1] == body[0] && body[2] == body[0];
  const std::size_t quotes = is_triple ? 3 : 1;
  body = body.substr(quotes, body.size() - 2 * quotes);
  if (is_raw || body.find('\\') == std::string_view::npos) {
    return is_bytes ? Value::bytes(body) : Value::string(body);
  }
  return Unescaper(body, is_bytes, arena).run();
}

}  // namespace

Read read_literal(const Token& token, bool is_negated, Arena& arena) {
  switch (token.kind) {
    case TokenKind::kInt: return read_int(token.text, is_negated);
    case TokenKind::kUint: return read_uint(token.text);
    case TokenKind::kDouble: return read_double(token.text, is_negated);
    default: return read_text(token, arena);
  }
}

bool is_valid_utf8(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80) {
      ++at;
      continue;
    }
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || at + size > text.size()) return false;
    char32_t code = lead & (0x7FU >> size);
    for (std::size_t index = 1; index < size; ++index) {
      const auto octet = static_cast<unsigned char>(text[at + index]);
      if ((octet & 0xC0U) != 0x80U) return false;
      code = (code << 6U) | (octet & 0x3FU);
    }
    constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < kLeast[size] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
    at += size;
  }
  return true;
}

}  // namespace cel
