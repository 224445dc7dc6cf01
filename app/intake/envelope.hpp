// intake/envelope.hpp: what intake makes of a frame's envelope, FHS/BHS to BTS/FTS.
#pragma once

#include <cstddef>
#include <string>

#include "hl7/frame.hpp"

namespace intake {

// As the frame is treated. A BTS or FTS alone makes no batch: some senders close every
// file with one.
[[nodiscard]] hl7::FrameKind kind_of(const hl7::FrameContents& contents);

// The first fault that makes the envelope corrupt, for the sender; empty if none does.
[[nodiscard]] std::string describe_first_fault(const hl7::FrameContents& contents);

// FHS and BHS of the batch that holds the message, a line each.
[[nodiscard]] std::string envelope_of(const hl7::FrameContents& contents,
                                      std::size_t message_index);

}  // namespace intake
