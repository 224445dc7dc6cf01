#include "store/sqlite/lanes_blob.hpp"

#include <cstdint>

namespace store::sqlite {
namespace {

constexpr std::size_t kConnectorBytes = 4;
constexpr std::size_t kHashBytes = 8;
constexpr std::uint32_t kHasJoined = 1U << 31U;

void put(std::uint64_t number, std::size_t octet_count, std::vector<std::byte>& blob) {
  for (std::size_t index = 0; index < octet_count; ++index) {
    blob.push_back(static_cast<std::byte>(number >> (8 * index)));
  }
}

// REQUIRES: so many octets are there.
std::uint64_t take(base::ByteView& octets, std::size_t octet_count) noexcept {
  std::uint64_t number = 0;
  for (std::size_t index = 0; index < octet_count; ++index) {
    number |= std::to_integer<std::uint64_t>(octets[index]) << (8 * index);
  }
  octets = octets.subspan(octet_count);
  return number;
}

}  // namespace

void encode_lanes(const std::vector<LaneKey>& lanes, std::vector<std::byte>& blob) {
  blob.clear();
  for (const LaneKey& lane : lanes) {
    const bool joins = lane.joined_hash != kJoinsNone;
    put(lane.connector.value | (joins ? kHasJoined : 0U), kConnectorBytes, blob);
    put(lane.key_hash, kHashBytes, blob);
    if (joins) put(lane.joined_hash, kHashBytes, blob);
  }
}

std::optional<LaneKey> detail::take_lane(base::ByteView& octets) noexcept {
  if (octets.size() < kConnectorBytes + kHashBytes) return std::nullopt;
  const auto word = static_cast<std::uint32_t>(take(octets, kConnectorBytes));
  LaneKey lane{{word & ~kHasJoined}, take(octets, kHashBytes), kJoinsNone};
  if ((word & kHasJoined) == 0) return lane;
  if (octets.size() < kHashBytes) return std::nullopt;
  lane.joined_hash = take(octets, kHashBytes);
  return lane;
}

}  // namespace store::sqlite
