// store/sqlite/store_room.hpp: how much room the store takes, and whether that is all it may.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include "base/mutex.hpp"

namespace store::sqlite {

// MAX_STORE_SIZE, as three marks. What can go goes from the first on; so whoever sees the
// second knows that what fills the store is owed.
//
//   0 ─────────────── 75 % ── 80 % ───────── 100 %
//        grows          │       │              └ unavailable
//                       │       └ told: log and metric
//                       └ the oldest goes
//
// Measured now and then by one thread; in between the writer adds what it has written, and
// asks for a look when it is pressed: with each hundredth, and while it is full. Thread-safe.
class StoreRoom {
 public:
  // 0: without limit.
  explicit StoreRoom(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  [[nodiscard]] std::uint64_t bytes_max() const noexcept { return bytes_max_; }

  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_bytes_.load(); }

  void set_measured(std::uint64_t size_bytes) noexcept {
    size_bytes_.store(size_bytes);
    asked_at_bytes_.store(size_bytes);
  }

  void note_growth(std::uint64_t bytes) {
    const std::uint64_t size_bytes = size_bytes_.fetch_add(bytes) + bytes;
    if (!is_pressed() || size_bytes < asked_at_bytes_.load() + bytes_max_ / 100) return;
    asked_at_bytes_.store(size_bytes);
    ask();
  }

  // Somebody wants what can go to go now.
  void ask() {
    is_asked_.store(true);
    const base::Lock lock(mutex_);
    if (wake_) wake_();
  }

  // Whether it was asked for a look; take_ask() is the answer to it.
  [[nodiscard]] bool is_asked() const noexcept { return is_asked_.load(); }

  [[nodiscard]] bool take_ask() noexcept { return is_asked_.exchange(false); }

  // What is called when it is asked, on the asker's thread; {}: nothing, from now on.
  void wake_by(std::function<void()> wake) {
    const base::Lock lock(mutex_);
    wake_ = std::move(wake);
  }

  [[nodiscard]] bool is_full() const noexcept { return has_reached(100); }

  [[nodiscard]] bool is_pressed() const noexcept { return has_reached(75); }

  [[nodiscard]] bool has_reached(std::uint64_t percent) const noexcept {
    return bytes_max_ != 0 && size_bytes() / percent >= bytes_max_ / 100;
  }

 private:
  const std::uint64_t bytes_max_;
  std::atomic<std::uint64_t> size_bytes_{0};
  std::atomic<std::uint64_t> asked_at_bytes_{0};
  std::atomic<bool> is_asked_{false};

  base::Mutex mutex_;
  std::function<void()> wake_ GUARDED_BY(mutex_);
};

}  // namespace store::sqlite
