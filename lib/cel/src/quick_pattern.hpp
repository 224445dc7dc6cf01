// quick_pattern.hpp: simple patterns as a table, an order of magnitude faster than RE2.
//
// Most patterns of rules are classes with repeats between anchors: `^-?[0-9.]+$`. Such
// a pattern becomes an automaton of a few states over classes of octets; a match reads
// each octet once, allocates nothing and takes some nanoseconds.
//
// What is understood: literals, `.`, classes without code points above U+007F, `\d \w
// \s \D \W \S` and escaped punctuation, groups, `|`, `* + ? {n} {n,} {n,m}`, and `^`,
// `$` at the ends of an alternative. For all else, and for whatever is wrong with the
// pattern, compile() says none and RE2 decides. Where both answer they agree.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace cel {

class QuickPattern {
 public:
  [[nodiscard]] static std::optional<QuickPattern> compile(std::string_view pattern);

  // Whether the pattern is found anywhere in the text. REQUIRES: text is UTF-8.
  [[nodiscard]] bool matches(std::string_view text) const noexcept {
    std::size_t state = kStart;
    for (const char octet : text) {
      state = next_[state * classes_count_ + class_of_[static_cast<unsigned char>(octet)]];
      if (state <= kMatched) return state == kMatched;
    }
    return matches_at_end_[state];
  }

 private:
  friend class QuickPatternBuilder;

  // States that decide at once come first.
  static constexpr std::size_t kDead = 0;
  static constexpr std::size_t kMatched = 1;
  static constexpr std::size_t kStart = 2;
  static constexpr std::size_t kStatesMax = 64;

  std::array<std::uint8_t, 256> class_of_{};
  std::array<bool, kStatesMax> matches_at_end_{};
  std::size_t classes_count_ = 0;
  std::vector<std::uint8_t> next_;
};

}  // namespace cel
