// regex.hpp: patterns of RE2, bounded in size and linear in time.
//
// How long compiling, matching and searching take depends on the program that RE2 makes of a
// pattern, which may be large for a short one: `(\pL{50}){2}` has 119,000 instructions. So each is
// told in steps of work (arena.hpp), from measurements of the worst kinds of patterns.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "cel/arena.hpp"
#include "quick_pattern.hpp"

namespace cel {

// For `matches`: a table where the pattern allows it, else RE2. Safe to share between
// threads. Null for what is no pattern, or too large a one. `steps` is what compiling it took.
class MatchPattern {
 public:
  [[nodiscard]] static std::shared_ptr<const MatchPattern> compile(std::string_view pattern,
                                                                   std::size_t bytes_max,
                                                                   std::uint64_t* steps = nullptr);
  virtual ~MatchPattern() = default;

  [[nodiscard]] std::uint64_t steps_to_match(std::string_view text) const noexcept {
    return text.size() * steps_per_octet_;
  }

  [[nodiscard]] bool matches(std::string_view text) const {
    return quick_ ? quick_->matches(text) : matches_slowly(text);
  }

 protected:
  MatchPattern(std::optional<QuickPattern> quick, std::uint64_t steps_per_octet) noexcept
      : quick_(std::move(quick)), steps_per_octet_(steps_per_octet) {}

  [[nodiscard]] virtual bool matches_slowly(std::string_view text) const = 0;

 private:
  std::optional<QuickPattern> quick_;
  std::uint64_t steps_per_octet_;
};

// For what finds, cuts and replaces. Safe to share between threads.
class SearchPattern {
 public:
  // The whole match and the groups that a replacement may name.
  static constexpr std::size_t kSpansMax = 10;

  struct Match {
    // Offsets are those of the data pointers. A group that took no part has a null one.
    std::array<std::string_view, kSpansMax> spans;
  };

  [[nodiscard]] static std::shared_ptr<const SearchPattern> compile(std::string_view pattern,
                                                                    std::size_t bytes_max,
                                                                    std::uint64_t* steps = nullptr);
  virtual ~SearchPattern() = default;

  [[nodiscard]] virtual std::size_t groups_count() const = 0;

  // Whether a search may read far beyond the match it finds: `<[^>]*>|<`. Says true rather
  // too often, never too seldom.
  [[nodiscard]] virtual bool may_look_far() const = 0;

  // Of a search that reads `read_bytes` and finds a match of `match_bytes`.
  [[nodiscard]] virtual std::uint64_t steps_to_find(std::size_t read_bytes,
                                                    std::size_t match_bytes) const noexcept = 0;

  // The first match that begins at `from` or later; what is before it is context.
  // REQUIRES: from <= text.size().
  [[nodiscard]] virtual bool find(std::string_view text, std::size_t from, Match& match) const = 0;
};

// The matches in a text, front to back, without overlap. An empty match right behind
// another match is none.
//
// Each search is linear, but many that each look far are quadratic together: so all of them are
// counted as work.
class MatchWalk {
 public:
  MatchWalk(const SearchPattern& pattern, std::string_view text, Arena& arena) noexcept
      : pattern_(pattern), text_(text), arena_(arena) {}

  // False at the end, and when the arena's work is spent.
  [[nodiscard]] bool next(SearchPattern::Match& match);

 private:
  void step_over_one() noexcept;

  const SearchPattern& pattern_;
  std::string_view text_;
  Arena& arena_;
  std::size_t from_ = 0;
  std::optional<std::size_t> last_end_;
  bool finished_ = false;
};

}  // namespace cel
