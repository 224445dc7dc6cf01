// control/letter_filter.hpp: whether a dead letter is one that was asked for.
#pragma once

#include "control/operations.hpp"

namespace control {

// The connector is not looked at.
[[nodiscard]] bool takes(const LetterFilter& filter, const store::ParkedEntry& entry);

}  // namespace control
