// session/return_sink.hpp: brings appends back from the store's thread to their loop.
//
// One for each loop. What a commit returns reaches the loop as one handler, however
// many messages it held; what returns meanwhile joins it. What returns at once, from a
// store without a thread, waits for the end of the loop's round: then all that was read
// is judged before the first answer is sent.
#pragma once

#include <memory>
#include <vector>

#include "base/mutex.hpp"
#include "net/loop.hpp"
#include "store/append.hpp"

namespace session {

class ReturnSink final : public store::AppendSink {
 public:
  // Outlives the outbox; the loop may end before it (then outcomes are dropped,
  // as a peer that has gone).
  explicit ReturnSink(net::Loop& loop) : loop_(loop) {}

  void appended(std::vector<std::unique_ptr<store::Append>> batch) override;

 private:
  void deliver_waiting();
  void deliver_own();

  net::Loop& loop_;
  std::vector<std::unique_ptr<store::Append>> own_;  // from the loop's own thread
  base::Mutex mutex_;
  std::vector<std::unique_ptr<store::Append>> waiting_ GUARDED_BY(mutex_);
};

}  // namespace session
