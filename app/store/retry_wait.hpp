// store/retry_wait.hpp: how long a retry waits.
#pragma once

#include "base/clock.hpp"

namespace store {

// From now until `not_before`: none where that has passed, and at most ten years,
// so that no sum of times overflows.
[[nodiscard]] base::Duration retry_wait(const base::Clock& clock, base::WallTime not_before);

}  // namespace store
