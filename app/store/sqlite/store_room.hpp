// store/sqlite/store_room.hpp: how much room the store takes, and whether that is all it may.
#pragma once

#include <atomic>
#include <cstdint>

namespace store::sqlite {

// MAX_STORE_SIZE, as three marks. What can go goes from the first on; so whoever sees the
// second knows that what fills the store is owed.
//
//   0 ─────────────── 75 % ── 80 % ───────── 100 %
//        grows          │       │              └ unavailable
//                       │       └ told: log and metric
//                       └ the oldest goes
//
// Measured now and then by one thread; in between the writer adds what it has written.
// Thread-safe.
class StoreRoom {
 public:
  // 0: without limit.
  explicit StoreRoom(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  [[nodiscard]] std::uint64_t bytes_max() const noexcept { return bytes_max_; }

  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_bytes_.load(); }

  void set_measured(std::uint64_t size_bytes) noexcept { size_bytes_.store(size_bytes); }

  void note_growth(std::uint64_t bytes) noexcept { size_bytes_.fetch_add(bytes); }

  [[nodiscard]] bool is_full() const noexcept { return has_reached(100); }

  [[nodiscard]] bool is_pressed() const noexcept { return has_reached(75); }

  [[nodiscard]] bool has_reached(std::uint64_t percent) const noexcept {
    return bytes_max_ != 0 && size_bytes() / percent >= bytes_max_ / 100;
  }

 private:
  const std::uint64_t bytes_max_;
  std::atomic<std::uint64_t> size_bytes_{0};
};

}  // namespace store::sqlite
