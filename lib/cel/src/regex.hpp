// regex.hpp: patterns of RE2, bounded in size and linear in time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "quick_pattern.hpp"

namespace cel {

// For `matches`: a table where the pattern allows it, else RE2. Safe to share between
// threads. Null for what is no pattern, or too large a one.
class MatchPattern {
 public:
  [[nodiscard]] static std::shared_ptr<const MatchPattern> compile(std::string_view pattern,
                                                                   std::size_t bytes_max);
  virtual ~MatchPattern() = default;

  [[nodiscard]] bool matches(std::string_view text) const {
    return quick_ ? quick_->matches(text) : matches_slowly(text);
  }

 protected:
  explicit MatchPattern(std::optional<QuickPattern> quick) noexcept : quick_(std::move(quick)) {}

  [[nodiscard]] virtual bool matches_slowly(std::string_view text) const = 0;

 private:
  std::optional<QuickPattern> quick_;
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
                                                                    std::size_t bytes_max);
  virtual ~SearchPattern() = default;

  [[nodiscard]] virtual std::size_t groups_count() const = 0;

  // Whether a search may read far beyond the match it finds: `<[^>]*>|<`. Says true rather
  // too often, never too seldom.
  [[nodiscard]] virtual bool may_look_far() const = 0;

  // The first match that begins at `from` or later; what is before it is context.
  // REQUIRES: from <= text.size().
  [[nodiscard]] virtual bool find(std::string_view text, std::size_t from, Match& match) const = 0;
};

// The matches in a text, front to back, without overlap. An empty match right behind
// another match is none.
//
// Each search is linear, but many that each look far would be quadratic together: a walk
// with such a pattern gives up where its searches may have read `kReadMax` octets.
class MatchWalk {
 public:
  static constexpr std::uint64_t kReadMax = std::uint64_t{1} << 30U;

  MatchWalk(const SearchPattern& pattern, std::string_view text) noexcept
      : pattern_(pattern), text_(text) {}

  // False at the end, and where it gives up.
  [[nodiscard]] bool next(SearchPattern::Match& match);

  [[nodiscard]] bool has_given_up() const noexcept { return has_given_up_; }

 private:
  void step_over_one() noexcept;

  const SearchPattern& pattern_;
  std::string_view text_;
  std::size_t from_ = 0;
  std::optional<std::size_t> last_end_;
  std::uint64_t read_bytes_ = 0;  // at most; counted where the pattern may look far
  bool finished_ = false;
  bool has_given_up_ = false;
};

}  // namespace cel
