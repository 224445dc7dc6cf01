#include "store/care.hpp"

#include <array>

namespace store {
namespace {

constexpr std::array kStates = {SegmentState::kOpen, SegmentState::kClosed, SegmentState::kHeld,
                                SegmentState::kDamaged};

}  // namespace

std::string_view to_string(SegmentState state) noexcept {
  switch (state) {
    case SegmentState::kOpen: return "open";
    case SegmentState::kClosed: return "closed";
    case SegmentState::kHeld: return "held";
    case SegmentState::kDamaged: break;
  }
  return "damaged";
}

std::optional<SegmentState> parse_segment_state(std::string_view text) noexcept {
  for (const SegmentState state : kStates) {
    if (to_string(state) == text) return state;
  }
  return std::nullopt;
}

}  // namespace store
