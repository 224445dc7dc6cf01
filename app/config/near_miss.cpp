#include "config/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"

namespace config {
namespace {

// Names shorter than the first are near to nothing but themselves.
constexpr std::size_t kShortName = 3;
constexpr std::size_t kLongName = 8;

std::size_t edits_allowed(std::string_view name) noexcept {
  if (name.size() >= kLongName) return 2;
  return name.size() >= kShortName ? 1 : 0;
}

char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_but_for_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, to_lower, to_lower);
}

}  // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
  CHECK(left.size() <= kNearNameBytesMax && right.size() <= kNearNameBytesMax);
  // Three rows of the usual table: distance of the first `i` octets of `left` to
  // the first `j` of `right`.
  using TableRow = std::array<std::size_t, kNearNameBytesMax + 1>;
  TableRow before_last{};
  TableRow last{};
  for (std::size_t j = 0; j <= right.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    TableRow row{};
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t changed = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
      row[j] = std::min({changed, last[j] + 1, row[j - 1] + 1});
      const bool swapped =
          i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = last;
    last = row;
  }
  return last[right.size()];
}

std::optional<std::string_view> near_miss(std::string_view word,
                                          std::span<const std::string_view> known) {
  if (word.size() > kNearNameBytesMax) return std::nullopt;
  std::optional<std::string_view> nearest;
  std::size_t nearest_distance = 3;
  for (const std::string_view name : known) {
    if (name == word) return std::nullopt;
    const std::size_t longer = std::max(word.size(), name.size());
    const std::size_t shorter = std::min(word.size(), name.size());
    if (longer - shorter > edits_allowed(name)) continue;  // it would take more edits than that
    const std::size_t distance = equal_but_for_case(word, name) ? 0 : edit_distance(word, name);
    if (distance > edits_allowed(name) || distance >= nearest_distance) continue;
    nearest = name;
    nearest_distance = distance;
  }
  return nearest;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
  const auto meant = near_miss(word, known);
  return meant ? fmt::format("; did you mean {}?", *meant) : std::string();
}

}  // namespace config
