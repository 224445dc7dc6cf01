// telemetry/log_level.hpp: the least level of a line, changed while the process runs.
#pragma once

#include "telemetry/log.hpp"

namespace telemetry {

// From now on, for all threads. start_log() sets it as well.
void set_log_level(Level level) noexcept;

[[nodiscard]] Level log_level() noexcept;

}  // namespace telemetry
