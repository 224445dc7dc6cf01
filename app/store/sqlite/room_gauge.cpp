#include "store/sqlite/room_gauge.hpp"

#include <chrono>
#include <utility>

#include "base/bytes.hpp"

namespace store::sqlite {
namespace {

constexpr base::Duration kLookEvery = std::chrono::milliseconds(100);
constexpr std::uint64_t kLookAfterBytes = 16 * base::kMiB;

}  // namespace

RoomGauge::RoomGauge(Disk& disk, std::string folder, std::uint64_t free_bytes_min)
    : disk_(disk), folder_(std::move(folder)), free_bytes_min_(free_bytes_min) {}

DiskStatus RoomGauge::check() {
  if (free_bytes_min_ == 0) return base::Done{};
  const base::SteadyTime now = base::Clock::system().steady_now();
  // While there is no room every try looks: it ends the wait of many.
  if (found_ && now < look_at_ && spent_bytes_ < kLookAfterBytes) return found_;
  look_at_ = now + kLookEvery;
  spent_bytes_ = 0;
  const auto free_bytes = disk_.free_bytes(folder_);
  const bool has_room = !free_bytes || *free_bytes >= free_bytes_min_;  // unknown: let it try
  found_ = has_room ? DiskStatus(base::Done{}) : base::fail(StoreError{StoreFault::kFull, 0});
  return found_;
}

}  // namespace store::sqlite
