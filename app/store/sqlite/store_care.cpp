#include "store/sqlite/store_care.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "base/try.hpp"

namespace store::sqlite {
namespace {

constexpr base::Duration kLookAtRoomEvery = std::chrono::seconds(1);

StoreError error_of(const OpenError& error) {
  if (error.fault != OpenFault::kDisk) return {StoreFault::kDamaged, 0};
  return error.error;
}

// Between the first and the last that there ever was.
std::vector<std::uint32_t> missing_of(const std::vector<SegmentSizes>& there,
                                      const std::vector<GoneSegment>& gone) {
  std::set<std::uint32_t> known;
  for (const SegmentSizes& each : there) known.insert(each.number.value);
  for (const GoneSegment& each : gone) known.insert(each.number.value);
  std::vector<std::uint32_t> missing;
  for (std::uint32_t number = 1; !known.empty() && number < *known.rbegin(); ++number) {
    if (!known.contains(number)) missing.push_back(number);
  }
  return missing;
}

}  // namespace

StoreCare::StoreCare(const Place& place, const ArchiveSources& sources,
                     const ArchiveOptions& options, std::function<void(SegmentNumber)> on_gone,
                     RekeyHelpers helpers)
    : place_(place),
      sources_(sources),
      options_(options),
      meter_(place, sources.log),
      watch_(options.min_free_bytes),
      retention_(place,
                 {sources.log, sources.lanes, sources.writer, meter_, sources.room, sources.clock,
                  sources.known},
                 {options.retain, options.look_every, options.is_audited}, std::move(on_gone)),
      backup_(place, sources, options.besides),
      rekey_(place, sources, options.load_keys,
             {std::move(helpers.index_anew), [this] { retention_.close_kept(); },
              std::move(helpers.replace_rejected)}) {}

base::Result<bool, OpenError> StoreCare::step(bool may_press) {
  look_at_room();
  if (backup_.is_running()) {
    backup_.step();
    return true;
  }
  if (rekey_.is_running() && !retention_.is_removing()) {
    const base::Lock lock(files_mutex_);
    rekey_.step();
    return true;
  }
  return retention_.step(may_press);
}

void StoreCare::look_at_room() {
  const base::SteadyTime now = base::Clock::system().steady_now();
  if (now < look_at_) return;
  look_at_ = now + kLookAtRoomEvery;
  const auto free_bytes = place_.disk->free_bytes(place_.layout.root());
  watch_.look(sources_.room, free_bytes ? std::optional(*free_bytes) : std::nullopt);
}

base::Result<StoreStats, StoreError> StoreCare::stats() {
  const base::Lock lock(files_mutex_);
  const StoreSizes sizes = TRY(meter_.measure());
  const auto gone = read_gone(place_);
  if (!gone) return base::fail(error_of(gone.error()));
  StoreStats stats;
  for (const SegmentSizes& each : sizes.segments) {
    stats.segments.push_back(TRY(stats_of(each)));
  }
  if (!stats.segments.empty()) stats.segments.back().state = SegmentState::kOpen;
  if (!stats.segments.empty()) stats.segments.back().goes_at.reset();
  for (const GoneSegment& each : *gone) {
    if (each.why != GoneFor::kDamage) {
      ++stats.gone_count;
      continue;
    }
    const EntryId last{each.next_first.value - 1};
    stats.set_aside.push_back({each.number.value, each.first, last, each.at});
  }
  stats.missing = missing_of(sizes.segments, *gone);
  stats.kept_count = TRY(sources_.log.kept_count());
  stats.kept_bytes = sizes.kept_bytes;
  stats.lanes_bytes = sizes.lanes_bytes;
  stats.rejected_bytes = sizes.rejected_bytes;
  stats.known_bytes = sizes.known_bytes;
  stats.total_bytes = sizes.total_bytes();
  stats.bytes_max = sources_.room.bytes_max();
  stats.free_bytes = TRY(place_.disk->free_bytes(place_.layout.root()));
  stats.min_free_bytes = options_.min_free_bytes;
  stats.retain = options_.retain;
  stats.retain_rejected = options_.retain_rejected;
  return stats;
}

base::Result<SegmentStats, StoreError> StoreCare::stats_of(const SegmentSizes& sizes) const {
  SegmentStats stats;
  stats.number = sizes.number.value;
  stats.log_bytes = sizes.log_bytes;
  stats.payload_bytes = sizes.payload_bytes;
  stats.index_bytes = sizes.index_bytes;
  const auto facts = facts_of(place_, sizes.number);
  const bool is_damaged = std::ranges::count(sources_.log.damaged(), sizes.number) > 0;
  if (!facts || is_damaged) {
    stats.state = SegmentState::kDamaged;
    return stats;
  }
  stats.first = facts->first;
  stats.last = facts->last;
  stats.created_at = facts->created_at;
  stats.newest_at = facts->newest_at;
  if (options_.retain != base::Duration::zero()) {
    stats.goes_at =
        facts->newest_at + std::chrono::duration_cast<std::chrono::microseconds>(options_.retain);
  }
  const auto held = retention_.held();
  if (const auto found = held.find(sizes.number); found != held.end()) {
    stats.state = SegmentState::kHeld;
    stats.owed_count = found->second;
  }
  return stats;
}

base::Status<std::string> StoreCare::begin_backup(const std::string& folder) {
  const base::Lock lock(begin_mutex_);
  if (rekey_.is_running()) {
    return base::fail(
        std::string("the store is being encrypted anew: a backup begins behind that"));
  }
  return backup_.begin(folder);
}

base::Status<std::string> StoreCare::begin_rekey() {
  const base::Lock lock(begin_mutex_);
  if (backup_.is_running()) {
    return base::fail(std::string("a backup is running: a rekey begins behind that"));
  }
  return rekey_.begin();
}

}  // namespace store::sqlite
