// intake/tally.hpp: counts the messages of a frame by type and by what their sender is told.
#pragma once

#include <span>

#include "intake/answer_writer.hpp"
#include "intake/decision.hpp"

namespace intake {

// REQUIRES: an outcome for each ruling; the octets of the frame are still there.
void count_told(const Decision& decision, std::span<const Outcome> outcomes,
                const AnswerWriter& answers, const Answer& answer);

}  // namespace intake
