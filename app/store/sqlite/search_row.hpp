// store/sqlite/search_row.hpp: one message as a search looks at it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "store/archive.hpp"
#include "store/sqlite/identifiers.hpp"
#include "store/sqlite/log_reader.hpp"
#include "store/sqlite/statement.hpp"

namespace store::sqlite {

struct SearchRow {
  Found found;                     // but for its debts
  std::vector<std::byte> lanes;    // see lanes_blob.hpp; empty: refused
  std::vector<FieldValue> fields;  // on its way into the index; a search does not fill it in
};

// Of a message in the log; owns its texts.
[[nodiscard]] SearchRow to_row(const LogFacts& line);

// Whether it is one that was asked for, but for its connectors and their state.
[[nodiscard]] bool matches(const Search& search, const Found& found);

// Where a search stood when it stopped looking: an entry, or a refused message behind one.
struct SearchPlace {
  std::uint64_t seq = 0;
  std::uint64_t rejected = 0;  // 0: the entry itself

  friend auto operator<=>(const SearchPlace&, const SearchPlace&) = default;
};

// Visits rows, newest first, until it says false.
using SearchVisit = std::function<bool(SearchRow row)>;

// How a search is narrowed down: the index that it goes by, with the value that is looked
// up there; an empty condition: none, every row is looked at.
struct SearchPath {
  const char* index = "";      // "INDEXED BY by_type"
  const char* condition = "";  // "type = ?1"
  std::string_view value;      // a view into the search
  std::string_view field;      // whose HMAC is in the column where there is a key; empty: none is
};

// The narrowest for this search, of those that an index of messages offers; none where its
// fields lead: see field_table.hpp.
[[nodiscard]] SearchPath path_of(const Search& search);

// The part before the mark, and what is behind it; none where there is no mark.
struct TextPair {
  std::string_view first;
  std::optional<std::string_view> second;
};

[[nodiscard]] TextPair split_at(std::string_view text, char mark) noexcept;

}  // namespace store::sqlite
