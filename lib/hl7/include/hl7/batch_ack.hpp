// hl7/batch_ack.hpp: writes the batch of answers to a batch.
//
//     FHS|^~\&|…||||<id>|<received FHS-11>     when the file had FHS or FTS
//     BHS|^~\&|…||||<id>|<received BHS-11>     for a batch that had BHS or BTS, or is not alone
//     MSH… MSA… [ERR…]                         the answers, each a whole message
//     BTS|<number of answers>
//     FTS|<number of batches>
//
// Delimiters are those of the received FHS and BHS (the answers inside keep
// those of their messages); applications and facilities are swapped.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "hl7/frame.hpp"
#include "hl7/timestamp.hpp"

namespace hl7 {

struct BatchAckRequest {
  const FrameContents* contents = nullptr;  // REQUIRES: not null, kind is kBatch

  // One for each of contents->messages, in order, as append_ack() wrote it; an
  // empty one is left out and not counted. So BATCH_ANSWER=errors is: hand in
  // the refusals only. An empty batch of answers says that all was accepted.
  std::span<const std::string_view> answers{};

  LocalTime time{};  // FHS-7, BHS-7
  TimeForm time_form = TimeForm::kOffset;

  // New and unique: FHS-11 as it is; BHS-11 with ".1", ".2", … behind it where
  // there are several batches or an FHS.
  std::string_view control_id{};
};

// Appends the batch of answers. REQUIRES: answers.size() == contents->messages.size().
void append_batch_ack(std::string& out, const BatchAckRequest& request);

}  // namespace hl7
