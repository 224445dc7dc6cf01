// store/sqlite/known_blob.hpp: entries of the window of duplicates as the log keeps them.
//
//   mark       8 octets of the secret by which the entries were made
//   entries    32 octets each: dedup_entry.hpp
//
// One for each commit, in the same transaction as its messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "store/dedup_entry.hpp"

namespace store::sqlite {

// Tells secrets apart and says nothing of them.
[[nodiscard]] std::uint64_t mark_of(const DedupSecret& secret) noexcept;

// In place of what is in `blob`.
void encode_known(std::uint64_t mark, std::span<const DedupEntry> entries,
                  std::vector<std::byte>& blob);

// Adds the entries to `entries`; none of a blob that is not whole or was made by another
// secret.
void decode_known(std::uint64_t mark, base::ByteView blob, std::vector<DedupEntry>& entries);

}  // namespace store::sqlite
