// net/buffer_budget.hpp: a bound on the octets of all frames in flight together.
//
// MAX_BUFFERED_BYTES is one pool. Each loop draws grants from it and lends them to
// its connections without a lock. A connection counts what it holds (a frame being
// read, frames waiting for their commit, answers waiting to be sent) and asks
// before it reads more:
//
//   room in the pool                  it may read
//   none, but below its fair share    it may read (share: a quarter of the pool
//                                     divided by the connections)
//   else                              it waits in line; the first in line of each
//                                     loop may read all the same, so that one frame
//                                     at a time is always finished
//
// So at most 1.25 x the pool and one frame for each loop are held, and nobody
// starves for another's greed.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>

#include "net/asio.hpp"

namespace net {

// Thread-safe.
class BufferPool {
 public:
  explicit BufferPool(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  [[nodiscard]] bool try_take(std::uint64_t bytes) noexcept;
  void give_back(std::uint64_t bytes) noexcept;

  [[nodiscard]] std::uint64_t bytes_max() const noexcept { return bytes_max_; }

  [[nodiscard]] std::uint64_t taken_bytes() const noexcept { return taken_bytes_.load(); }

  std::atomic<std::uint64_t> connection_count{0};

 private:
  const std::uint64_t bytes_max_;
  std::atomic<std::uint64_t> taken_bytes_{0};
};

// One loop's share. Belongs to the loop's thread.
class BufferBudget {
 public:
  BufferBudget(BufferPool& pool, asio::io_context& context);
  ~BufferBudget();
  BufferBudget(const BufferBudget&) = delete;
  BufferBudget& operator=(const BufferBudget&) = delete;

  // Of all accounts.
  [[nodiscard]] std::uint64_t held_bytes() const noexcept { return held_bytes_; }

  // What one connection holds. Destroyed: everything is given back.
  class Account {
   public:
    explicit Account(BufferBudget& budget);
    ~Account();
    Account(const Account&) = delete;
    Account& operator=(const Account&) = delete;

    void hold(std::uint64_t bytes) noexcept;  // the new total

    [[nodiscard]] std::uint64_t held_bytes() const noexcept { return held_bytes_; }

    // True: read on. False: `resume` runs once on the loop when it is worth asking
    // again; until then the account stands in line.
    [[nodiscard]] bool may_read(std::function<void()> resume);

   private:
    friend class BufferBudget;

    BufferBudget& budget_;
    std::uint64_t held_bytes_ = 0;
    bool in_line_ = false;
    std::function<void()> resume_;
  };

 private:
  [[nodiscard]] bool has_room() noexcept;
  [[nodiscard]] std::uint64_t fair_share_bytes() const noexcept;
  void changed(std::uint64_t before, std::uint64_t after) noexcept;
  void leave_line(Account& account) noexcept;
  void ask_again_later();

  BufferPool& pool_;
  Timer timer_;
  bool timer_runs_ = false;
  std::uint64_t held_bytes_ = 0;
  std::uint64_t granted_bytes_ = 0;
  std::deque<Account*> line_;
};

}  // namespace net
