// net/waiter.hpp: a handler that waits, kept in place, without an allocation.
#pragma once

#include <array>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include "net/asio.hpp"

namespace net {

// Holds one handler of `void(const ErrorCode&)` or none.
class Waiter {
 public:
  Waiter() = default;

  ~Waiter() { drop(); }

  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  // REQUIRES: holds none.
  template <class Handler>
  void hold(Handler handler) {
    static_assert(sizeof(Handler) <= kRoomBytes && alignof(Handler) <= alignof(std::max_align_t));
    static_assert(std::is_nothrow_move_constructible_v<Handler>);
    new (room_.data()) Handler(std::move(handler));
    leave_ = [](void* room, const ErrorCode* error) {
      auto* const kept = static_cast<Handler*>(room);
      Handler taken(std::move(*kept));
      kept->~Handler();
      if (error != nullptr) std::move(taken)(*error);
    };
  }

  // Calls the handler, which may destroy this or hold the next.
  void complete(const ErrorCode& error) { std::exchange(leave_, nullptr)(room_.data(), &error); }

  // Destroys the handler uncalled, if there is one.
  void drop() noexcept {
    if (leave_ != nullptr) std::exchange(leave_, nullptr)(room_.data(), nullptr);
  }

  [[nodiscard]] explicit operator bool() const noexcept { return leave_ != nullptr; }

 private:
  static constexpr std::size_t kRoomBytes = 48;

  void (*leave_)(void* room, const ErrorCode* error) = nullptr;
  alignas(std::max_align_t) std::array<std::byte, kRoomBytes> room_;
};

}  // namespace net
