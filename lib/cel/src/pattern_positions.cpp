#include "pattern_positions.hpp"

#include "utf8_text.hpp"

namespace cel {
namespace {

constexpr std::size_t kPositionsMax = 64;
constexpr int kDepthMax = 12;
// Atoms are read anew for each of their repeats; this bounds repeats of repeats.
constexpr int kStepsMax = 512;

bool is_digit(char octet) noexcept { return octet >= '0' && octet <= '9'; }

bool is_special(char octet) noexcept {
  return std::string_view("\\^$.|?*+()[]{}").find(octet) != std::string_view::npos;
}

bool is_punctuation(char octet) noexcept {
  const auto code = static_cast<unsigned char>(octet);
  const char lower = static_cast<char>(octet | 0x20);
  return code > 0x20 && code < 0x7F && !is_digit(octet) && !(lower >= 'a' && lower <= 'z') &&
         octet != '_';
}

}  // namespace

void PatternPositions::OctetClass::add_range(unsigned least, unsigned most) noexcept {
  for (unsigned octet = least; octet <= most; ++octet) add(octet);
}

void PatternPositions::OctetClass::add(const OctetClass& other) noexcept {
  ascii[0] |= other.ascii[0];
  ascii[1] |= other.ascii[1];
  has_others = has_others || other.has_others;
}

void PatternPositions::OctetClass::complement() noexcept {
  ascii[0] = ~ascii[0];
  ascii[1] = ~ascii[1];
  has_others = !has_others;
}

bool PatternPositions::accept(char octet) noexcept {
  if (!at(octet)) return false;
  ++offset_;
  return true;
}

PatternPositions::Fragment PatternPositions::refuse() noexcept {
  refused_ = true;
  offset_ = pattern_.size();
  return {};
}

bool PatternPositions::read(std::string_view pattern) noexcept {
  pattern_ = pattern;
  steps_left_ = kStepsMax;
  if (!is_utf8(pattern)) return false;
  if (pattern.empty()) {
    matches_all = true;
    return true;
  }
  read_top_alternative();
  while (accept('|')) read_top_alternative();
  return !refused_ && at_end();
}

void PatternPositions::read_top_alternative() noexcept {
  const bool is_at_front = accept('^');
  const Fragment body = read_sequence(0);
  const bool is_at_end = accept('$');
  if (body.is_nullable && !(is_at_front && is_at_end)) matches_all = true;
  if (body.is_nullable) matches_empty = true;
  first_at_front |= body.first;
  if (!is_at_front) first_anywhere |= body.first;
  last_at_end |= body.last;
  if (!is_at_end) last_anywhere |= body.last;
}

PatternPositions::Fragment PatternPositions::read_alternatives(int depth) noexcept {
  Fragment result = read_sequence(depth);
  while (accept('|')) result = either(result, read_sequence(depth));
  return result;
}

PatternPositions::Fragment PatternPositions::read_sequence(int depth) noexcept {
  Fragment result;
  while (!at_end() && !at('|') && !at(')') && !at('$')) {
    result = concat(result, read_repeated(depth));
  }
  return result;
}

PatternPositions::Fragment PatternPositions::read_repeated(int depth) noexcept {
  const std::size_t atom_offset = offset_;
  Fragment result = read_atom(depth);
  Repeat repeat;
  if (!read_repeat(repeat)) return refuse();
  const std::size_t end_offset = offset_;
  const auto read_again = [&] {
    offset_ = atom_offset;
    return read_atom(depth);
  };
  if (repeat.most == 0) return refuse();
  if (repeat.least == 0 && repeat.most == -1) {
    result = loop(result);
    result.is_nullable = true;
  } else if (repeat.most == -1) {
    Fragment last = result;
    Fragment before;
    for (int count = 1; count < repeat.least && !refused_; ++count) {
      before = concat(before, last);
      last = read_again();
    }
    result = concat(before, loop(last));
  } else {
    if (repeat.least == 0) result.is_nullable = true;
    for (int count = 1; count < repeat.most && !refused_; ++count) {
      Fragment more = read_again();
      if (count >= repeat.least) more.is_nullable = true;
      result = concat(result, more);
    }
  }
  if (!refused_) offset_ = end_offset;
  return result;
}

// What follows an atom. False for what RE2 refuses or reads in a way of its own.
bool PatternPositions::read_repeat(Repeat& repeat) noexcept {
  if (accept('*')) {
    repeat = {0, -1};
  } else if (accept('+')) {
    repeat = {1, -1};
  } else if (accept('?')) {
    repeat = {0, 1};
  } else if (at('{')) {
    if (!read_counts(repeat)) return false;
  } else {
    return true;
  }
  accept('?');  // as few as possible: whether there is a match is the same
  return !at('*') && !at('+') && !at('?') && !at('{');
}

bool PatternPositions::read_counts(Repeat& repeat) noexcept {
  ++offset_;
  if (!read_number(repeat.least)) return false;
  repeat.most = repeat.least;
  if (accept(',')) {
    repeat.most = -1;
    if (!at('}') && !read_number(repeat.most)) return false;
  }
  return accept('}') && (repeat.most == -1 || repeat.most >= repeat.least);
}

bool PatternPositions::read_number(int& number) noexcept {
  number = 0;
  const std::size_t from = offset_;
  while (!at_end() && is_digit(pattern_[offset_]) && offset_ - from < 3) {
    number = number * 10 + (pattern_[offset_++] - '0');
  }
  const bool has_leading_zero = offset_ > from + 1 && pattern_[from] == '0';  // then no repeat
  return offset_ > from && !has_leading_zero && number <= static_cast<int>(kPositionsMax);
}

PatternPositions::Fragment PatternPositions::read_atom(int depth) noexcept {
  if (at_end() || --steps_left_ < 0) return refuse();
  const char octet = pattern_[offset_];
  if (octet == '(') return read_group(depth);
  if (octet == '[') return read_class();
  if (octet == '.') {
    ++offset_;
    OctetClass line_end;
    line_end.add('\n');
    line_end.complement();
    return add_class(line_end);
  }
  if (octet == '\\') {
    OctetClass items;
    return read_escape(items) ? add_class(items) : refuse();
  }
  return is_special(octet) ? refuse() : read_literal();
}

PatternPositions::Fragment PatternPositions::read_group(int depth) noexcept {
  ++offset_;
  if (depth >= kDepthMax) return refuse();
  if (accept('?') && !accept(':')) return refuse();
  const Fragment body = read_alternatives(depth + 1);
  return accept(')') ? body : refuse();
}

// One code point, so that a repeat behind it repeats all of its octets.
PatternPositions::Fragment PatternPositions::read_literal() noexcept {
  const CodePoint point = decode_code_point(pattern_.substr(offset_));
  const std::string_view octets = pattern_.substr(offset_, point.length);
  offset_ += point.length;
  Fragment result;
  for (const char octet : octets) {
    const auto code = static_cast<unsigned char>(octet);
    result = concat(result, add_octets(code, code));
  }
  return result;
}

PatternPositions::Fragment PatternPositions::read_class() noexcept {
  ++offset_;
  OctetClass items;
  const bool is_negated = accept('^');
  if (at(']')) return refuse();
  while (!at_end() && !at(']')) {
    if (!read_class_item(items)) return refuse();
  }
  if (!accept(']')) return refuse();
  if (is_negated) items.complement();
  return add_class(items);
}

// A hyphen stands for itself at the ends of a class only.
bool PatternPositions::read_class_item(OctetClass& items) noexcept {
  const char octet = pattern_[offset_];
  if (octet == '\\') return read_escape(items) && (!at('-') || is_last_of_class());
  if (static_cast<unsigned char>(octet) >= 0x80 || octet == '[') return false;
  const bool is_first = pattern_[offset_ - 1] == '[' || pattern_[offset_ - 1] == '^';
  ++offset_;
  if (octet == '-' && !is_first && !at(']')) return false;
  if (!at('-') || is_last_of_class()) {
    items.add(static_cast<unsigned char>(octet));
    return true;
  }
  if (offset_ + 1 >= pattern_.size()) return false;
  const char most = pattern_[offset_ + 1];
  const bool is_plain = static_cast<unsigned char>(most) < 0x80 && most != '\\' && most != '[';
  if (!is_plain || most < octet) return false;
  items.add_range(static_cast<unsigned char>(octet), static_cast<unsigned char>(most));
  offset_ += 2;
  return !at('-') || is_last_of_class();
}

bool PatternPositions::read_escape(OctetClass& items) noexcept {
  if (offset_ + 1 >= pattern_.size()) return false;
  const char letter = pattern_[offset_ + 1];
  offset_ += 2;
  OctetClass named;
  switch (letter) {
    case 'd':
    case 'D': named.add_range('0', '9'); break;
    case 'w':
    case 'W':
      named.add_range('0', '9');
      named.add_range('A', 'Z');
      named.add_range('a', 'z');
      named.add('_');
      break;
    case 's':
    case 'S':
      for (const char space : {' ', '\t', '\n', '\f', '\r'})
        named.add(static_cast<unsigned>(space));
      break;
    case 'n': named.add('\n'); break;
    case 'r': named.add('\r'); break;
    case 't': named.add('\t'); break;
    default:
      if (!is_punctuation(letter)) return false;
      named.add(static_cast<unsigned char>(letter));
      break;
  }
  if (letter == 'D' || letter == 'W' || letter == 'S') named.complement();
  items.add(named);
  return true;
}

PatternPositions::Fragment PatternPositions::add_octets(unsigned least, unsigned most) noexcept {
  if (count_ == kPositionsMax) return refuse();
  const PositionSet position = PositionSet{1} << count_++;
  for (unsigned octet = least; octet <= most; ++octet) positions_of[octet] |= position;
  return {position, position, false};
}

// `lead` and `count` octets of the form 10xxxxxx.
PatternPositions::Fragment PatternPositions::add_tail(Fragment lead, int count) noexcept {
  for (int index = 0; index < count; ++index) lead = concat(lead, add_octets(0x80, 0xBF));
  return lead;
}

PatternPositions::Fragment PatternPositions::add_class(const OctetClass& octets) noexcept {
  if (count_ == kPositionsMax) return refuse();
  const PositionSet position = PositionSet{1} << count_++;
  for (unsigned octet = 0; octet < 0x80; ++octet) {
    if (octets.has(octet)) positions_of[octet] |= position;
  }
  const Fragment ascii{position, position, false};
  if (!octets.has_others) return ascii;
  const Fragment others =
      either(add_tail(add_octets(0xC2, 0xDF), 1),
             either(add_tail(add_octets(0xE0, 0xEF), 2), add_tail(add_octets(0xF0, 0xF4), 3)));
  return either(ascii, others);
}

PatternPositions::Fragment PatternPositions::concat(const Fragment& left,
                                                    const Fragment& right) noexcept {
  for (PositionSet rest = left.last; rest != 0; rest &= rest - 1) {
    follow[static_cast<std::size_t>(__builtin_ctzll(rest))] |= right.first;
  }
  return {left.first | (left.is_nullable ? right.first : 0),
          right.last | (right.is_nullable ? left.last : 0), left.is_nullable && right.is_nullable};
}

PatternPositions::Fragment PatternPositions::either(const Fragment& left,
                                                    const Fragment& right) noexcept {
  return {left.first | right.first, left.last | right.last, left.is_nullable || right.is_nullable};
}

PatternPositions::Fragment PatternPositions::loop(const Fragment& body) noexcept {
  return {body.first, concat(body, body).last, body.is_nullable};
}

}  // namespace cel
