// deliver/course.hpp: what is done with an entry whose delivery failed.
//
// The one table of section 6 of the specification, as a pure function:
//
//   failure                          course
//   any, because we are shutting down    given back, as if not tried
//   any, in a stopped lane           try again: nothing is set aside on a probe's word
//   the message's                    park at once
//   the target's                     try again, for ever
//   time-out                         the same, but exhausted after `attempts` if
//                                    others passed meanwhile
//   unclear, but answered (AE, CE)   try later, exhausted after `attempts`
//   the target's or unclear, and
//   the message is over max_age      exhausted
//
// Exhausted is a dead letter, or the lane stops, or the message's key is held while others
// go on: on_exhausted. Without keys to hold is to stop; a target that fails holds all anyway.
#pragma once

#include <cstdint>

#include "config/configuration.hpp"
#include "connect/connector.hpp"
#include "deliver/lane_report.hpp"

namespace deliver {

enum class Course : std::uint8_t {
  kGiveBack,
  kTryAgain,  // the target's turn: the whole lane waits, then probes
  kTryLater,  // this entry waits; those of other keys go on
  kPark,      // a dead letter for its own fault: counts for the brake
  kExpire,    // a dead letter for its age: does not
  kStop,      // the lane stops with this entry at its head
  kHold,      // this entry waits as long as may be, and those of its key behind it
};

struct FailedTry {
  const connectors::Failure& failure;
  LaneState lane = LaneState::kRunning;
  std::uint64_t unclear_count = 0;  // unclear failures of this entry, this one included
  bool others_passed = false;       // delivered by this lane since the first of them
  bool expired = false;
  bool has_key = false;  // the connector orders by a key
};

[[nodiscard]] Course choose_course(const config::RetrySettings& settings,
                                   const FailedTry& tried) noexcept;

}  // namespace deliver
