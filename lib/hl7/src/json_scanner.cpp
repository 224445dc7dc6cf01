#include "json_scanner.hpp"

#include "utf8.hpp"

namespace hl7 {
namespace {

constexpr bool is_blank(char octet) noexcept {
  return octet == ' ' || octet == '\t' || octet == '\n' || octet == '\r';
}

constexpr bool is_digit(char octet) noexcept { return octet >= '0' && octet <= '9'; }

constexpr bool is_high(unsigned unit) noexcept { return unit >= 0xD800 && unit <= 0xDBFF; }

constexpr bool is_low(unsigned unit) noexcept { return unit >= 0xDC00 && unit <= 0xDFFF; }

}  // namespace

bool JsonScanner::fail_at(JsonFault fault, std::size_t index) noexcept {
  if (!error_) error_ = JsonError{fault, index};
  return false;
}

char JsonScanner::peek() noexcept {
  while (index_ < text_.size() && is_blank(text_[index_])) ++index_;
  return index_ < text_.size() ? text_[index_] : '\0';
}

bool JsonScanner::take(char character) noexcept {
  if (error_ || peek() != character || index_ == text_.size()) return false;
  ++index_;
  return true;
}

bool JsonScanner::expect(char character) noexcept {
  return take(character) || fail(JsonFault::kSyntax);
}

bool JsonScanner::take_word(std::string_view word) noexcept {
  if (error_ || !text_.substr(index_).starts_with(word)) return false;
  index_ += word.size();
  return true;
}

bool JsonScanner::next_entry(char closing, bool first) noexcept {
  if (error_) return false;
  if (first) return !take(closing);
  if (take(closing)) return false;
  return expect(',');
}

bool JsonScanner::read_string(std::string& text) {
  text.clear();
  if (!expect('"')) return false;
  while (true) {
    std::size_t end = index_;
    while (end < text_.size() && static_cast<unsigned char>(text_[end]) >= 0x20 &&
           text_[end] != '"' && text_[end] != '\\') {
      ++end;
    }
    const std::string_view plain = text_.substr(index_, end - index_);
    const std::size_t valid_bytes = utf8_prefix_bytes(plain);
    if (valid_bytes < plain.size()) return fail_at(JsonFault::kBadText, index_ + valid_bytes);
    text += plain;
    index_ = end;
    if (end == text_.size()) return fail(JsonFault::kSyntax);
    if (text_[end] == '"') {
      ++index_;
      return true;
    }
    if (text_[end] != '\\') return fail(JsonFault::kSyntax);
    if (!read_escape(text)) return false;
  }
}

// A backslash is next.
bool JsonScanner::read_escape(std::string& text) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (index_ + 1 == text_.size()) return fail(JsonFault::kSyntax);
  const char letter = text_[index_ + 1];
  if (letter == 'u') return read_unicode(text);
  const std::size_t found = kLetters.find(letter);
  if (found == std::string_view::npos) return fail(JsonFault::kSyntax);
  text += kMeanings[found];
  index_ += 2;
  return true;
}

bool JsonScanner::read_unicode(std::string& text) {
  const std::size_t begin = index_;
  const auto first = read_unit();
  if (!first) return fail_at(JsonFault::kSyntax, begin);
  char32_t value = *first;
  if (is_low(*first)) return fail_at(JsonFault::kBadText, begin);
  if (is_high(*first)) {
    const auto second = text_.substr(index_).starts_with("\\u") ? read_unit() : std::nullopt;
    if (!second || !is_low(*second)) return fail_at(JsonFault::kBadText, begin);
    value = 0x10000 + ((*first - 0xD800) << 10U) + (*second - 0xDC00);
  }
  append_utf8(text, value);
  return true;
}

// "\u" and four hexadecimal digits.
std::optional<unsigned> JsonScanner::read_unit() noexcept {
  constexpr std::size_t kDigits = 4;
  const std::string_view digits = text_.substr(index_ + 2, kDigits);
  if (digits.size() < kDigits) return std::nullopt;
  unsigned value = 0;
  for (const char digit : digits) {
    value <<= 4U;
    if (is_digit(digit)) {
      value |= static_cast<unsigned>(digit - '0');
    } else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f') {
      value |= static_cast<unsigned>((digit | 0x20) - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  index_ += 2 + kDigits;
  return value;
}

void JsonScanner::skip_digits() noexcept {
  while (index_ < text_.size() && is_digit(text_[index_])) ++index_;
}

bool JsonScanner::read_number(std::string& text) {
  const std::size_t begin = index_;
  static_cast<void>(take_word("-"));
  if (!take_word("0")) {
    const std::size_t digits = index_;
    skip_digits();
    if (index_ == digits) return fail(JsonFault::kSyntax);
  }
  if (take_word(".")) {
    const std::size_t digits = index_;
    skip_digits();
    if (index_ == digits) return fail(JsonFault::kSyntax);
  }
  if (take_word("e") || take_word("E")) {
    if (!take_word("+")) static_cast<void>(take_word("-"));
    const std::size_t digits = index_;
    skip_digits();
    if (index_ == digits) return fail(JsonFault::kSyntax);
  }
  text = text_.substr(begin, index_ - begin);
  return true;
}

bool JsonScanner::skip_string() { return read_string(skipped_); }

bool JsonScanner::skip_scalar() {
  const char next = peek();
  if (next == '"') return skip_string();
  if (next == '-' || is_digit(next)) return read_number(skipped_);
  return take_word("null") || take_word("true") || take_word("false") || fail(JsonFault::kSyntax);
}

// Without recursion: `open_` holds the brackets that are open.
bool JsonScanner::skip_value() {
  open_.clear();
  bool first = false;  // nothing was read yet in the innermost bracket
  do {
    if (!open_.empty()) {
      const char closing = open_.back() == '{' ? '}' : ']';
      if (!next_entry(closing, first)) {
        if (error_) return false;
        open_.pop_back();
        first = false;
        continue;
      }
      first = false;
      if (closing == '}' && (!skip_string() || !expect(':'))) return false;
    }
    if (take('{')) {
      open_ += '{';
      first = true;
    } else if (take('[')) {
      open_ += '[';
      first = true;
    } else if (!skip_scalar()) {
      return false;
    }
    if (open_.size() > depth_max_) return fail(JsonFault::kTooDeep);
  } while (!open_.empty());
  return true;
}

}  // namespace hl7
