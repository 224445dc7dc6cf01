#include "hl7/path.hpp"

#include <charconv>

namespace hl7 {
namespace {

constexpr std::uint32_t kOrdinalMax = 65'535;

constexpr bool is_upper(char octet) noexcept { return octet >= 'A' && octet <= 'Z'; }

constexpr bool is_digit(char octet) noexcept { return octet >= '0' && octet <= '9'; }

// Reads the grammar of path.hpp from left to right, one method for each rule.
class PathReader {
 public:
  explicit PathReader(std::string_view text) noexcept : text_(text) {}

  base::Result<Path, PathError> read() {
    if (!read_segment()) return base::fail(error_);
    if (take('-') && !read_field()) return base::fail(error_);
    if (at_ != text_.size()) {
      refuse(path_.field ? "'.', '(' or the end is expected" : "'-', '(' or the end is expected");
      return base::fail(error_);
    }
    // One path, one form: the first repetition is what a component is of anyway.
    if (path_.component && path_.repetition == Which{}) path_.repetition.reset();
    return path_;
  }

 private:
  bool read_segment() noexcept {
    for (char& letter : path_.segment) {
      const bool first = at_ == 0;
      if (at_ == text_.size() || !(is_upper(text_[at_]) || (!first && is_digit(text_[at_])))) {
        return refuse(
            "a segment name is expected: an upper-case letter, then two letters or digits");
      }
      letter = text_[at_++];
    }
    return at_ == text_.size() || text_[at_] != '(' || read_which(path_.segment_repeat);
  }

  bool read_field() noexcept {
    if (!read_number(path_.field.emplace().value)) return false;
    if (at_ < text_.size() && text_[at_] == '(' && !read_which(path_.repetition.emplace())) {
      return false;
    }
    if (!take('.')) return true;
    if (!read_number(path_.component.emplace().value)) return false;
    return !take('.') || read_number(path_.subcomponent.emplace().value);
  }

  // REQUIRES: '(' is next.
  bool read_which(Which& which) noexcept {
    ++at_;
    if (take('*')) {
      which = Which::all();
    } else if (!read_number(which.value)) {
      return false;
    }
    return take(')') || refuse("')' is expected");
  }

  bool read_number(std::uint16_t& number) noexcept {
    const std::size_t begin = at_;
    std::uint32_t value = 0;
    while (at_ < text_.size() && is_digit(text_[at_]) && value <= kOrdinalMax) {
      value = value * 10 + static_cast<std::uint32_t>(text_[at_++] - '0');
    }
    if (value == 0 || value > kOrdinalMax) {
      at_ = begin;
      return refuse("a number from 1 to 65535 is expected");
    }
    number = static_cast<std::uint16_t>(value);
    return true;
  }

  bool take(char octet) noexcept {
    if (at_ == text_.size() || text_[at_] != octet) return false;
    ++at_;
    return true;
  }

  // Always false, so that a rule can end with it.
  bool refuse(std::string_view reason) noexcept {
    error_ = {at_, reason};
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;  // what is read next
  Path path_;
  PathError error_{0, {}};
};

void append_number(std::string& out, std::uint16_t number) {
  std::array<char, 5> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_which(std::string& out, Which which) {
  out += '(';
  if (which.is_all()) {
    out += '*';
  } else {
    append_number(out, which.value);
  }
  out += ')';
}

}  // namespace

base::Result<Path, PathError> parse_path(std::string_view text) { return PathReader(text).read(); }

std::string to_string(const Path& path) {
  std::string text(path.segment_name());
  if (path.segment_repeat != Which{}) append_which(text, path.segment_repeat);
  if (!path.field) return text;
  text += '-';
  append_number(text, path.field->value);
  if (path.repetition) append_which(text, *path.repetition);
  if (!path.component) return text;
  text += '.';
  append_number(text, path.component->value);
  if (!path.subcomponent) return text;
  text += '.';
  append_number(text, path.subcomponent->value);
  return text;
}

}  // namespace hl7
