// store/sqlite/lane_rows.hpp: what lanes.db keeps of a lane, as plain values.
//
//   cursor     every entry up to it is settled, or has a row in waiting or parked
//   waiting    entries that are owed and have a row: retries, and those that the
//              cursor has passed
//   ahead      entries above the cursor that are settled all the same
//   parked     dead letters
//   attempt    tries that failed, of entries in waiting and parked
//   discarded  dead letters that a person ended, and why
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "store/entry.hpp"
#include "store/lane_window.hpp"
#include "store/outbox.hpp"

namespace store::sqlite {

// How far a lane has come. `owed_count` and `owed_bytes` are what it was owed of the
// entries up to `counted_to`.
struct LaneProgress {
  EntryId cursor;
  EntryId counted_to;
  std::int64_t owed_count = 0;
  std::int64_t parked_count = 0;
  std::int64_t owed_bytes = 0;

  friend bool operator==(const LaneProgress&, const LaneProgress&) = default;
};

struct WaitingRow {
  OwedEntry entry;        // its `due` is not kept: see below
  base::WallTime due_at;  // the wait's end by the wall clock, and its length: after a
  base::Duration wait{};  // restart the shorter of what both say is left of it
  std::string reason;
};

struct ParkedRow {
  OwedEntry entry;
  base::WallTime parked_at;
  std::string reason;
  std::string words;
};

// A lane as it was left.
struct LaneRecord {
  ConnectorId connector;
  std::string name;
  LaneProgress progress;
  std::vector<WaitingRow> waiting;  // in order
  std::set<EntryId> settled_above;  // above the cursor: settled or parked
};

// Changes of rows. Each may be made twice, and a later one undoes an earlier one.
struct PutWaiting {
  WaitingRow row;
};

struct DropWaiting {
  EntryId id;
};

struct PutParked {
  ParkedRow row;
};

struct DropParked {
  EntryId id;
};

// Makes room by itself: what stands kAttemptsLast before it goes, but for the first.
struct PutAttempt {
  EntryId id;
  Attempt attempt;
};

struct DropAttempts {
  EntryId id;
};

struct PutDiscarded {
  DiscardedEntry entry;
};

struct PutAhead {
  EntryId id;
};

struct DropAheadTo {
  EntryId last;
};

using RowChange = std::variant<PutWaiting, DropWaiting, PutParked, DropParked, PutAhead,
                               DropAheadTo, PutAttempt, DropAttempts, PutDiscarded>;

// What is to be written of one lane, in order, together with its progress.
struct LaneChanges {
  ConnectorId connector;
  LaneProgress progress;
  std::vector<RowChange> rows;
};

}  // namespace store::sqlite
