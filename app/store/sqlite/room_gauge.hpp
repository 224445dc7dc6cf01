// store/sqlite/room_gauge.hpp: whether the disk has room for more messages.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "store/disk.hpp"

namespace store::sqlite {

// Looks at the disk now and then: at most every 100 ms, or after 16 MiB.
// Not thread-safe: belongs to the writer.
class RoomGauge {
 public:
  RoomGauge(Disk& disk, std::string folder, std::uint64_t free_bytes_min);

  // kFull, with no errno, below the limit. Settling and checkpoints do not ask.
  [[nodiscard]] DiskStatus check();

  void spend(std::uint64_t size_bytes) noexcept { spent_bytes_ += size_bytes; }

 private:
  Disk& disk_;
  const std::string folder_;
  const std::uint64_t free_bytes_min_;
  base::SteadyTime look_at_ = base::SteadyTime::min();
  std::uint64_t spent_bytes_ = 0;
  DiskStatus found_ = base::Done{};
};

}  // namespace store::sqlite
