// cli/answer_check.hpp: whether an answer is one, and whether it is ours.
//
// A sender that takes any answer for its own will sooner or later strike a
// message off its list that nobody stored. So an answer counts only when its
// MSH and MSA can be read, MSA-1 is a code of table 0008 and MSA-2 is the
// MSH-10 that was sent, octet by octet.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "hl7/ack_code.hpp"

namespace cli {

enum class AnswerFault : std::uint8_t {
  kNone = 0,
  kUnreadable = 1,   // no MSH, or no MSA behind it
  kUnknownCode = 2,  // MSA-1 is none of AA AE AR CA CE CR
  kMismatched = 3,   // MSA-2 is not what was sent
};

// "unreadable", "unknown_code", "mismatched"; for kNone "none".
[[nodiscard]] std::string_view to_string(AnswerFault fault) noexcept;

// Views are into the answer.
struct CheckedAnswer {
  AnswerFault fault = AnswerFault::kUnreadable;
  hl7::AckCode code = hl7::AckCode::kAE;  // of kNone and kMismatched; of a batch the worst
  std::string_view control_id;            // MSA-2 as it came
  std::string_view text;                  // MSA-3; of a batch that of the worst
};

// The answer to a single message. Allocates nothing.
[[nodiscard]] CheckedAnswer check_answer(base::ByteView answer,
                                         std::string_view control_id) noexcept;

// The answer to a batch: a batch of answers, or one for the whole. Each MSA-2
// must be among the ids sent; a refusal of the whole may leave it empty. A batch
// of no answers (the peer tells errors only, and there are none) counts as AA.
[[nodiscard]] CheckedAnswer check_batch_answer(base::ByteView answer,
                                               std::span<const std::string> control_ids);

}  // namespace cli
