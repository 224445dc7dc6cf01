#include "net/loop.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <string>
#include <utility>

#include "net/readiness.hpp"

namespace net {

Loop::Loop(BufferPool& pool, const base::Clock& clock, WhenIdle when_idle)
    : clock_(clock),
      when_idle_(when_idle),
      work_(context_.get_executor()),
      deadlines_(context_, clock),
      budget_(pool, context_) {
  asio::use_service<Readiness>(context_);  // its descriptor is taken while there are some
}

Loop::~Loop() { stop(); }

void Loop::start(std::size_t index) { start("net-" + std::to_string(index)); }

void Loop::start(std::string name) {
  thread_ = std::thread([this, name = std::move(name)] {
    static_cast<void>(pthread_setname_np(pthread_self(), name.c_str()));
    thread_id_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    run();
  });
}

void Loop::run() {
  if (when_idle_ == WhenIdle::kSleep) {
    context_.run();
    return;
  }
  while (!context_.stopped()) {
    if (context_.poll() > 0) continue;
    static_cast<void>(sched_yield());
    if (context_.poll() == 0) context_.run_one();
  }
}

void Loop::stop() {
  context_.stop();
  if (!thread_.joinable()) return;
  thread_.join();
  context_.drop_handlers();
}

Loop& least_busy(const Loops& loops) noexcept {
  return **std::ranges::min_element(loops, {}, [](const std::unique_ptr<Loop>& loop) {
    return loop->connection_count.load(std::memory_order_relaxed);
  });
}

}  // namespace net
