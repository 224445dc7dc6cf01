#include "deliver/lane_report.hpp"

namespace deliver {

std::string_view to_string(LaneState state) noexcept {
  switch (state) {
    case LaneState::kRunning: return "running";
    case LaneState::kWaiting: return "waiting";
    case LaneState::kStopped: return "stopped";
  }
  return "unknown";
}

}  // namespace deliver
