// net/loop.hpp: a network thread with all that belongs to it alone.
//
// Each loop has its own io_context, deadlines and share of the buffer budget, so
// connections of one loop need no lock among themselves. Nothing on a loop may
// block.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "net/asio.hpp"
#include "net/buffer_budget.hpp"
#include "net/deadlines.hpp"

namespace net {

// An io_context that can let go of its handlers before it dies: coroutines that wait
// in it own connections, which look at the rest of their loop to the end.
class LoopContext : public asio::io_context {
 public:
  LoopContext() : asio::io_context(1) {}

  void drop_handlers() { shutdown(); }
};

// What a loop does when nothing is left to handle.
enum class WhenIdle : std::uint8_t {
  kSleep,
  // Lets others run once before it sleeps. Where a message is answered on the loop's
  // own thread and all processors are busy, more of them are read at each waking: a
  // memory store took 10 to 35 % more. Where a commit is awaited, groups get smaller.
  kYield,
};

class Loop {
 public:
  Loop(BufferPool& pool, const base::Clock& clock, WhenIdle when_idle = WhenIdle::kSleep);
  ~Loop();  // stops and joins
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Begins to run on a thread of its own, named "net-<index>".
  void start(std::size_t index);

  // The same under another name, of at most 15 letters.
  void start(std::string name);

  // Ends the thread after the handlers that are running, and drops those that wait:
  // the connections of this loop are gone when it returns. Idempotent.
  void stop();

  [[nodiscard]] asio::io_context& context() noexcept { return context_; }

  [[nodiscard]] Executor executor() noexcept { return context_.get_executor(); }

  [[nodiscard]] bool is_this_thread() const noexcept {
    return std::this_thread::get_id() == thread_id_.load(std::memory_order_relaxed);
  }

  // From the loop's own thread only.
  [[nodiscard]] Deadlines& deadlines() noexcept { return deadlines_; }

  [[nodiscard]] BufferBudget& budget() noexcept { return budget_; }

  [[nodiscard]] const base::Clock& clock() const noexcept { return clock_; }

  // How many connections live here: any thread may read, for choosing a loop.
  std::atomic<std::size_t> connection_count{0};

 private:
  void run();

  const base::Clock& clock_;
  const WhenIdle when_idle_;
  LoopContext context_;
  asio::executor_work_guard<Executor> work_;
  Deadlines deadlines_;
  BufferBudget budget_;
  std::atomic<std::thread::id> thread_id_{};
  std::thread thread_;
};

using Loops = std::vector<std::unique_ptr<Loop>>;

// The loop with the fewest connections. REQUIRES: not empty.
[[nodiscard]] Loop& least_busy(const Loops& loops) noexcept;

}  // namespace net
