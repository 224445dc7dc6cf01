#include "net/deadlines.hpp"

#include <utility>

namespace net {

Deadlines::Watch::Watch(Deadlines& deadlines, std::function<void()> expired)
    : deadlines_(deadlines), expired_(std::move(expired)) {}

Deadlines::Watch::~Watch() {
  if (queued_) deadlines_.queue_.erase(place_);
}

void Deadlines::Watch::set(base::SteadyTime due) {
  due_ = due;
  if (due == kNever) return;  // what is queued finds out when its time comes
  if (queued_ && place_->first <= due) return;
  deadlines_.enqueue(*this, due);
}

Deadlines::Deadlines(asio::io_context& context, const base::Clock& clock)
    : clock_(clock), timer_(context) {}

void Deadlines::enqueue(Watch& watch, base::SteadyTime at) {
  if (watch.queued_) queue_.erase(watch.place_);
  watch.place_ = queue_.emplace(at, &watch);
  watch.queued_ = true;
  if (at < armed_for_) arm();
}

void Deadlines::arm() {
  if (queue_.empty()) {
    armed_for_ = kNever;
    return;
  }
  armed_for_ = queue_.begin()->first;
  timer_.expires_at(armed_for_);
  timer_.async_wait([this](const ErrorCode& error) {
    if (!error) sweep();
  });
}

void Deadlines::sweep() {
  const base::SteadyTime now = clock_.steady_now();
  while (!queue_.empty() && queue_.begin()->first <= now) {
    Watch& watch = *queue_.begin()->second;
    queue_.erase(queue_.begin());
    watch.queued_ = false;
    if (watch.due_ > now) {
      if (watch.due_ != kNever) enqueue(watch, watch.due_);
      continue;
    }
    watch.due_ = kNever;
    const auto expired = watch.expired_;  // a copy: the call may destroy the watch
    expired();
  }
  arm();
}

}  // namespace net
