#include "session/session_group.hpp"

#include <memory>
#include <vector>

#include "session/mllp_session.hpp"

namespace session {

void SessionGroup::add(MllpSession& session) {
  sessions_.insert(&session);
  count_.store(sessions_.size());
}

void SessionGroup::remove(MllpSession& session) {
  sessions_.erase(&session);
  count_.store(sessions_.size());
}

void SessionGroup::drain() {
  draining_ = true;
  // Owned while they drain: one that ends at once removes itself from the set.
  std::vector<std::shared_ptr<MllpSession>> present;
  present.reserve(sessions_.size());
  for (MllpSession* session : sessions_) present.push_back(session->shared_from_this());
  for (const auto& session : present) session->drain();
}

std::vector<SessionFacts> SessionGroup::facts(std::size_t count_max) const {
  std::vector<SessionFacts> found;
  for (const MllpSession* session : sessions_) {
    if (found.size() >= count_max) break;
    found.push_back(session->facts());
  }
  return found;
}

}  // namespace session
