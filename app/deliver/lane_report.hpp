// deliver/lane_report.hpp: how a lane is doing, for people and for the admin API.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "connect/connector.hpp"
#include "telemetry/distribution.hpp"

namespace deliver {

// The values are exported: add at the end, never renumber.
enum class LaneState : std::uint8_t {
  kRunning = 1,  // delivers, or has nothing to deliver
  kWaiting = 2,  // an incident: the target fails; one probe at a time
  kStopped = 3,  // the brake, or on_exhausted: stop. Until a probe passes or by hand
};

// "running", "waiting", "stopped".
[[nodiscard]] std::string_view to_string(LaneState state) noexcept;

struct LastFailure {
  connectors::FailureClass what = connectors::FailureClass::kConnect;
  std::string reason;  // for the operator; no patient data
  base::WallTime at;
};

// Counts are since the start of the process.
struct LaneReport {
  LaneState state = LaneState::kRunning;
  std::uint64_t attempt_count = 0;
  std::uint64_t delivered_count = 0;
  std::uint64_t parked_count = 0;
  std::uint64_t restart_count = 0;  // how often the lane died and was begun anew
  std::optional<LastFailure> last_failure;
  telemetry::Distribution latencies;  // of those delivered, by telemetry::kDeliveryBounds
};

}  // namespace deliver
