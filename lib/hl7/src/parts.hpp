// parts.hpp: the n-th part of a text that separators cut.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

#include "octet_scan.hpp"

namespace hl7 {

// The text behind the `count`-th separator, counted from 1; empty if there are
// fewer. Long stretches without any are left to memchr.
// REQUIRES: the separator is not 0, the count is at least 1.
inline std::string_view skip_separators(std::string_view text, char separator,
                                        std::size_t count) noexcept {
  constexpr std::size_t kMissesMax = 8;  // blocks
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t misses = 0; at != end;) {
    std::uint64_t hits = find_hits<Block>(text, at, separator);
    misses = hits == 0 ? misses + 1 : 0;
    for (; hits != 0; hits &= hits - 1) {
      if (--count > 0) continue;
      const char* const behind = at + Block::first_index(hits) + 1;
      return {behind, static_cast<std::size_t>(end - behind)};
    }
    if (static_cast<std::size_t>(end - at) <= Block::kBytes) break;
    at += Block::kBytes;
    if (misses < kMissesMax) continue;
    at = static_cast<const char*>(std::memchr(at, separator, static_cast<std::size_t>(end - at)));
    if (at == nullptr) break;
    misses = 0;
  }
  return {};
}

// Up to the first separator, or all of it. Most values are shorter than a block.
inline std::string_view first_part(std::string_view text, char separator) noexcept {
  if (text.size() >= Block::kBytes) {
    const std::uint64_t hits = Block::load(text.data()).find(separator);
    if (hits != 0) return text.substr(0, Block::first_index(hits));
    return text.substr(0, text.find(separator, Block::kBytes));
  }
  for (std::size_t index = 0; index < text.size(); ++index) {
    if (text[index] == separator) return text.substr(0, index);
  }
  return text;
}

// Part `index`, counted from 0; empty if there are fewer. A separator of 0 does
// not cut: the whole text is part 0.
inline std::string_view nth_part(std::string_view text, char separator,
                                 std::size_t index) noexcept {
  if (separator == 0) return index == 0 ? text : std::string_view{};
  if (index > 0) text = skip_separators(text, separator, index);
  return first_part(text, separator);
}

// The first part; `text` is then what stands behind its separator.
inline std::string_view take_part(std::string_view& text, char separator) noexcept {
  const std::string_view part = first_part(text, separator);
  text.remove_prefix(part.size() == text.size() ? part.size() : part.size() + 1);
  return part;
}

inline std::string_view trim_blanks(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace hl7
