// session/exchange.hpp: one frame and its answer, from the last octet read to the
// last octet sent.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/uuid.hpp"
#include "deliver/questions.hpp"
#include "intake/decision.hpp"
#include "intake/peer.hpp"
#include "store/append.hpp"

namespace session {

class MllpSession;

struct Exchange {
  // What the decision's views look at: both stay until the store has written it, whether
  // the session is still there or not.
  std::vector<std::byte> frame;
  std::shared_ptr<const intake::Peer> peer;

  intake::Decision decision;
  intake::Answer answer;  // meaningful once ready
  bool ready = false;
  base::SteadyTime read_at;       // its last octet
  base::SteadyTime begun_at;      // its first octet, where it took several reads; 0: not
  base::SteadyTime submitted_at;  // to the store; 0: not
  base::SteadyTime committed_at;  // when it came back; 0: not
  bool commit_failed = false;
  std::weak_ptr<MllpSession> session;  // gone: the outcome stands, nobody is told

  // The sender waits for another system's answer; null: it does not.
  std::shared_ptr<deliver::Question> question;
  base::Uuid question_id;

  // What carries the drafts to the store; away between append and its return.
  std::unique_ptr<store::Append> append = std::make_unique<store::Append>();

  // Release 2: how far the answer has gone out.
  bool commit_block_sent = false;
  std::size_t messages_sent = 0;
  unsigned attempts = 0;
};

}  // namespace session
