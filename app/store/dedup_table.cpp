#include "store/dedup_table.hpp"

#include <algorithm>
#include <utility>

namespace store {
namespace {

constexpr std::size_t kSlotsMin = 64;

bool is_unused(const DedupEntry& slot) noexcept { return slot.place == 0; }

// The upper half of the key's second word, as a share of the table.
std::size_t home_of(std::uint64_t key_low, std::size_t slot_count) noexcept {
  return static_cast<std::size_t>(((key_low >> 32U) * slot_count) >> 32U);
}

bool is_same(const DedupEntry& left, const DedupEntry& right) noexcept {
  return left.key_low == right.key_low && left.key_high == right.key_high &&
         left.body() == right.body();
}

// Where an entry goes, or stands already.
struct Landing {
  DedupEntry* slot = nullptr;
  bool is_fresh = false;  // it was never used
};

// A table is never full, so there is an unused slot to end at.
Landing find_landing(std::vector<DedupEntry>& slots, const DedupEntry& entry,
                     std::uint32_t since) noexcept {
  const Fingerprint print = to_print(entry);
  DedupEntry* dead = nullptr;
  DedupEntry* oldest = nullptr;  // of the same key
  std::size_t body_count = 0;
  std::size_t at = home_of(entry.key_low, slots.size());
  for (;; at = at + 1 == slots.size() ? 0 : at + 1) {
    DedupEntry& slot = slots[at];
    if (is_unused(slot)) break;
    if (is_same(slot, entry)) return {&slot, false};
    if (slot.seen_at < since) {
      if (dead == nullptr) dead = &slot;
    } else if (slot.has_key_of(print)) {
      ++body_count;
      if (oldest == nullptr || slot.id() < oldest->id()) oldest = &slot;
    }
  }
  if (body_count >= DedupTable::kBodiesMax) return {oldest, false};
  if (dead != nullptr) return {dead, false};
  return {&slots[at], true};
}

}  // namespace

// Sizes that differ from the start: no two shards grow at the same time.
DedupTable::DedupTable(std::size_t entries_max)
    : shard_max_(std::max<std::size_t>(entries_max / kDedupShards, kSlotsMin)) {
  for (std::size_t index = 0; index < kDedupShards; ++index) {
    Shard& shard = shards_[index];
    const base::Lock lock(shard.mutex);
    shard.slots.resize(kSlotsMin + index / 4);
  }
}

std::optional<DedupEntry> DedupTable::find(const Fingerprint& print, std::uint32_t since) const {
  const Shard& shard = shards_[shard_of(print.key_high)];
  const base::Lock lock(shard.mutex);
  const std::vector<DedupEntry>& slots = shard.slots;
  const DedupEntry* newest = nullptr;
  std::size_t at = home_of(print.key_low, slots.size());
  for (; !is_unused(slots[at]); at = at + 1 == slots.size() ? 0 : at + 1) {
    const DedupEntry& slot = slots[at];
    if (!slot.has_key_of(print) || slot.seen_at < since) continue;
    if (slot.body() == print.body) return slot;
    if (newest == nullptr || newest->id() < slot.id()) newest = &slot;
  }
  if (newest == nullptr) return std::nullopt;
  return *newest;
}

void DedupTable::put(const DedupEntry& entry, std::uint32_t since) {
  if (entry.seen_at < since) return;
  Shard& shard = shards_[shard_of(entry.key_high)];
  const base::Lock lock(shard.mutex);
  const Landing landing = find_landing(shard.slots, entry, since);
  if (!landing.is_fresh && landing.slot->seen_at >= since && entry.id() < landing.slot->id()) {
    return;
  }
  *landing.slot = entry;
  if (!landing.is_fresh) return;
  ++shard.used_count;
  count_.fetch_add(1, std::memory_order_relaxed);
  if (shard.used_count * 4 > shard.slots.size() * 3) rebuild(shard, since);
}

// The place stays taken, or those behind it would not be found; the next rebuild frees it.
void DedupTable::forget(const DedupEntry& entry) {
  Shard& shard = shards_[shard_of(entry.key_high)];
  const base::Lock lock(shard.mutex);
  std::vector<DedupEntry>& slots = shard.slots;
  std::size_t at = home_of(entry.key_low, slots.size());
  for (; !is_unused(slots[at]); at = at + 1 == slots.size() ? 0 : at + 1) {
    if (slots[at] == entry) slots[at].seen_at = 0;
  }
}

// Looks it through: what has left the window goes, and it gets the size that the rest needs.
void DedupTable::rebuild(Shard& shard, std::uint32_t since) {
  std::vector<DedupEntry> live;
  live.reserve(shard.used_count);
  std::ranges::copy_if(shard.slots, std::back_inserter(live), [since](const DedupEntry& slot) {
    return !is_unused(slot) && slot.seen_at >= since;
  });
  if (live.size() > shard_max_) drop_oldest(live);
  const std::size_t index = static_cast<std::size_t>(&shard - shards_.data());
  const std::size_t slot_count = std::max(kSlotsMin + index / 4, live.size() * 5 / 3);
  count_.fetch_sub(shard.used_count - live.size(), std::memory_order_relaxed);
  shard.used_count = live.size();
  if (slot_count != shard.slots.size()) shard.slots = std::vector<DedupEntry>();
  shard.slots.assign(slot_count, DedupEntry{});
  for (const DedupEntry& entry : live) {
    *find_landing(shard.slots, entry, since).slot = entry;
  }
}

void DedupTable::drop_oldest(std::vector<DedupEntry>& live) {
  const std::size_t drop_count = live.size() / 4;
  const auto end = live.begin() + static_cast<std::ptrdiff_t>(drop_count);
  std::ranges::nth_element(live, end, {}, &DedupEntry::id);
  live.erase(live.begin(), end);
  dropped_count_.fetch_add(drop_count, std::memory_order_relaxed);
}

std::size_t DedupTable::size_bytes() const {
  std::size_t sum = sizeof(*this);
  for (const Shard& shard : shards_) {
    const base::Lock lock(shard.mutex);
    sum += shard.slots.capacity() * sizeof(DedupEntry);
  }
  return sum;
}

}  // namespace store
