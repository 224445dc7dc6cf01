// intake/refusals.hpp: what is kept of messages that were refused for what they are, and told of
// those that came before.
#pragma once

#include <vector>

#include "base/bytes.hpp"
#include "intake/answer_writer.hpp"
#include "intake/decision.hpp"
#include "intake/peer.hpp"
#include "store/rejected.hpp"

namespace intake {

// A frame that was answered; looks at octets that must still be there.
struct Answered {
  const Decision& decision;
  const Peer& peer;
  base::ByteView frame;
  const Answer& answer;
};

// One for each message that was refused, in order. What its sender shall only send again
// (unavailable, rate_limited) is none.
[[nodiscard]] std::vector<store::Rejected> refusals_of(const Answered& answered,
                                                       const AnswerWriter& answers);

// The same of those that came before and got the answer of then (DEDUP).
[[nodiscard]] std::vector<store::Rejected> repeats_of(const Answered& answered,
                                                      const AnswerWriter& answers);

}  // namespace intake
