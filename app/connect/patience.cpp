#include "connect/patience.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace connectors {
namespace {

// A stop request has no descriptor of its own; looking for it 20 times a second
// costs nothing that can be measured and needs no second thread.
constexpr base::Duration kSliceMax = std::chrono::milliseconds(50);

}  // namespace

Patience::Patience(const base::Clock& clock, base::Duration timeout, std::stop_token stop,
                   base::Duration after_stop)
    : clock_(clock),
      until_(clock.steady_now() + timeout),
      stop_(std::move(stop)),
      after_stop_(after_stop) {}

void Patience::heed_stop() {
  if (stop_seen_ || !stop_.stop_requested()) return;
  stop_seen_ = true;
  until_ = std::min(until_, clock_.steady_now() + after_stop_);
}

std::optional<Wake> Patience::over() {
  heed_stop();
  if (clock_.steady_now() < until_) return std::nullopt;
  return stop_seen_ ? Wake::kStopped : Wake::kDeadline;
}

base::Duration Patience::left() {
  heed_stop();
  return std::max(base::Duration::zero(), until_ - clock_.steady_now());
}

Patience Patience::share(std::size_t count) {
  Patience part = *this;
  part.until_ = clock_.steady_now() + left() / static_cast<base::Duration::rep>(count);
  return part;
}

base::Duration Patience::slice() { return std::min(kSliceMax, left()); }

Wake Patience::wait(int descriptor, short events) {
  for (;;) {
    pollfd polled{.fd = descriptor, .events = events, .revents = 0};
    // Rounded up, or the last millisecond would be spent in a tight loop.
    const auto millis = std::chrono::ceil<std::chrono::milliseconds>(slice()).count();
    if (::poll(&polled, 1, static_cast<int>(millis)) > 0) return Wake::kReady;
    if (const auto end = over()) return *end;
  }
}

}  // namespace connectors
