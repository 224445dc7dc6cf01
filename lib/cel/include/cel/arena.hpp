// cel/arena.hpp: the memory of one evaluation, given back all at once.
//
// Sizes are in octets. What is allocated lives until `reset`, which keeps one block for the next
// evaluation: in the steady state an evaluation asks the heap for nothing. No destructor runs, so
// only trivially destructible things may live here.
//
// An arena belongs to one thread at a time. It refuses to grow past its limit: `allocate` then
// returns a null pointer, `exhausted` stays true until `reset`, and nothing else has happened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace cel {

class Arena {
 public:
  static constexpr std::size_t kDefaultBytesMax = std::size_t{16} * 1024 * 1024;

  explicit Arena(std::size_t bytes_max = kDefaultBytesMax) noexcept : bytes_max_(bytes_max) {}

  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Aligned for any Value, also for no octets at all. Null when the limit is reached.
  [[nodiscard]] void* allocate(std::size_t bytes) noexcept {
    if (bytes == 0) bytes = 1;
    const std::size_t rounded = (bytes + kAlign - 1) & ~(kAlign - 1);
    if (rounded <= static_cast<std::size_t>(end_ - next_) && bytes <= rounded) {
      char* taken = next_;
      next_ += rounded;
      return taken;
    }
    return allocate_slowly(rounded, bytes);
  }

  // Room for `count` things, not constructed. Null when the limit is reached.
  template <class T>
  [[nodiscard]] T* allocate_array(std::size_t count) noexcept {
    static_assert(alignof(T) <= kAlign);
    if (count > kCountMax / sizeof(T)) return refuse<T>();
    return static_cast<T*>(allocate(count * sizeof(T)));
  }

  // Makes the newest allocation larger where it lies. False when it is not the newest, or there
  // is no room behind it: then allocate anew and copy.
  [[nodiscard]] bool extend(const void* newest, std::size_t bytes, std::size_t new_bytes) noexcept;

  void reset() noexcept {
    if (next_ != begin_ || exhausted_ || used_before_ != 0) reset_used();
  }

  void set_limit(std::size_t bytes_max) noexcept { bytes_max_ = bytes_max; }

  [[nodiscard]] bool exhausted() const noexcept { return exhausted_; }

  [[nodiscard]] std::size_t used_bytes() const noexcept {
    return used_before_ + static_cast<std::size_t>(next_ - begin_);
  }

  // What may still be allocated before the limit.
  [[nodiscard]] std::size_t room_bytes() const noexcept {
    return bytes_max_ > used_bytes() ? bytes_max_ - used_bytes() : 0;
  }

 private:
  struct Block;
  static constexpr std::size_t kAlign = 8;
  static constexpr std::size_t kCountMax = SIZE_MAX / 2;

  template <class T>
  T* refuse() noexcept {
    exhausted_ = true;
    return nullptr;
  }

  void reset_used() noexcept;
  void* allocate_slowly(std::size_t rounded, std::size_t bytes) noexcept;

  char* next_ = nullptr;
  char* begin_ = nullptr;  // of the newest block's room
  char* end_ = nullptr;
  Block* newest_ = nullptr;
  std::size_t used_before_ = 0;  // octets used in older blocks
  std::size_t bytes_max_;
  bool exhausted_ = false;
};

}  // namespace cel
