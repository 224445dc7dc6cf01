// session/session_group.hpp: the sessions of one loop, so that they can be told to end.
//
// Belongs to the loop's thread, but for the count.
#pragma once

#include <atomic>
#include <cstddef>
#include <unordered_set>

namespace session {

class MllpSession;

class SessionGroup {
 public:
  void add(MllpSession& session);
  void remove(MllpSession& session);

  // Each session present drains; one that is added later drains at once.
  void drain();

  [[nodiscard]] bool draining() const noexcept { return draining_; }

  // Any thread may ask.
  [[nodiscard]] std::size_t count() const noexcept { return count_.load(); }

 private:
  std::unordered_set<MllpSession*> sessions_;
  std::atomic<std::size_t> count_{0};
  bool draining_ = false;
};

}  // namespace session
