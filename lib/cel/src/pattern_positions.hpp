// pattern_positions.hpp: a simple pattern read into positions.
//
// A position is a place of the pattern that takes one octet. Sets of positions are bits
// of a word, so there are at most 64. Which may come first, last and after one another
// is all there is to know of a pattern without anchors (Glushkov's construction).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cel {

using PositionSet = std::uint64_t;

class PatternPositions {
 public:
  // False for what quick_pattern.hpp does not promise; the rest then means nothing.
  [[nodiscard]] bool read(std::string_view pattern) noexcept;

  // Where a match may begin: at the front of the text, or anywhere.
  PositionSet first_at_front = 0;
  PositionSet first_anywhere = 0;
  // Where it may end: anywhere, or at the end of the text.
  PositionSet last_anywhere = 0;
  PositionSet last_at_end = 0;
  bool matches_all = false;    // the empty match is allowed in any text
  bool matches_empty = false;  // the empty match is allowed in the empty text

  std::array<PositionSet, 64> follow{};         // by position
  std::array<PositionSet, 256> positions_of{};  // by octet

 private:
  struct Fragment {
    PositionSet first = 0;
    PositionSet last = 0;
    bool is_nullable = true;
  };

  struct Repeat {
    int least = 1;
    int most = 1;  // -1: no end
  };

  // The octets below 128 of a class, and whether all code points from 128 on belong to it.
  struct OctetClass {
    std::array<std::uint64_t, 2> ascii{};
    bool has_others = false;

    void add(unsigned octet) noexcept { ascii[octet / 64] |= std::uint64_t{1} << octet % 64; }

    void add_range(unsigned least, unsigned most) noexcept;
    void add(const OctetClass& other) noexcept;
    void complement() noexcept;

    [[nodiscard]] bool has(unsigned octet) const noexcept {
      return (ascii[octet / 64] >> octet % 64 & 1U) != 0;
    }
  };

  [[nodiscard]] bool at_end() const noexcept { return offset_ >= pattern_.size(); }

  [[nodiscard]] bool at(char octet) const noexcept {
    return !at_end() && pattern_[offset_] == octet;
  }

  // Whether only the bracket that closes a class is left behind the octet at hand.
  [[nodiscard]] bool is_last_of_class() const noexcept {
    return offset_ + 1 < pattern_.size() && pattern_[offset_ + 1] == ']';
  }

  bool accept(char octet) noexcept;
  Fragment refuse() noexcept;

  void read_top_alternative() noexcept;
  Fragment read_alternatives(int depth) noexcept;
  Fragment read_sequence(int depth) noexcept;
  Fragment read_repeated(int depth) noexcept;
  Fragment read_atom(int depth) noexcept;
  Fragment read_group(int depth) noexcept;
  Fragment read_literal() noexcept;
  Fragment read_class() noexcept;
  bool read_class_item(OctetClass& items) noexcept;
  bool read_escape(OctetClass& items) noexcept;
  bool read_repeat(Repeat& repeat) noexcept;
  bool read_counts(Repeat& repeat) noexcept;
  bool read_number(int& number) noexcept;

  Fragment add_class(const OctetClass& octets) noexcept;
  Fragment add_octets(unsigned least, unsigned most) noexcept;
  Fragment add_tail(Fragment lead, int count) noexcept;
  Fragment concat(const Fragment& left, const Fragment& right) noexcept;
  static Fragment either(const Fragment& left, const Fragment& right) noexcept;
  Fragment loop(const Fragment& body) noexcept;

  std::string_view pattern_;
  std::size_t offset_ = 0;
  std::size_t count_ = 0;  // of positions
  int steps_left_ = 0;
  bool refused_ = false;
};

}  // namespace cel
