// text_sink.hpp: where functions write the text they make.
//
// A sink is one run of memory that grows, up to a limit, by means its owner
// chooses: an arena for evaluations, a string for tests. A sink that could not
// grow has failed for good: what comes after is dropped, and what it holds is
// of no use. So writers append without looking and ask once, at the end.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace cel {

class TextSink {
 public:
  virtual ~TextSink() = default;
  TextSink(const TextSink&) = delete;
  TextSink& operator=(const TextSink&) = delete;

  // True once something did not fit.
  [[nodiscard]] bool has_failed() const noexcept { return failed_; }

  // All that was written so far; valid until the next call that writes.
  [[nodiscard]] std::string_view text() const noexcept { return {data_, size_}; }

  // Room for `count` more octets without growing; a hint, nothing is lost without it.
  void reserve(std::size_t count) noexcept {
    if (!failed_ && count > capacity_ - size_) failed_ = !make_room(count);
  }

  void append(std::string_view piece) noexcept {
    if (char* to = extend(piece.size()); to != nullptr && !piece.empty()) {
      std::memcpy(to, piece.data(), piece.size());
    }
  }

  void append(char octet) noexcept {
    if (char* to = extend(1); to != nullptr) *to = octet;
  }

  void append(std::size_t count, char octet) noexcept {
    if (char* to = extend(count); to != nullptr && count != 0) std::memset(to, octet, count);
  }

  // `count` octets more, for the caller to fill now; null if the sink has failed.
  [[nodiscard]] char* extend(std::size_t count) noexcept {
    if (!failed_ && count > capacity_ - size_) failed_ = !make_room(count);
    if (failed_) return nullptr;
    char* const to = data_ + size_;
    size_ += count;
    return to;
  }

 protected:
  TextSink(char* data, std::size_t capacity) noexcept : data_(data), capacity_(capacity) {}

  // Memory for at least `capacity` octets that begins with what was written, or
  // null to fail the sink. `granted` is how much there is.
  virtual char* grow(std::size_t capacity, std::size_t& granted) noexcept = 0;

 private:
  bool make_room(std::size_t count) noexcept {
    if (count > static_cast<std::size_t>(-1) / 4 - size_) return false;
    const std::size_t least = size_ + count;
    std::size_t granted = 0;
    char* const moved = grow(least, granted);
    if (moved == nullptr || granted < least) return false;
    data_ = moved;
    capacity_ = granted;
    return true;
  }

  char* data_;
  std::size_t size_ = 0;
  std::size_t capacity_;
  bool failed_ = false;
};

// Writes into a string of its own, up to `limit_bytes`.
class StringSink final : public TextSink {
 public:
  explicit StringSink(std::size_t limit_bytes = 1U << 20U) noexcept
      : TextSink(nullptr, 0), limit_bytes_(limit_bytes) {}

 private:
  char* grow(std::size_t capacity, std::size_t& granted) noexcept override {
    if (capacity > limit_bytes_) return nullptr;
    store_.resize(capacity < 64 ? 64 : capacity * 2);
    granted = store_.size() < limit_bytes_ ? store_.size() : limit_bytes_;
    return store_.data();
  }

  std::string store_;
  std::size_t limit_bytes_;
};

}  // namespace cel
