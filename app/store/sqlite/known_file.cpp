#include "store/sqlite/known_file.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "base/try.hpp"
#include "store/sip_hash.hpp"
#include "store/sqlite/known_blob.hpp"

namespace store::sqlite {
namespace {

constexpr std::uint64_t kMagic = 0x31776e4b504c4c4dU;  // "MLLPKnw1"
constexpr std::size_t kDirectoryBytes = kKnownBuckets * sizeof(KnownBucket);
constexpr std::size_t kEntriesAt = sizeof(KnownHeader) + kDirectoryBytes;
constexpr StoreError kDamagedFile = {StoreFault::kDamaged, 0};

std::size_t bucket_of(std::uint64_t key_high) noexcept {
  return static_cast<std::size_t>(key_high >> 52U);
}

std::uint64_t sum_of(const DedupSecret& secret, base::ByteView octets) noexcept {
  SipHash hash(secret);
  hash.add(octets);
  return hash.finish().low;
}

std::uint32_t sum_of(const DedupSecret& secret, std::span<const DedupEntry> entries) noexcept {
  return static_cast<std::uint32_t>(sum_of(secret, std::as_bytes(entries)));
}

std::uint64_t sum_of(const DedupSecret& secret, const KnownHeader& header,
                     std::span<const KnownBucket> directory) noexcept {
  SipHash hash(secret);
  hash.add(std::as_bytes(std::span(&header, 1)).first(offsetof(KnownHeader, sum)));
  hash.add(std::as_bytes(directory));
  return hash.finish().low;
}

std::vector<KnownBucket> make_directory(const DedupSecret& secret,
                                        std::span<const DedupEntry> entries) {
  std::vector<KnownBucket> directory(kKnownBuckets);
  std::size_t at = 0;
  for (std::size_t bucket = 0; bucket < kKnownBuckets; ++bucket) {
    const std::size_t begin = at;
    while (at < entries.size() && bucket_of(entries[at].key_high) == bucket) ++at;
    directory[bucket] = {static_cast<std::uint32_t>(at),
                         sum_of(secret, entries.subspan(begin, at - begin))};
  }
  return directory;
}

}  // namespace

Status write_known_file(const Place& place, const KnownName& name, const DedupSecret& secret,
                        std::vector<DedupEntry>& entries) {
  std::ranges::sort(entries, {}, &DedupEntry::key_high);
  const std::vector<KnownBucket> directory = make_directory(secret, entries);
  KnownHeader header{kMagic, mark_of(secret), name.after.value, name.to.value, entries.size()};
  for (const DedupEntry& entry : entries) {
    header.newest_at = std::max<std::uint64_t>(header.newest_at, entry.seen_at);
  }
  header.sum = sum_of(secret, header, directory);

  std::vector<std::byte> octets(kEntriesAt + entries.size() * sizeof(DedupEntry));
  std::memcpy(octets.data(), &header, sizeof header);
  std::memcpy(octets.data() + sizeof header, directory.data(), kDirectoryBytes);
  std::ranges::copy(std::as_bytes(std::span(entries)), octets.begin() + kEntriesAt);
  static_cast<void>(TRY(place.disk->write_synced(place.layout.known_file(name), octets)));
  return place.disk->sync_folder(place.layout.known_folder());
}

base::Result<KnownFile, StoreError> KnownFile::open(const Place& place, const KnownName& name,
                                                    const DedupSecret& secret) {
  KnownFile file(TRY(place.disk->open_to_read(place.layout.known_file(name))), name, secret);
  const auto octets = TRY(file.source_->read({0, kEntriesAt}));
  file.directory_.resize(kKnownBuckets);
  std::memcpy(&file.header_, octets.data(), sizeof(KnownHeader));
  std::memcpy(file.directory_.data(), octets.data() + sizeof(KnownHeader), kDirectoryBytes);
  const KnownHeader& header = file.header_;
  const bool is_ours = header.magic == kMagic && header.mark == mark_of(secret) &&
                       header.after == name.after.value && header.to == name.to.value &&
                       header.sum == sum_of(secret, header, file.directory_);
  if (!is_ours) return base::fail(kDamagedFile);
  return file;
}

base::Result<std::optional<DedupEntry>, StoreError> KnownFile::find(const Fingerprint& print,
                                                                    std::uint32_t since) const {
  std::optional<DedupEntry> newest;
  if (header_.newest_at < since) return newest;
  for (const DedupEntry& entry : TRY(read({bucket_of(print.key_high), 1}))) {
    if (!entry.has_key_of(print) || entry.seen_at < since) continue;
    if (entry.body() == print.body) return std::optional(entry);
    if (!newest || newest->id() < entry.id()) newest = entry;
  }
  return newest;
}

base::Result<std::vector<DedupEntry>, StoreError> KnownFile::shard(std::size_t index) const {
  return read({index * kBucketsOfShard, kBucketsOfShard});
}

base::Result<std::vector<DedupEntry>, StoreError> KnownFile::all() const {
  return read({0, kKnownBuckets});
}

base::Result<std::vector<DedupEntry>, StoreError> KnownFile::read(const Buckets& which) const {
  const std::size_t begin = begin_of(which.first);
  std::vector<DedupEntry> entries(directory_[which.first + which.count - 1].end - begin);
  if (entries.empty()) return entries;
  const FilePart part{kEntriesAt + begin * sizeof(DedupEntry), entries.size() * sizeof(DedupEntry)};
  const auto octets = TRY(source_->read(part));
  std::memcpy(entries.data(), octets.data(), octets.size());
  for (std::size_t bucket = which.first; bucket < which.first + which.count; ++bucket) {
    const std::size_t from = begin_of(bucket);
    const auto own = std::span(entries).subspan(from - begin, directory_[bucket].end - from);
    if (sum_of(secret_, own) != directory_[bucket].sum) return base::fail(kDamagedFile);
  }
  return entries;
}

}  // namespace store::sqlite
