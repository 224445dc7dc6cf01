// store/sqlite/lanes_blob.hpp: the debts of a message as the log keeps them.
//
//   blob := debt*
//   debt := connector:u32 key_hash:u64 [ joined_hash:u64 ]     little-endian
//
// Bit 31 of the connector says that joined_hash is there: of schema 2 and on.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "store/entry.hpp"

namespace store::sqlite {

// Writes the debts over what `blob` held.
void encode_lanes(const std::vector<LaneKey>& lanes, std::vector<std::byte>& blob);

// Calls visit(LaneKey) for each debt. Octets beyond the last whole one are ignored.
template <class Visit>
void for_each_lane(base::ByteView blob, Visit visit);

namespace detail {

// The debt at the start of the octets, which it leaves behind itself; none where
// there is no whole one.
[[nodiscard]] std::optional<LaneKey> take_lane(base::ByteView& octets) noexcept;

}  // namespace detail

template <class Visit>
void for_each_lane(base::ByteView blob, Visit visit) {
  while (const auto lane = detail::take_lane(blob)) visit(*lane);
}

}  // namespace store::sqlite
