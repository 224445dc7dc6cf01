// store/sqlite/kept_table.hpp: log/kept.db, written: what is still owed of segments that are
// gone, and which segments those are.
//
// Its messages stand as they stood in their segment, under the same ids; so whoever reads the
// log finds them in their old place. A segment is gone from the moment at which it is named
// here: until then its own file counts, whatever has been copied; from then on what is here,
// whatever is left of its files.
//
//   copy()* ► name_gone() ► the files are removed ► ... drop() once nothing of it is owed
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/sqlite/open_error.hpp"
#include "store/sqlite/segment.hpp"
#include "store/sqlite/statement.hpp"
#include "store/sqlite/wal_gauge.hpp"

namespace store::sqlite {

// The values are kept: add at the end, never renumber.
enum class GoneFor : std::uint8_t { kAge = 1, kSize = 2, kDamage = 3 };

// "age", "size", "damage".
[[nodiscard]] std::string_view to_string(GoneFor why) noexcept;

// A segment that is gone. It held ids from `first` to before `next_first`.
struct GoneSegment {
  SegmentNumber number;
  EntryId first;
  EntryId next_first;
  GoneFor why = GoneFor::kAge;
  base::WallTime at;

  friend bool operator==(const GoneSegment&, const GoneSegment&) = default;
};

// Those that are gone, in order of number; none where none ever went.
[[nodiscard]] base::Result<std::vector<GoneSegment>, OpenError> read_gone(const Place& place);

// Not thread-safe. What succeeded is durable.
class KeptTable {
 public:
  // Makes it where it is not there.
  [[nodiscard]] static base::Result<KeptTable, OpenError> open(const Place& place);

  // Copies messages of a segment, with their payloads, at most about a MiB; how many of `ids`
  // it came to. `ids` in order; what cannot be read in a damaged segment is passed over.
  // An error leaves nothing behind but what is copied again.
  enum class Source : std::uint8_t { kWhole, kDamaged };
  [[nodiscard]] base::Result<std::size_t, StoreError> copy(SegmentNumber from, Source source,
                                                           std::span<const EntryId> ids);

  [[nodiscard]] Status name_gone(const GoneSegment& segment);

  // Messages behind `after`, in order, at most `count_max`.
  [[nodiscard]] base::Result<std::vector<EntryId>, StoreError> ids_after(EntryId after,
                                                                         std::size_t count_max);

  // Removes messages with their payloads, and gives their room back.
  [[nodiscard]] Status drop(std::span<const EntryId> ids);

 private:
  struct Statements {
    Statement name_gone;
    Statement ids;
    Statement large;
    Statement drop;
  };

  KeptTable(Place place, Connection connection, Statements statements);

  class Copier;

  [[nodiscard]] Status link_payload(SegmentNumber from, EntryId id, base::ByteView message_id);
  template <class Change>
  [[nodiscard]] Status in_transaction(Change change);

  Place place_;
  Connection connection_;
  WalGauge wal_;
  Statements statements_;
};

}  // namespace store::sqlite
