// connect/descriptor.hpp: an open file or socket that closes itself.
#pragma once

#include <unistd.h>

#include <utility>

namespace connectors {

// Owns one descriptor, or none. Movable, not copied; not thread-safe.
class Descriptor {
 public:
  Descriptor() = default;

  explicit Descriptor(int value) noexcept : value_(value) {}

  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}

  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      value_ = std::exchange(other.value_, -1);
    }
    return *this;
  }

  ~Descriptor() { close(); }

  [[nodiscard]] int value() const noexcept { return value_; }

  [[nodiscard]] bool is_open() const noexcept { return value_ >= 0; }

  // What close(2) says is not asked: whoever needs to know has synced before.
  void close() noexcept {
    if (value_ >= 0) static_cast<void>(::close(value_));
    value_ = -1;
  }

 private:
  int value_ = -1;
};

}  // namespace connectors
