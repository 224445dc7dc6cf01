// store/sqlite/lanes_blob.hpp: the debts of a message as the log keeps them.
//
//   blob := { connector:u32 key_hash:u64 }*      little-endian, 12 octets each
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

inline constexpr std::size_t kLaneBytes = 12;

[[nodiscard]] LaneKey decode_lane(base::ByteView octets) noexcept;

}  // namespace detail

template <class Visit>
void for_each_lane(base::ByteView blob, Visit visit) {
  for (; blob.size() >= detail::kLaneBytes; blob = blob.subspan(detail::kLaneBytes)) {
    visit(detail::decode_lane(blob));
  }
}

}  // namespace store::sqlite
