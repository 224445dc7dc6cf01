#include "store/sqlite/lane_keeper.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/try.hpp"
#include "store/sqlite/lanes_blob.hpp"

namespace store::sqlite {
namespace {

constexpr std::size_t kScanRows = 4096;

}  // namespace

base::Result<std::unique_ptr<LaneKeeper>, OpenError> LaneKeeper::open(const Place& place,
                                                                      Presence presence,
                                                                      const LogEnds& ends,
                                                                      const base::Clock& clock,
                                                                      LaneLimits limits) {
  const std::string path = place.layout.lanes_file();
  LaneTable table = TRY(LaneTable::open(place, presence));
  std::vector<LaneRecord> records = TRY(at_open(path, table.load()));
  ParkedReader reader = TRY(ParkedReader::open(place));
  std::unique_ptr<LaneKeeper> keeper(
      new LaneKeeper(std::move(table), std::move(reader), ends, clock, limits));
  for (LaneRecord& record : records) keeper->take_over(std::move(record));
  return keeper;
}

LaneKeeper::LaneKeeper(LaneTable table, ParkedReader reader, const LogEnds& ends,
                       const base::Clock& clock, LaneLimits limits)
    : ends_(ends),
      clock_(clock),
      limits_(limits),
      table_(std::move(table)),
      reader_(std::move(reader)) {}

void LaneKeeper::take_over(LaneRecord record) {
  highest_ = std::max({highest_, record.progress.cursor, record.progress.counted_to});
  const base::Lock lock(lanes_mutex_);
  const ConnectorId id = record.connector;
  ids_.emplace(record.name, id);
  lanes_.emplace(id, std::make_unique<Lane>(std::move(record), ends_, clock_, limits_));
}

Status LaneKeeper::count_tail(Log& log, EntryId last) {
  const std::vector<Lane*> lanes = all_lanes();
  if (lanes.empty()) return base::Done{};
  EntryId at = last;
  for (const Lane* const lane : lanes) at = std::min(at, lane->counted_to());
  while (at < last) {
    const auto end = TRY(log.scan(at, last, kScanRows, [&](const LogLine& line) {
      for_each_lane(line.lanes, [&](const LaneKey& key) {
        Lane* const lane = find(key.connector);
        if (lane != nullptr && line.id > lane->counted_to()) lane->count_owed(line.size_bytes);
      });
    }));
    at = end.scanned_to;
  }
  for (Lane* const lane : lanes) lane->begin_run(last);
  return base::Done{};
}

void LaneKeeper::limit_backlog(ConnectorId connector, const BacklogLimit& limit) {
  lane(connector).set_limit(limit);
  if (!limit.is_none()) has_limits_ = true;
}

void LaneKeeper::begin_group() const {
  for (Lane* const lane : all_lanes()) lane->begin_group();
}

bool LaneKeeper::admit(Append& append) const {
  bool has_room = true;
  for (const Draft& draft : append.drafts) {
    for (const LaneKey& key : draft.lanes) {
      if (!lane(key.connector).has_room()) has_room = false;
    }
  }
  if (!has_room) return false;
  for (Draft& draft : append.drafts) {
    for (LaneKey& key : draft.lanes) reserve(key, draft.payload.size());
  }
  return true;
}

void LaneKeeper::reserve(LaneKey& key, std::size_t size_bytes) const {
  Lane& to = lane(key.connector);
  if (key.key_hash < kParkAtOnce && to.overflows()) {
    key.key_hash = kOverflow;
    key.joined_hash = kJoinsNone;
  } else if (key.key_hash != kOverflow) {
    to.reserve(size_bytes);
  }
}

void LaneKeeper::note_refused(const Append& append) const {
  for (const Draft& draft : append.drafts) {
    for (const LaneKey& key : draft.lanes) {
      Lane& full = lane(key.connector);
      if (full.is_waited_for()) return full.note_refused();
    }
  }
}

void LaneKeeper::begin_waits() const {
  for (Lane* const lane : all_lanes()) lane->begin_waits();
}

base::Result<ConnectorId, StoreError> LaneKeeper::connector_id(std::string_view name) {
  const base::Lock lock(table_mutex_);  // two who bring one new name must not both add it
  {
    const base::Lock lanes_lock(lanes_mutex_);
    if (const auto known = ids_.find(name); known != ids_.end()) return known->second;
  }
  const EntryId last{ends_.committed.load()};
  LaneRecord record;
  record.name = name;
  record.connector = TRY(table_.add(name, last, clock_.wall_now()));
  record.progress.cursor = last;
  record.progress.counted_to = last;
  const ConnectorId id = record.connector;
  take_over(std::move(record));
  return id;
}

std::vector<Registered> LaneKeeper::connectors() const {
  const base::Lock lock(lanes_mutex_);
  std::vector<Registered> all;
  for (const auto& [name, id] : ids_) all.push_back({id, name});
  std::ranges::sort(all, {}, &Registered::id);
  return all;
}

Lane& LaneKeeper::lane(ConnectorId connector) const {
  Lane* const found = find(connector);
  CHECK(found != nullptr);
  return *found;
}

Lane* LaneKeeper::find(ConnectorId connector) const {
  const base::Lock lock(lanes_mutex_);
  const auto found = lanes_.find(connector);
  return found == lanes_.end() ? nullptr : found->second.get();
}

Status LaneKeeper::flush(Lane::Extent extent) {
  const base::Lock lock(table_mutex_);
  static_cast<void>(TRY(write_collected()));  // what failed the last time goes first
  for (Lane* const lane : all_lanes()) {
    if (auto changes = lane->collect(extent)) collected_.push_back(std::move(*changes));
  }
  return write_collected();
}

Status LaneKeeper::write_collected() {
  if (collected_.empty()) return base::Done{};
  const Status written = table_.write(collected_);
  if (!written) {
    for (Lane* const lane : all_lanes()) lane->set_stuck(written.error());
    return written;
  }
  collected_.clear();
  for (Lane* const lane : all_lanes()) lane->written();
  return base::Done{};
}

Status LaneKeeper::checkpoint_beyond(int page_count) {
  const base::Lock lock(table_mutex_);
  return table_.checkpoint_beyond(page_count);
}

base::Result<std::vector<ParkedRow>, StoreError> LaneKeeper::parked_rows(ConnectorId connector,
                                                                         EntryId after,
                                                                         std::size_t count_max) {
  const base::Lock lock(reader_mutex_);
  return reader_.list(connector, after, count_max);
}

base::Result<std::vector<Attempt>, StoreError> LaneKeeper::attempts(ConnectorId connector,
                                                                    EntryId id) {
  const base::Lock lock(reader_mutex_);
  return reader_.attempts(connector, id);
}

base::Result<std::vector<DiscardedEntry>, StoreError> LaneKeeper::discarded(ConnectorId connector,
                                                                            EntryId after,
                                                                            std::size_t count_max) {
  const base::Lock lock(reader_mutex_);
  return reader_.discarded(connector, after, count_max);
}

base::Result<std::optional<ParkedRow>, StoreError> LaneKeeper::parked_row(ConnectorId connector,
                                                                          EntryId id) {
  std::vector<ParkedRow> rows = TRY(parked_rows(connector, {id.value - 1}, 1));
  if (rows.empty() || rows.front().entry.id != id) return std::optional<ParkedRow>();
  return std::optional<ParkedRow>(std::move(rows.front()));
}

base::Result<DebtState, StoreError> LaneKeeper::debt(ConnectorId connector, EntryId id) {
  if (const auto known = lane(connector).debt(id)) return *known;
  if (TRY(parked_row(connector, id))) return DebtState::kParked;
  const auto ended = TRY(discarded(connector, {id.value - 1}, 1));
  const bool is_it = !ended.empty() && ended.front().id == id;
  return is_it ? DebtState::kDiscarded : DebtState::kDelivered;
}

base::Result<std::vector<EntryId>, StoreError> LaneKeeper::parked_ids(ConnectorId connector,
                                                                      EntryId after, EntryId to,
                                                                      std::size_t count_max) {
  const base::Lock lock(reader_mutex_);
  return reader_.ids(connector, after, to, count_max);
}

base::Result<LaneKeeper::OwedParts, StoreError> LaneKeeper::owed_in(EntryId after, EntryId& to) {
  OwedParts parts;
  for (Lane* const lane : all_lanes()) {
    parts.emplace(lane->connector(), TRY(lane->owed_in(after, to, *this)));
  }
  return parts;
}

void LaneKeeper::recount() const {
  for (Lane* const lane : all_lanes()) lane->recount();
}

Status LaneKeeper::forget_discarded(EntryId end, base::WallTime before) {
  for (const Lane* const lane : all_lanes()) {
    for (bool is_more = true; is_more;) {
      const base::Lock lock(table_mutex_);
      is_more = TRY(table_.forget_discarded(lane->connector(), end, before));
    }
  }
  return base::Done{};
}

std::vector<Lane*> LaneKeeper::all_lanes() const {
  const base::Lock lock(lanes_mutex_);
  std::vector<Lane*> all;
  all.reserve(lanes_.size());
  for (const auto& [id, lane] : lanes_) all.push_back(lane.get());
  return all;
}

base::Result<bool, StoreError> LaneKeeper::seal_anew() {
  const base::Lock lock(table_mutex_);
  return table_.seal_anew();
}

}  // namespace store::sqlite
