// store/dedup_table.hpp: the entries of the window in memory, found by key.
//
// 256 shards by the key's first octet, each a flat table of its own with open addressing
// that grows by a quarter at three quarters full: 43 to 54 octets for each message, 452
// MiB for ten million. A shard grows alone, and no two at the same time, so nobody waits
// longer than one of them takes (a millisecond at ten million).
//
// Entries that were seen too long ago are taken for empty places, and go when their shard
// is next looked through. Beyond `entries_max` the oldest quarter of a shard goes.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/mutex.hpp"
#include "store/dedup_entry.hpp"

namespace store {

inline constexpr std::size_t kDedupShards = 256;

[[nodiscard]] constexpr std::size_t shard_of(std::uint64_t key_high) noexcept {
  return static_cast<std::size_t>(key_high >> 56U);
}

// Thread-safe: a lock for each shard. `since`: what was seen before it is gone.
class DedupTable {
 public:
  // Bodies that are kept of one key: of more, the oldest go.
  static constexpr std::size_t kBodiesMax = 8;

  explicit DedupTable(std::size_t entries_max);

  // The entry with this key and body; else the newest with this key; else none.
  [[nodiscard]] std::optional<DedupEntry> find(const Fingerprint& print, std::uint32_t since) const;

  // In any order: of two with the same key and body the one with the higher id stays.
  void put(const DedupEntry& entry, std::uint32_t since);

  // Takes exactly this one out again.
  void forget(const DedupEntry& entry);

  // Those in the window, and those that have left it and still take a place.
  [[nodiscard]] std::size_t count() const noexcept {
    return count_.load(std::memory_order_relaxed);
  }

  // So many were dropped for lack of room, though they were in the window.
  [[nodiscard]] std::uint64_t dropped_count() const noexcept {
    return dropped_count_.load(std::memory_order_relaxed);
  }

  [[nodiscard]] std::size_t size_bytes() const;

 private:
  struct Shard {
    mutable base::Mutex mutex;
    std::vector<DedupEntry> slots GUARDED_BY(mutex);  // seen_at 0 and key 0: never used
    std::size_t used_count GUARDED_BY(mutex) = 0;
  };

  void rebuild(Shard& shard, std::uint32_t since) REQUIRES_LOCK(shard.mutex);
  void drop_oldest(std::vector<DedupEntry>& live);

  const std::size_t shard_max_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::uint64_t> dropped_count_{0};
  std::array<Shard, kDedupShards> shards_;
};

}  // namespace store
