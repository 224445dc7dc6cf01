// net/deadlines.hpp: many deadlines on one timer, made to be moved often and met rarely.
//
// Moving a deadline later, as each message does, only writes a number: the queue
// learns of it when the earlier time comes. Only a deadline earlier than the one
// queued costs a queue operation. 10,000 idle connections cost nothing but memory.
//
// Belongs to one loop's thread; no call from another.
#pragma once

#include <functional>
#include <map>

#include "base/clock.hpp"
#include "net/asio.hpp"

namespace net {

class Deadlines {
 public:
  static constexpr base::SteadyTime kNever = base::SteadyTime::max();

  // One thing that has a deadline. Destroy it before its Deadlines.
  class Watch {
   public:
    // `expired` runs once for each deadline that came, on the loop; the deadline
    // is then kNever. It may set a new one and may destroy the Watch.
    Watch(Deadlines& deadlines, std::function<void()> expired);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    void set(base::SteadyTime due);  // kNever: no deadline

   private:
    friend class Deadlines;
    using Queue = std::multimap<base::SteadyTime, Watch*>;

    Deadlines& deadlines_;
    std::function<void()> expired_;
    base::SteadyTime due_ = kNever;
    bool queued_ = false;
    Queue::iterator place_;  // meaningful while queued_; never later than due_
  };

  Deadlines(asio::io_context& context, const base::Clock& clock);

 private:
  void enqueue(Watch& watch, base::SteadyTime at);
  void arm();
  void sweep();

  const base::Clock& clock_;
  Timer timer_;
  base::SteadyTime armed_for_ = kNever;
  Watch::Queue queue_;
};

}  // namespace net
