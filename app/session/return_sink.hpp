// session/return_sink.hpp: brings appends back from the store's thread to their loop.
//
// One for each loop. What a commit returns reaches the loop as one handler, however
// many messages it held; what returns meanwhile joins it.
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

  net::Loop& loop_;
  base::Mutex mutex_;
  std::vector<std::unique_ptr<store::Append>> waiting_ GUARDED_BY(mutex_);
};

}  // namespace session
