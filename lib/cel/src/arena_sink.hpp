// arena_sink.hpp: text written into the arena of an evaluation, and what functions share.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>

#include "cel/function.hpp"
#include "text_sink.hpp"

namespace cel {

// Fails at the limit of texts as well as at that of the arena.
class ArenaSink final : public TextSink {
 public:
  explicit ArenaSink(Context& context, std::size_t expected_bytes = 0) noexcept
      : TextSink(nullptr, 0), context_(context) {
    if (expected_bytes != 0) reserve(expected_bytes);
  }

  // What was written as a value, or kSizeLimit or kMemoryLimit.
  [[nodiscard]] Value finish_string() const noexcept {
    return has_failed() ? failure() : Value::string(text());
  }

  [[nodiscard]] Value finish_bytes() const noexcept {
    return has_failed() ? failure() : Value::bytes(text());
  }

  [[nodiscard]] Value failure() const noexcept {
    return Value::error(is_over_limit_ ? Fault::kSizeLimit : Fault::kMemoryLimit);
  }

 private:
  char* grow(std::size_t capacity, std::size_t& granted) noexcept override {
    const std::size_t limit = context_.limits().text_bytes_max;
    if (capacity > limit) {
      is_over_limit_ = true;
      return nullptr;
    }
    const std::size_t wanted = room_ == 0 ? capacity : std::min(capacity * 2, limit);
    if (room_ != 0 && context_.arena().extend(data_, room_, wanted)) {
      room_ = granted = wanted;
      return data_;
    }
    char* const moved = context_.arena().allocate_array<char>(wanted);
    if (moved == nullptr) return nullptr;
    if (room_ != 0) std::memcpy(moved, data_, room_);
    data_ = moved;
    room_ = granted = wanted;
    return moved;
  }

  Context& context_;
  char* data_ = nullptr;
  std::size_t room_ = 0;
  bool is_over_limit_ = false;
};

// A stack in the arena, for walks over nested values.
template <class T>
class ArenaStack {
 public:
  explicit ArenaStack(Arena& arena) noexcept : arena_(arena) {}

  [[nodiscard]] bool is_empty() const noexcept { return count_ == 0; }

  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  [[nodiscard]] T& top() noexcept { return items_[count_ - 1]; }

  void pop() noexcept { --count_; }

  // False when the arena is exhausted.
  [[nodiscard]] bool push(const T& item) noexcept {
    if (count_ == capacity_ && !grow()) return false;
    new (&items_[count_++]) T(item);
    return true;
  }

 private:
  bool grow() noexcept {
    const std::size_t capacity = capacity_ == 0 ? 8 : capacity_ * 2;
    T* const moved = arena_.allocate_array<T>(capacity);
    if (moved == nullptr) return false;
    for (std::size_t index = 0; index < count_; ++index) new (&moved[index]) T(items_[index]);
    items_ = moved;
    capacity_ = capacity;
    return true;
  }

  Arena& arena_;
  T* items_ = nullptr;
  std::size_t count_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace cel
