// intake/decision.hpp: what was decided of one frame, before and after its commit.
//
//   frame ──judge──► Decision ──(store)──► outcome ──conclude──► Answer
//
// A Decision holds views into the frame's octets: those must outlive it.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/uuid.hpp"
#include "hl7/frame.hpp"
#include "hl7/header.hpp"
#include "intake/ack_policy.hpp"
#include "intake/finding.hpp"
#include "intake/peer.hpp"
#include "store/append.hpp"

namespace intake {

// When a stage began and ended; both 0 where the message did not go through it.
struct StageTime {
  base::SteadyTime begin;
  base::SteadyTime end;
};

// What a message was told when it came before.
struct RepeatedAnswer {
  std::optional<hl7::AckCode> code;  // none: it stands in the octets, or nothing was said
  std::string octets;                // the whole answer, unframed, where it was more than a code
};

// The judgement of one message. `answer` is the octets of the positive answer,
// made before the commit because it is recorded in it, and sent only after;
// empty where the sender wants none.
struct Ruling {
  Outcome outcome = Outcome::kAccepted;  // kAccepted: as far as judged; the commit decides
  std::optional<hl7::Header> header;     // none: nothing of MSH could be read
  base::ByteView octets;                 // of the one message; empty: all of the frame
  std::string reason;                    // beyond the outcome's own lesson, for the sender
  std::optional<Reply> reply;            // of a rule: before the listener's answers
  std::vector<Finding> findings;         // of the rule that decided first, then warnings
  std::string record;                    // the rules behind it, as they are stored
  base::Uuid id;
  StageTime parsed;
  StageTime judged;  // by rules and filters
  std::array<char, 32> sha256{};
  std::string answer;
  bool has_draft = false;                  // the store is asked about it
  std::optional<RepeatedAnswer> repeated;  // it came before, and gets this again
  store::EntryId earlier;                  // what it repeats, or is refused for contradicting
};

struct Decision {
  // Empties it for another frame. Lists keep their memory.
  void begin(base::WallTime at);

  base::WallTime received_at;
  StageTime parsed;                   // the last message
  bool asks = false;                  // the answer is to come from another system
  std::uint64_t config_revision = 0;  // the configuration that judged it
  std::vector<Ruling> rulings;        // one for each message of the frame, in order
  std::vector<store::Draft> drafts;   // of rulings that have one, in order; the caller takes them
  std::unique_ptr<hl7::FrameContents> batch;  // of a batch that was split: its envelope
  std::list<std::string> envelopes;           // what the drafts' facts look at
};

// What goes back to the peer for one frame.
struct Answer {
  std::vector<std::string> messages;  // each a frame of its own, in order; may be none
  bool close = false;                 // end the connection, without an answer
  bool retry_later = false;           // release 2: the commit block is a NAK
};

// The store's word: none = committed.
using CommitOutcome = std::optional<store::StoreError>;

}  // namespace intake
