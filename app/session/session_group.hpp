// session/session_group.hpp: the sessions of one loop, so that they can be told to end.
//
// Belongs to the loop's thread, but for the count.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/clock.hpp"

namespace session {

class MllpSession;

// One conversation as it stands, for people.
struct SessionFacts {
  std::uint64_t id = 0;
  std::string listener;
  std::string peer;
  std::string tls_identity;
  base::WallTime since;
  std::uint64_t frame_count = 0;
  std::uint64_t received_bytes = 0;
  std::size_t in_flight_count = 0;
};

class SessionGroup {
 public:
  void add(MllpSession& session);
  void remove(MllpSession& session);

  // Each session present drains; one that is added later drains at once.
  void drain();

  // Of at most `count_max` sessions, in no order.
  [[nodiscard]] std::vector<SessionFacts> facts(std::size_t count_max) const;

  [[nodiscard]] bool draining() const noexcept { return draining_; }

  // Any thread may ask.
  [[nodiscard]] std::size_t count() const noexcept { return count_.load(); }

 private:
  std::unordered_set<MllpSession*> sessions_;
  std::atomic<std::size_t> count_{0};
  bool draining_ = false;
};

}  // namespace session
