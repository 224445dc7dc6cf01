// session/append_gate.hpp: takes a loop's messages to the store, those of a round together.
//
// What the sessions of a loop hand in while it tells them what they have read reaches the
// store as one batch behind that round: one lock, one wake of the writer, and a commit that
// holds the round rather than its first message.
#pragma once

#include <memory>
#include <vector>

#include "net/loop.hpp"
#include "store/outbox.hpp"

namespace session {

class AppendGate {
 public:
  // Both outlive what is posted to the loop, as this must. What has not passed when the
  // loop ends is dropped: nobody has been answered for it.
  AppendGate(net::Loop& loop, store::Outbox& outbox) : loop_(loop), outbox_(outbox) {}

  AppendGate(const AppendGate&) = delete;
  AppendGate& operator=(const AppendGate&) = delete;

  // On the loop's thread; in the order of the calls. Takes what is in `appends`.
  void submit(std::vector<std::unique_ptr<store::Append>>& appends);

 private:
  void pass();

  net::Loop& loop_;
  store::Outbox& outbox_;
  std::vector<std::unique_ptr<store::Append>> gathered_;
};

}  // namespace session
