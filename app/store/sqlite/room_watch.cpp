#include "store/sqlite/room_watch.hpp"

#include <limits>

#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace store::sqlite {
namespace {

using telemetry::Gauge;
using telemetry::Level;

constexpr std::uint64_t kToldPercent = 80;
constexpr std::uint64_t kOverPercent = 75;

std::int64_t as_gauge(std::uint64_t bytes) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(bytes < kMost ? bytes : kMost);
}

// Whether so many per cent of the free room are needed.
bool needs(std::uint64_t percent, std::uint64_t free_bytes, std::uint64_t min_free_bytes) {
  return min_free_bytes / percent >= free_bytes / 100;
}

}  // namespace

void RoomWatch::look(const StoreRoom& room, std::optional<std::uint64_t> free_bytes) {
  look_at_size(room);
  if (!free_bytes) return;
  telemetry::set(Gauge::kStoreFree, as_gauge(*free_bytes));
  if (min_free_bytes_ == 0) return;
  telemetry::set(Gauge::kStoreFreeMin, as_gauge(min_free_bytes_));
  look_at_disk(*free_bytes);
}

void RoomWatch::look_at_size(const StoreRoom& room) {
  telemetry::set(Gauge::kStoreSize, as_gauge(room.size_bytes()));
  if (room.bytes_max() == 0) return;
  telemetry::set(Gauge::kStoreSizeMax, as_gauge(room.bytes_max()));
  if (!is_large_ && room.has_reached(kToldPercent)) {
    is_large_ = true;
    telemetry::log(Level::kWarning, "store_nearly_full",
                   {{"size", room.size_bytes()},
                    {"max", room.bytes_max()},
                    {"text", "what is settled has gone; what fills MAX_STORE_SIZE is owed"}});
  } else if (is_large_ && !room.has_reached(kOverPercent)) {
    is_large_ = false;
    telemetry::log(Level::kInfo, "store_has_room",
                   {{"size", room.size_bytes()}, {"max", room.bytes_max()}});
  }
}

void RoomWatch::look_at_disk(std::uint64_t free_bytes) {
  if (!is_low_ && needs(kToldPercent, free_bytes, min_free_bytes_)) {
    is_low_ = true;
    telemetry::log(Level::kWarning, "disk_nearly_full",
                   {{"free", free_bytes}, {"min_free", min_free_bytes_}});
  } else if (is_low_ && !needs(kOverPercent, free_bytes, min_free_bytes_)) {
    is_low_ = false;
    telemetry::log(Level::kInfo, "disk_has_room",
                   {{"free", free_bytes}, {"min_free", min_free_bytes_}});
  }
}

}  // namespace store::sqlite
