// intake/intake.hpp: judges a frame, and says what its sender is told.
//
//   judge()     what becomes of the frame, as far as that can be known beforehand
//   (the store) the caller appends the drafts and learns the outcome
//   conclude()  the answer. Here, and only here, AA is born
//
// Pure but for the new ids and the clock that is handed in: no socket, no store,
// no waiting. The command line judges files with the same code.
//
// spec: product.md sections 2 (frames, batches), 4 (answers).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "config/configuration.hpp"
#include "hl7/message.hpp"
#include "intake/ack_policy.hpp"
#include "intake/answer_writer.hpp"
#include "intake/decision.hpp"
#include "intake/live_rules.hpp"
#include "intake/refusals.hpp"
#include "intake/router.hpp"

namespace intake {

// What is in force, and which of the rules are this listener's.
struct ListenerRules {
  const LiveRules& live;
  std::size_t listener = 0;  // its place in the configuration
};

// DEFAULT_CHARACTER_SET; none for `auto`.
[[nodiscard]] std::optional<hl7::Charset> default_charset(const config::ListenerSettings& settings);

// Whether a message's SHA-256 is taken: the memory store would throw it away.
enum class Digest : std::uint8_t { kTaken, kLeftOut };

// What the store does with messages beyond keeping them.
struct StoreTraits {
  Digest digest = Digest::kTaken;
  std::optional<store::DedupSecret> dedup_secret{};  // none: it knows no message again
};

// For one listener. Immutable; shared by threads. Keeps references to the
// settings, the rules and the clock.
class Intake {
 public:
  Intake(const config::ListenerSettings& settings, const AckPolicy& policy,
         const ListenerRules& rules, const base::Clock& clock, const StoreTraits& traits = {});

  // The judgement of one frame's payload, into which the decision looks. What was in
  // the decision goes; its memory is used again.
  void judge(base::ByteView payload, const Peer& peer, Decision& decision) const;

  // Of a frame over MAX_FRAME_SIZE, of which only the beginning was kept.
  void judge_oversize(base::ByteView head, Decision& decision) const;

  // Of a frame beyond RATE_LIMIT: its sender shall try again.
  void judge_rate_limited(base::ByteView payload, Decision& decision) const;

  // The answer, once the store has spoken; where there is nothing to store, right
  // away. Every draft of a decision shares one outcome. After a failed sync the
  // answer is none and `close`: nothing true can be said. Takes the texts of the
  // answers out of the decision: once.
  // REQUIRES: nothing was committed that asks another system; `drafts` are those of the
  // decision, as the store gave them back.
  [[nodiscard]] Answer conclude(Decision& decision, const CommitOutcome& outcome,
                                std::span<const store::Draft> drafts = {}) const;

  // The same of a message that was committed and asks another system: its answer as it
  // came, or none in time.
  [[nodiscard]] Answer conclude_asked(Decision& decision, std::optional<std::string> answer) const;

  // What was refused in a frame for what it is, to be kept. `answer` is conclude()'s, not yet
  // sent. Empty for nearly all.
  [[nodiscard]] std::vector<store::Rejected> refusals(const Decision& decision, const Peer& peer,
                                                      base::ByteView frame,
                                                      const Answer& answer) const {
    return refusals_of({decision, peer, frame, answer}, answers_);
  }

  // What of it came before and was answered as then. Likewise.
  [[nodiscard]] std::vector<store::Rejected> repeats(const Decision& decision, const Peer& peer,
                                                     base::ByteView frame,
                                                     const Answer& answer) const {
    return repeats_of({decision, peer, frame, answer}, answers_);
  }

 private:
  // One frame under judgement, from the start to the end by the same rules.
  struct Case {
    Decision& decision;
    const Peer& peer;
    const InForce& in_force;
  };

  [[nodiscard]] base::Status<hl7::ParseError> parse(const Case& on, hl7::Message& message,
                                                    base::ByteView octets) const;
  [[nodiscard]] Answer write(Decision& decision, std::span<const Outcome> outcomes) const;
  [[nodiscard]] bool judge_single(const Case& on, base::ByteView payload) const;
  void judge_frame(const Case& on, base::ByteView payload) const;
  void judge_message(const Case& on, base::ByteView octets) const;
  void judge_parsed(const Case& on, const hl7::Message& message) const;
  void judge_unparsed(const Case& on, base::ByteView octets, const hl7::ParseError& error) const;
  [[nodiscard]] bool lacks_control_id(const hl7::Header& header) const;
  void judge_batch(const Case& on, const hl7::FrameContents& contents) const;
  void refuse(Decision& decision, Outcome outcome, std::optional<hl7::Header> header,
              std::string reason = {}) const;
  [[nodiscard]] bool pass_rules(const Case& on, Ruling& ruling, const hl7::Message& message) const;
  void accept(const Case& on, Ruling& ruling, const hl7::Message& message) const;
  void probe(const Case& on, Ruling& ruling) const;
  store::Draft& add_draft(const Case& on, Ruling& ruling) const;

  [[nodiscard]] bool knows_again() const noexcept {
    return traits_.dedup_secret && settings_.dedup != config::Dedup::kOff;
  }

  void finish_facts(Decision& decision, std::uint64_t revision) const;

  const config::ListenerSettings& settings_;
  const AnswerWriter answers_;
  const std::optional<hl7::Charset> default_charset_;
  const ListenerRules rules_;
  const base::Clock& clock_;
  const StoreTraits traits_;
};

}  // namespace intake
