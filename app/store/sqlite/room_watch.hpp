// store/sqlite/room_watch.hpp: tells when room is running short, and when it is not any more.
#pragma once

#include <cstdint>
#include <optional>

#include "store/sqlite/store_room.hpp"

namespace store::sqlite {

// One thread at a time. Each trouble is told once on the log when it begins, at 80 % of
// MAX_STORE_SIZE or when four fifths of the free room are needed for MIN_FREE, and once when it
// has passed for good: at 75 %. Measures go to the metrics at each look.
class RoomWatch {
 public:
  // `min_free_bytes` 0: the disk is not watched.
  explicit RoomWatch(std::uint64_t min_free_bytes) : min_free_bytes_(min_free_bytes) {}

  // `free_bytes`: none where it is not known.
  void look(const StoreRoom& room, std::optional<std::uint64_t> free_bytes);

 private:
  void look_at_size(const StoreRoom& room);
  void look_at_disk(std::uint64_t free_bytes);

  const std::uint64_t min_free_bytes_;
  bool is_large_ = false;
  bool is_low_ = false;
};

}  // namespace store::sqlite
