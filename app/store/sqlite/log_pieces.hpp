// store/sqlite/log_pieces.hpp: what the log consists of when a store is opened.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "store/sqlite/kept_table.hpp"
#include "store/sqlite/log.hpp"
#include "store/sqlite/open_error.hpp"
#include "store/sqlite/segment.hpp"

namespace store::sqlite {

struct LogPieces {
  std::vector<SegmentNumber> segments;  // those that are there, in order
  std::vector<GoneSegment> gone;        // likewise; what is left of their files does not count

  [[nodiscard]] bool is_new() const noexcept { return segments.empty() && gone.empty(); }

  // Whether a damaged segment was ever set aside.
  [[nodiscard]] bool has_lost() const;

  // Where messages are appended: the last, or the first of a new log.
  [[nodiscard]] SegmentNumber last() const;

  // With what the last segment begins if it turns out to be new: above all that was ever
  // given, in the log or to a lane, which knows of ids up to `highest`.
  [[nodiscard]] base::Result<EntryId, OpenError> first_of_new(const Place& place,
                                                              EntryId highest) const;

  // All of them, in order. A segment that is missing is told on the log.
  void add_to(Log& log, EntryId first_of_last) const;
};

[[nodiscard]] base::Result<LogPieces, OpenError> find_pieces(const Place& place);

}  // namespace store::sqlite
