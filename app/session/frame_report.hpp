// session/frame_report.hpp: tells the metrics what a connection's decoder has counted.
#pragma once

#include "mllp/frame_decoder.hpp"

namespace session {

class FrameReport {
 public:
  // Counts what has come since the last call.
  void update(const mllp::FrameCounts& counts) noexcept;

  [[nodiscard]] const mllp::FrameCounts& reported() const noexcept { return reported_; }

 private:
  mllp::FrameCounts reported_;
};

}  // namespace session
