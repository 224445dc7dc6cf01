#include "config/node.hpp"

#include <algorithm>

namespace config {

Source::Source(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)) {
  line_offsets_.push_back(0);
  for (std::size_t at = 0; (at = text_.find('\n', at)) != std::string::npos;) {
    line_offsets_.push_back(++at);
  }
}

std::size_t Source::offset(int line, int column) const noexcept {
  if (line < 1 || static_cast<std::size_t>(line) > line_offsets_.size()) return text_.size();
  const std::size_t start = line_offsets_[static_cast<std::size_t>(line) - 1];
  return std::min(text_.size(), start + static_cast<std::size_t>(std::max(column, 1)) - 1);
}

std::string_view Source::line(int number) const noexcept {
  if (number < 1 || static_cast<std::size_t>(number) > line_offsets_.size()) return {};
  std::string_view line(text_);
  line.remove_prefix(line_offsets_[static_cast<std::size_t>(number) - 1]);
  line = line.substr(0, line.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Problem Source::problem(int line, int column, std::string what) const {
  return Problem{name_, line, column, std::move(what), std::string(this->line(line))};
}

const Node* Node::find(std::string_view key) const noexcept {
  for (const auto& [name, node] : entries) {
    if (name == key) return &node;
  }
  return nullptr;
}

Problem Node::problem(std::string what) const {
  if (!source) return Problem{"", line, column, std::move(what), ""};
  return source->problem(line, column, std::move(what));
}

Problem Node::key_problem(std::string what) const {
  if (!source || key_line == 0) return problem(std::move(what));
  return source->problem(key_line, key_column, std::move(what));
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull: return "nothing";
    case Node::Kind::kScalar: return shown(node.text);
    case Node::Kind::kSequence: return "a list";
    case Node::Kind::kMapping: return "a mapping";
  }
  return {};
}

}  // namespace config
