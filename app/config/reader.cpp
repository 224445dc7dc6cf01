#include <fmt/format.h>

#include <algorithm>

#include "config/near_miss.hpp"
#include "config/node.hpp"
#include "config/shape.hpp"

namespace config {

Reader::Reader(const Node& node, std::string where, Problems& problems)
    : node_(node), where_(std::move(where)), problems_(problems) {
  const bool fits = node.kind == Node::Kind::kMapping || node.kind == Node::Kind::kNull;
  if (fits) return;
  const std::string prefix = where_.empty() ? std::string() : where_ + ": ";
  problems_.push_back(
      node.problem(fmt::format("{}expected a mapping, found {}", prefix, describe(node))));
}

bool Reader::has(std::string_view key) { return take(key) != nullptr; }

std::string Reader::text(std::string_view key, std::string_view otherwise) {
  return value_or(key, Shape{.kind = Kind::kText}, std::string(otherwise));
}

std::string Reader::required_text(std::string_view key) {
  const Node* const node = take(key);
  if (node == nullptr) {
    const std::string prefix = where_.empty() ? std::string() : where_ + ": ";
    problems_.push_back(node_.problem(fmt::format("{}{} is required", prefix, key)));
    return {};
  }
  if (node->kind == Node::Kind::kScalar && !node->text.empty()) return node->text;
  problems_.push_back(
      node->problem(fmt::format("{}: expected a text, found {}", path(key), describe(*node))));
  return {};
}

bool Reader::flag(std::string_view key, bool otherwise) {
  return value_or(key, Shape{.kind = Kind::kFlag}, otherwise);
}

std::uint64_t Reader::number(std::string_view key, std::uint64_t otherwise, std::uint64_t least,
                             std::uint64_t most) {
  return value_or(key, Shape{.kind = Kind::kNumber, .least = least, .most = most}, otherwise);
}

double Reader::decimal(std::string_view key, double otherwise, double least, double most) {
  const Shape shape{.kind = Kind::kDecimal, .decimal_least = least, .decimal_most = most};
  return value_or(key, shape, otherwise);
}

std::uint64_t Reader::size(std::string_view key, std::uint64_t otherwise) {
  return value_or(key, Shape{.kind = Kind::kSize}, otherwise);
}

base::Duration Reader::duration(std::string_view key, base::Duration otherwise) {
  return value_or(key, Shape{.kind = Kind::kDuration}, otherwise);
}

std::size_t Reader::choice(std::string_view key, std::span<const std::string_view> choices,
                           std::size_t otherwise) {
  const Shape shape{.kind = Kind::kChoice, .choices = choices};
  return value_or(key, shape, Choice{otherwise}).index;
}

const Node* Reader::child(std::string_view key) { return take(key); }

void Reader::report(std::string_view key, std::string_view text) {
  const Node* const node = node_.find(key);
  const Node& place = node == nullptr ? node_ : *node;
  problems_.push_back(place.problem(fmt::format("{}: {}", path(key), text)));
}

std::optional<Value> Reader::value(std::string_view key, const Shape& shape) {
  const Node* const node = take(key);
  if (node == nullptr) return std::nullopt;
  if (node->kind != Node::Kind::kScalar) {
    report(key, mismatch(shape, describe(*node)));
    return std::nullopt;
  }
  auto value = parse_value(shape, node->text);
  if (value) return std::move(*value);
  report(key, value.error());
  return std::nullopt;
}

void Reader::expect(std::string_view key) { known_.emplace_back(key); }

std::string Reader::path(std::string_view key) const {
  return where_.empty() ? std::string(key) : fmt::format("{}.{}", where_, key);
}

void Reader::finish() {
  const std::vector<std::string_view> known(known_.begin(), known_.end());
  const std::string prefix = where_.empty() ? std::string() : where_ + ": ";
  for (const auto& [key, node] : node_.entries) {
    if (std::ranges::find(known, std::string_view(key)) != known.end()) continue;
    problems_.push_back(node.key_problem(
        fmt::format("{}unknown key {}{}", prefix, shown(key), suggestion(key, known))));
  }
}

const Node* Reader::take(std::string_view key) {
  expect(key);
  return node_.find(key);
}

template <class T>
T Reader::value_or(std::string_view key, const Shape& shape, T otherwise) {
  auto found = value(key, shape);
  return found ? std::get<T>(std::move(*found)) : std::move(otherwise);
}

}  // namespace config
