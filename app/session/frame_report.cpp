#include "session/frame_report.hpp"

#include <array>
#include <cstdint>

#include "telemetry/metrics.hpp"

namespace session {
namespace {

using telemetry::Counter;

struct Row {
  std::uint64_t mllp::FrameCounts::*field;
  Counter counter;
};

constexpr std::array<Row, 8> kTable = {{
    {&mllp::FrameCounts::frames, Counter::kFramesReceived},
    {&mllp::FrameCounts::blank_frames, Counter::kFramesBlank},
    {&mllp::FrameCounts::oversize_frames, Counter::kFramesOversize},
    {&mllp::FrameCounts::cut_frames, Counter::kFramesCut},
    {&mllp::FrameCounts::unfinished_frames, Counter::kFramesTruncated},
    {&mllp::FrameCounts::embedded_starts, Counter::kEmbeddedStarts},
    {&mllp::FrameCounts::bare_ends, Counter::kBareEnds},
    {&mllp::FrameCounts::garbage_bytes, Counter::kGarbageBytes},
}};

}  // namespace

void FrameReport::update(const mllp::FrameCounts& counts) noexcept {
  for (const auto& [field, counter] : kTable) {
    const std::uint64_t news = counts.*field - reported_.*field;
    if (news != 0) telemetry::count(counter, news);
  }
  reported_ = counts;
}

}  // namespace session
