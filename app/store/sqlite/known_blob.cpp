#include "store/sqlite/known_blob.hpp"

#include <cstring>

#include "store/sip_hash.hpp"

namespace store::sqlite {
namespace {

constexpr std::size_t kMarkBytes = sizeof(std::uint64_t);

}  // namespace

std::uint64_t mark_of(const DedupSecret& secret) noexcept {
  SipHash hash(secret);
  hash.add(base::as_bytes("mark"));
  return hash.finish().low;
}

void encode_known(std::uint64_t mark, std::span<const DedupEntry> entries,
                  std::vector<std::byte>& blob) {
  blob.resize(kMarkBytes + entries.size_bytes());
  std::memcpy(blob.data(), &mark, kMarkBytes);
  if (!entries.empty()) {
    std::memcpy(blob.data() + kMarkBytes, entries.data(), entries.size_bytes());
  }
}

void decode_known(std::uint64_t mark, base::ByteView blob, std::vector<DedupEntry>& entries) {
  const bool is_whole =
      blob.size() > kMarkBytes && (blob.size() - kMarkBytes) % sizeof(DedupEntry) == 0;
  if (!is_whole || std::memcmp(blob.data(), &mark, kMarkBytes) != 0) return;
  const std::size_t before = entries.size();
  const base::ByteView octets = blob.subspan(kMarkBytes);
  entries.resize(before + octets.size() / sizeof(DedupEntry));
  std::memcpy(entries.data() + before, octets.data(), octets.size());
}

}  // namespace store::sqlite
