// From a place in a scalar's value back to where the document has it: through quotes,
// escapes, folded lines and the indentation of blocks.
#include <cstddef>
#include <string_view>

#include "config/node.hpp"

namespace config {
namespace {

bool is_white(char octet) {
  return octet == ' ' || octet == '\t' || octet == '\n' || octet == '\r';
}

// Walks over the source of a scalar and its value side by side. White space is the
// one thing that YAML rewrites freely, so a run of it in the value stands for the run
// in the source.
class Walk {
 public:
  Walk(std::string_view source, std::size_t at) : source_(source), at_(at) {
    if (peek() == '&') skip_anchor();
    quote_ = peek() == '"' || peek() == '\'' ? peek() : '\0';
    if (quote_ != '\0') ++at_;
    if (quote_ == '\0' && (peek() == '|' || peek() == '>')) skip_line();
  }

  // The place in the source of the octet at `offset` of the value; where the two do
  // not fit together, as far as they did.
  std::size_t find(std::string_view value, std::size_t offset) {
    std::size_t index = 0;
    while (true) {
      if (index >= value.size() || at_ >= source_.size()) return at_;
      if (!is_white(value[index]) || is_escape()) skip_white();
      if (index >= offset) return at_;
      const std::size_t taken = step(value, index);
      if (taken == 0) return at_;
      index += taken;
    }
  }

 private:
  [[nodiscard]] char peek() const { return at_ < source_.size() ? source_[at_] : '\0'; }

  [[nodiscard]] bool is_escape() const { return quote_ == '"' && peek() == '\\'; }

  void skip_anchor() {
    while (at_ < source_.size() && !is_white(source_[at_])) ++at_;
    while (is_white(peek())) ++at_;
  }

  void skip_line() {
    while (at_ < source_.size() && source_[at_] != '\n') ++at_;
  }

  void skip_white() {
    while (is_white(peek())) ++at_;
  }

  // How many octets of the value the next of the source stand for; 0 for a misfit.
  std::size_t step(std::string_view value, std::size_t index) {
    if (is_escape()) return take_escape(value, index);
    if (is_white(value[index])) return take_run(value, index);
    if (quote_ == '\'' && peek() == '\'') ++at_;
    if (peek() != value[index]) return 0;
    ++at_;
    return 1;
  }

  std::size_t take_run(std::string_view value, std::size_t index) {
    std::size_t count = 0;
    while (index + count < value.size() && is_white(value[index + count])) ++count;
    skip_white();
    return count;
  }

  std::size_t take_escape(std::string_view value, std::size_t index) {
    const char kind = at_ + 1 < source_.size() ? source_[at_ + 1] : '\0';
    const bool is_fold = kind == '\n' || kind == '\r';
    at_ += kind == 'x' ? 4U : kind == 'u' ? 6U : kind == 'U' ? 10U : 2U;
    if (is_fold) {
      skip_white();
      return is_escape() || index >= value.size() ? 0 : step(value, index);
    }
    std::size_t bytes = 1;
    while (index + bytes < value.size() &&
           (static_cast<unsigned char>(value[index + bytes]) & 0xC0U) == 0x80U) {
      ++bytes;
    }
    return bytes;
  }

  std::string_view source_;
  std::size_t at_;
  char quote_ = '\0';
};

}  // namespace

Problem Node::problem_at(std::size_t offset, std::string what) const {
  if (!source || kind != Kind::kScalar) return problem(std::move(what));
  const std::string_view document = source->text();
  Walk walk(document, source->offset(line, column));
  const std::size_t at = walk.find(text, offset);
  std::size_t line_start = source->offset(line, 1);
  int found_line = line;
  for (std::size_t next = line_start; (next = document.find('\n', next)) < at;) {
    line_start = ++next;
    ++found_line;
  }
  return source->problem(found_line, static_cast<int>(at - line_start) + 1, std::move(what));
}

}  // namespace config
