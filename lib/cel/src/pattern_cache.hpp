// pattern_cache.hpp: the patterns that evaluations compiled last.
//
// A constant pattern is compiled when planning; any other one when it is met, which takes from
// microseconds to tens of milliseconds. A few stay for whoever names them again, in this evaluation
// or a later one. Each evaluation counts the work of compiling what it is the first to name since
// it began, found here or not: so what an evaluation comes to never depends on those before it.
//
// At most `kPatternsMax` patterns, each of the size that regex.hpp says. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "cel/arena.hpp"
#include "regex.hpp"

namespace cel {

class PatternCache {
 public:
  static constexpr std::size_t kPatternsMax = 8;

  // What is named from here on belongs to a new evaluation.
  void begin_evaluation() noexcept { evaluation_began_ = uses_; }

  // Null for what is no pattern, or too large a one. Valid until the next call.
  [[nodiscard]] const MatchPattern* match_pattern(std::string_view text, std::size_t bytes_max,
                                                  Arena& arena);
  [[nodiscard]] const SearchPattern* search_pattern(std::string_view text, std::size_t bytes_max,
                                                    Arena& arena);

  // How often a pattern was compiled.
  [[nodiscard]] std::uint64_t compiled_count() const noexcept { return compiled_count_; }

 private:
  struct Entry {
    std::string text;
    bool is_search = false;
    std::shared_ptr<const MatchPattern> match;
    std::shared_ptr<const SearchPattern> search;
    std::uint64_t compile_steps = 0;
    std::uint64_t last_use = 0;  // 0: never
  };

  Entry& find_or_compile(std::string_view text, bool is_search, std::size_t bytes_max,
                         Arena& arena);
  void compile(Entry& entry, std::size_t bytes_max);

  std::array<Entry, kPatternsMax> entries_;
  std::uint64_t uses_ = 0;
  std::uint64_t evaluation_began_ = 0;
  std::uint64_t compiled_count_ = 0;
};

}  // namespace cel
