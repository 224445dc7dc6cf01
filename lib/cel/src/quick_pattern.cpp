#include "quick_pattern.hpp"

#include "pattern_positions.hpp"

namespace cel {

// Turns positions into states: a state is the set of positions that may have taken the
// last octet, and the front of the text is a state of its own.
class QuickPatternBuilder {
 public:
  explicit QuickPatternBuilder(const PatternPositions& positions) noexcept
      : positions_(positions) {}

  [[nodiscard]] std::optional<QuickPattern> build() {
    if (!number_classes()) return std::nullopt;
    add_state(0);  // kDead and kMatched: nobody looks at what they hold
    add_state(0);
    add_state(0);
    result_.matches_at_end_[QuickPattern::kStart] =
        positions_.matches_all || positions_.matches_empty;
    for (std::size_t state = QuickPattern::kStart; state < states_count_; ++state) {
      if (!fill(state)) return std::nullopt;
    }
    return std::move(result_);
  }

 private:
  // Octets that the same positions take are one class.
  bool number_classes() noexcept {
    for (std::size_t octet = 0; octet < 256; ++octet) {
      const PositionSet taken_by = positions_.positions_of[octet];
      std::size_t found = 0;
      while (found < classes_count_ && classes_[found] != taken_by) ++found;
      if (found == classes_count_) {
        if (classes_count_ == classes_.size()) return false;
        classes_[classes_count_++] = taken_by;
      }
      result_.class_of_[octet] = static_cast<std::uint8_t>(found);
    }
    result_.classes_count_ = classes_count_;
    return true;
  }

  void add_state(PositionSet set) {
    sets_[states_count_] = set;
    result_.matches_at_end_[states_count_] =
        positions_.matches_all || (set & positions_.last_at_end) != 0;
    ++states_count_;
    result_.next_.resize(states_count_ * classes_count_);
  }

  [[nodiscard]] PositionSet expected_after(std::size_t state) const noexcept {
    if (state == QuickPattern::kStart) return positions_.first_at_front;
    PositionSet expected = positions_.first_anywhere;
    for (PositionSet rest = sets_[state]; rest != 0; rest &= rest - 1) {
      expected |= positions_.follow[static_cast<std::size_t>(__builtin_ctzll(rest))];
    }
    return expected;
  }

  bool fill(std::size_t state) {
    const PositionSet expected = expected_after(state);
    for (std::size_t index = 0; index < classes_count_; ++index) {
      const auto next = state_of(expected & classes_[index]);
      if (!next) return false;
      result_.next_[state * classes_count_ + index] = static_cast<std::uint8_t>(*next);
    }
    return true;
  }

  std::optional<std::size_t> state_of(PositionSet set) {
    if (positions_.matches_all || (set & positions_.last_anywhere) != 0) {
      return QuickPattern::kMatched;
    }
    if (set == 0 && positions_.first_anywhere == 0) return QuickPattern::kDead;
    for (std::size_t state = QuickPattern::kStart + 1; state < states_count_; ++state) {
      if (sets_[state] == set) return state;
    }
    if (states_count_ == QuickPattern::kStatesMax) return std::nullopt;
    add_state(set);
    return states_count_ - 1;
  }

  const PatternPositions& positions_;
  QuickPattern result_;
  std::array<PositionSet, 64> classes_{};
  std::size_t classes_count_ = 0;
  std::array<PositionSet, QuickPattern::kStatesMax> sets_{};
  std::size_t states_count_ = 0;
};

std::optional<QuickPattern> QuickPattern::compile(std::string_view pattern) {
  PatternPositions positions;
  if (!positions.read(pattern)) return std::nullopt;
  return QuickPatternBuilder(positions).build();
}

}  // namespace cel
