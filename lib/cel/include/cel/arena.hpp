// cel/arena.hpp: what one evaluation may take: memory, given back all at once, and work.
//
// Sizes are in octets. What is allocated lives until `reset`, which keeps one block for the next
// evaluation: in the steady state an evaluation asks the heap for nothing. No destructor runs, so
// only trivially destructible things may live here.
//
// An arena belongs to one thread at a time. It refuses to grow past its limit: `allocate` then
// returns a null pointer, `exhausted` stays true until `reset`, and nothing else has happened.
//
// Work is counted in steps, each at most about a nanosecond of reading or passing over what is
// there already. It bounds what neither the cost of an expression nor its memory shows: a text
// counted again and again, a list compared deep down (docs/adr/0019-work-beside-cost.md).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace cel {

class Arena {
 public:
  static constexpr std::size_t kDefaultBytesMax = std::size_t{16} * 1024 * 1024;
  static constexpr std::uint64_t kNoStepsLimit = UINT64_MAX;

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
    // NOLINTNEXTLINE(bugprone-sizeof-expression): T may be a pointer
    constexpr std::size_t kItemBytes = sizeof(T);
    if (count > kCountMax / kItemBytes) return refuse<T>();
    return static_cast<T*>(allocate(count * kItemBytes));
  }

  // Makes the newest allocation larger where it lies. False when it is not the newest, or there
  // is no room behind it: then allocate anew and copy.
  [[nodiscard]] bool extend(const void* newest, std::size_t bytes, std::size_t new_bytes) noexcept;

  // Gives back the memory and begins to count steps anew.
  void reset() noexcept {
    steps_left_ = steps_max_;
    if (next_ != begin_ || exhausted_ || used_before_ != 0) reset_used();
  }

  void set_limit(std::size_t bytes_max) noexcept { bytes_max_ = bytes_max; }

  // Counts from here on.
  void set_steps_limit(std::uint64_t steps_max) noexcept { steps_left_ = steps_max_ = steps_max; }

  // Counts work before it is done. False when the limit is reached: the evaluation ends with
  // kWorkLimit as soon as whoever works returns, so nothing more need be right.
  bool spend(std::uint64_t steps) noexcept {
    steps_left_ -= std::min(steps, steps_left_);
    return steps_left_ != 0;
  }

  [[nodiscard]] bool is_spent() const noexcept { return steps_left_ == 0; }

  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_max_ - steps_left_; }

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
  std::uint64_t steps_max_ = kNoStepsLimit;
  std::uint64_t steps_left_ = kNoStepsLimit;
  bool exhausted_ = false;
};

}  // namespace cel
