// store/sqlite/known_file.hpp: entries of the window of duplicates in a file, by key.
//
//   header      magic, mark of the secret, range of ids, count, newest time, sum
//   directory   4,096 buckets by the first twelve bits of the key: where each ends, its sum
//   entries     32 octets each, in order of key
//
// Written once and never changed. One reading of a few hundred octets tells whether a key
// is in it, so after a start none need be in memory before the first message comes. It can
// be made anew from the log; what is damaged is found by its sums.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "store/dedup_table.hpp"
#include "store/disk.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/layout.hpp"
#include "store/sqlite/segment.hpp"

namespace store::sqlite {

inline constexpr std::size_t kKnownBuckets = 4096;
inline constexpr std::size_t kBucketsOfShard = kKnownBuckets / kDedupShards;

struct KnownBucket {
  std::uint32_t end = 0;  // entries up to here are in it or before it
  std::uint32_t sum = 0;
};

struct KnownHeader {
  std::uint64_t magic = 0;
  std::uint64_t mark = 0;
  std::uint64_t after = 0;
  std::uint64_t to = 0;
  std::uint64_t count = 0;
  std::uint64_t newest_at = 0;  // seconds since 1970; 0 where there is none
  std::uint64_t sum = 0;        // of all above and the directory
};

// Writes and syncs it, and its name. Sorts the entries.
[[nodiscard]] Status write_known_file(const Place& place, const KnownName& name,
                                      const DedupSecret& secret, std::vector<DedupEntry>& entries);

// Immutable, so thread-safe: the header and the directory, 32 KiB, are in memory, and the file
// stays open, so that it can be read to the end of this also where it is merged or dropped.
class KnownFile {
 public:
  // kDamaged: it is not whole, or made by another secret.
  [[nodiscard]] static base::Result<KnownFile, StoreError> open(const Place& place,
                                                                const KnownName& name,
                                                                const DedupSecret& secret);

  [[nodiscard]] const KnownName& name() const noexcept { return name_; }

  [[nodiscard]] std::uint64_t newest_at() const noexcept { return header_.newest_at; }

  // The entry with this key and body; else the newest with this key; seen at `since` or later.
  [[nodiscard]] base::Result<std::optional<DedupEntry>, StoreError> find(const Fingerprint& print,
                                                                         std::uint32_t since) const;

  [[nodiscard]] base::Result<std::vector<DedupEntry>, StoreError> shard(std::size_t index) const;

  [[nodiscard]] base::Result<std::vector<DedupEntry>, StoreError> all() const;

 private:
  KnownFile(std::unique_ptr<DiskSource> source, const KnownName& name, const DedupSecret& secret)
      : source_(std::move(source)), name_(name), secret_(secret) {}

  struct Buckets {
    std::size_t first = 0;
    std::size_t count = 0;
  };

  [[nodiscard]] base::Result<std::vector<DedupEntry>, StoreError> read(const Buckets& which) const;

  [[nodiscard]] std::size_t begin_of(std::size_t bucket) const noexcept {
    return bucket == 0 ? 0 : directory_[bucket - 1].end;
  }

  std::unique_ptr<DiskSource> source_;
  KnownName name_;
  DedupSecret secret_;
  KnownHeader header_;
  std::vector<KnownBucket> directory_;
};

}  // namespace store::sqlite
