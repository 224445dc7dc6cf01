// store/sqlite/owed_survey.hpp: what of a piece of the log is still owed to anybody, dead
// letters that wait for a person included.
//
// A lane knows what it holds in memory and what stands parked; of what it has not read yet
// the log itself is asked. What is not owed at the moment when it is looked at never will be
// again, so the answer may be used later: by then it may hold too much, never too little.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "store/sqlite/lane_keeper.hpp"
#include "store/sqlite/log.hpp"
#include "store/sqlite/log_reader.hpp"

namespace store::sqlite {

struct Owed {
  std::vector<EntryId> ids;  // in order
  EntryId looked_to;         // all up to here was looked at
};

// What is owed in (after, to], of a part that takes some milliseconds at most. Both ends in
// one segment, or in what is kept of those that are gone.
[[nodiscard]] base::Result<Owed, StoreError> owed_in(LaneKeeper& lanes, Log& log, EntryId after,
                                                     EntryId to);

// The same of a segment that cannot be read as a whole, with a reader of it (none: nothing of
// it can be read). How many entries could not be looked at is added to `unreadable_count`.
[[nodiscard]] base::Result<Owed, StoreError> owed_in_damaged(LaneKeeper& lanes, LogReader* reader,
                                                             EntryId after, EntryId to,
                                                             std::uint64_t& unreadable_count);

}  // namespace store::sqlite
