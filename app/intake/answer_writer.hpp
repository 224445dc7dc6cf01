// intake/answer_writer.hpp: puts a decision into the words of an acknowledgement.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "config/configuration.hpp"
#include "intake/decision.hpp"

namespace intake {

// For one listener. Immutable; shared by threads.
class AnswerWriter {
 public:
  AnswerWriter(const config::ListenerSettings& settings, const AckPolicy& policy);

  // Whether, and with which code, the sender of this message is answered.
  [[nodiscard]] std::optional<hl7::AckCode> code_for(const Ruling& ruling, Outcome outcome) const;

  // The answer, unframed. Empty where code_for() says none.
  [[nodiscard]] std::string write(const Ruling& ruling, Outcome outcome, base::WallTime now) const;

  // What goes back for the whole frame. `outcomes`: one for each ruling. Takes the
  // texts of positive answers out of the rulings.
  [[nodiscard]] Answer write_all(Decision& decision, std::span<const Outcome> outcomes) const;

 private:
  [[nodiscard]] Reply reply_for(const Ruling& ruling, Outcome outcome) const;
  [[nodiscard]] std::string write_repeated(const Ruling& ruling, base::WallTime now) const;
  void append_findings(std::string& out, hl7::AckRequest& request, const Ruling& ruling) const;
  [[nodiscard]] std::string write_coded(const Ruling& ruling, Outcome outcome, hl7::AckCode code,
                                        base::WallTime now) const;
  [[nodiscard]] std::string write_batch(const Decision& decision,
                                        std::span<const Outcome> outcomes) const;
  [[nodiscard]] std::string write_worst(const Decision& decision,
                                        std::span<const Outcome> outcomes) const;

  const config::ListenerSettings& settings_;
  const AckPolicy policy_;
  const hl7::TimeForm time_form_;
};

// The header by which one plain ACK answers a batch as a whole: the batch's own
// where it has a control id, else that of its first message.
[[nodiscard]] std::optional<hl7::Header> batch_header(const hl7::FrameContents& contents);

}  // namespace intake
