#include "pattern_cache.hpp"

#include <algorithm>

namespace cel {

const MatchPattern* PatternCache::match_pattern(std::string_view text, std::size_t bytes_max,
                                                Arena& arena) {
  if (text.size() > bytes_max) return nullptr;
  return find_or_compile(text, false, bytes_max, arena).match.get();
}

const SearchPattern* PatternCache::search_pattern(std::string_view text, std::size_t bytes_max,
                                                  Arena& arena) {
  if (text.size() > bytes_max) return nullptr;
  return find_or_compile(text, true, bytes_max, arena).search.get();
}

// The patterns of this evaluation were used later than all others, so which of them are still here
// does not depend on the others either.
PatternCache::Entry& PatternCache::find_or_compile(std::string_view text, bool is_search,
                                                   std::size_t bytes_max, Arena& arena) {
  auto* entry = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& each) {
    return each.last_use != 0 && each.is_search == is_search && each.text == text;
  });
  if (entry == entries_.end()) {
    entry = std::min_element(
        entries_.begin(), entries_.end(),
        [](const Entry& left, const Entry& right) { return left.last_use < right.last_use; });
    *entry = Entry{std::string(text), is_search, nullptr, nullptr, 0, 0};
    compile(*entry, bytes_max);
  }
  if (entry->last_use <= evaluation_began_) arena.spend(entry->compile_steps);
  entry->last_use = ++uses_;
  return *entry;
}

void PatternCache::compile(Entry& entry, std::size_t bytes_max) {
  ++compiled_count_;
  if (entry.is_search) {
    entry.search = SearchPattern::compile(entry.text, bytes_max, &entry.compile_steps);
  } else {
    entry.match = MatchPattern::compile(entry.text, bytes_max, &entry.compile_steps);
  }
}

}  // namespace cel
