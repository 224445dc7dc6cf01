#include "store/sqlite/lanes_blob.hpp"

#include <cstdint>

namespace store::sqlite {
namespace {

constexpr std::size_t kConnectorBytes = 4;

void put(std::uint64_t number, std::size_t octet_count, std::vector<std::byte>& blob) {
  for (std::size_t index = 0; index < octet_count; ++index) {
    blob.push_back(static_cast<std::byte>(number >> (8 * index)));
  }
}

std::uint64_t take(base::ByteView octets) noexcept {
  std::uint64_t number = 0;
  for (std::size_t index = 0; index < octets.size(); ++index) {
    number |= std::to_integer<std::uint64_t>(octets[index]) << (8 * index);
  }
  return number;
}

}  // namespace

void encode_lanes(const std::vector<LaneKey>& lanes, std::vector<std::byte>& blob) {
  blob.clear();
  for (const LaneKey& lane : lanes) {
    put(lane.connector.value, kConnectorBytes, blob);
    put(lane.key_hash, detail::kLaneBytes - kConnectorBytes, blob);
  }
}

LaneKey detail::decode_lane(base::ByteView octets) noexcept {
  const auto connector = static_cast<std::uint32_t>(take(octets.first(kConnectorBytes)));
  return {{connector}, take(octets.subspan(kConnectorBytes, kLaneBytes - kConnectorBytes))};
}

}  // namespace store::sqlite
