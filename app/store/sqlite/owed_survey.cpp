#include "store/sqlite/owed_survey.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "base/try.hpp"
#include "store/sqlite/lanes_blob.hpp"

namespace store::sqlite {
namespace {

constexpr std::uint64_t kIdsMax = 4096;  // looked at in one go

using Parts = LaneKeeper::OwedParts;

bool is_owed(const Parts& parts, const LogLine& line) {
  bool owed = false;
  for_each_lane(line.lanes, [&](const LaneKey& key) {
    const auto part = parts.find(key.connector);
    if (part == parts.end() || line.id <= part->second.read_to) return;
    owed = owed || !part->second.settled.contains(line.id);
  });
  return owed;
}

// From where on a lane has not read the log; none: all have read it up to `to`.
std::optional<EntryId> unread_after(const Parts& parts, EntryId after, EntryId to) {
  EntryId read_to = to;
  for (const auto& [connector, part] : parts) read_to = std::min(read_to, part.read_to);
  if (read_to >= to) return std::nullopt;
  return std::max(read_to, after);
}

std::vector<EntryId> known_ids(const Parts& parts, EntryId to) {
  std::vector<EntryId> ids;
  for (const auto& [connector, part] : parts) {
    std::ranges::copy_if(part.ids, std::back_inserter(ids), [to](EntryId id) { return id <= to; });
  }
  return ids;
}

Owed in_order(std::vector<EntryId> ids, EntryId looked_to) {
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return {std::move(ids), looked_to};
}

EntryId first_part_of(EntryId after, EntryId to) {
  return std::min(to, EntryId{after.value + kIdsMax});
}

// A range that fails is halved until what fails is one entry.
void scan_damaged(LogReader& reader, EntryId after, EntryId to, const LogVisit& visit,
                  std::uint64_t& unreadable_count) {
  if (after >= to) return;
  const auto scanned = reader.scan(after, to, kIdsMax, visit);
  if (scanned) return;
  if (to.value - after.value == 1) {
    ++unreadable_count;
    return;
  }
  const EntryId middle{after.value + (to.value - after.value) / 2};
  scan_damaged(reader, after, middle, visit, unreadable_count);
  scan_damaged(reader, middle, to, visit, unreadable_count);
}

}  // namespace

base::Result<Owed, StoreError> owed_in(LaneKeeper& lanes, Log& log, EntryId after, EntryId to) {
  to = first_part_of(after, to);
  const Parts parts = TRY(lanes.owed_in(after, to));
  std::vector<EntryId> ids = known_ids(parts, to);
  for (auto at = unread_after(parts, after, to); at && *at < to;) {
    at = TRY(log.scan(*at, to, kIdsMax, [&](const LogLine& line) {
           if (is_owed(parts, line)) ids.push_back(line.id);
         })).scanned_to;
  }
  return in_order(std::move(ids), to);
}

base::Result<Owed, StoreError> owed_in_damaged(LaneKeeper& lanes, LogReader* reader, EntryId after,
                                               EntryId to, std::uint64_t& unreadable_count) {
  to = first_part_of(after, to);
  const Parts parts = TRY(lanes.owed_in(after, to));
  std::vector<EntryId> ids = known_ids(parts, to);
  const auto at = unread_after(parts, after, to);
  const LogVisit visit = [&](const LogLine& line) {
    if (is_owed(parts, line)) ids.push_back(line.id);
  };
  if (at && reader != nullptr) scan_damaged(*reader, *at, to, visit, unreadable_count);
  if (at && reader == nullptr) unreadable_count += to.value - at->value;
  return in_order(std::move(ids), to);
}

}  // namespace store::sqlite
