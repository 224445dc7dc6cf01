// deliver/circuit.hpp: whether the target of a lane can be trusted with traffic.
//
//             the target fails            20 dead letters in a row, or exhausted
//   running ───────────────────► waiting         (from running or waiting)
//      ▲   ◄───────────────────     │                     │
//      │     the target answers     └────────► stopped ◄──┘
//      └───────────────────────────────────────────┘
//                a probe is delivered, or by hand
//
// Waiting and stopped alike let one entry through at a time, as a probe, each
// after a wait by the retry schedule. An incident is one log line when it begins
// and one when it ends, however many probes fail in between.
//
// Reads no clock: times are handed in. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "connect/connector.hpp"
#include "deliver/lane_report.hpp"

namespace deliver {

// So many dead letters without a delivery in between are the target's fault.
inline constexpr std::uint32_t kBrakeCount = 20;

class Circuit {
 public:
  // The name is the connector's, for the log.
  explicit Circuit(std::string name) : name_(std::move(name)) {}

  [[nodiscard]] LaneState state() const noexcept { return state_; }

  // When the next entry may go: min() while running.
  [[nodiscard]] base::SteadyTime next_try_at() const noexcept { return next_try_at_; }

  // Failures of the target in a row, the one to come included: what the wait after
  // it goes by.
  [[nodiscard]] std::uint64_t next_failure_count() const noexcept { return failure_count_ + 1; }

  // An entry was delivered: all is well.
  void delivered(base::SteadyTime now);

  // The target refused one message, so it is there: ends an incident, not a stop.
  void answered(base::SteadyTime now);

  // The target failed, or a probe of a stopped lane did; the next try is at `next`.
  void failed(const connectors::Failure& failure, base::SteadyTime now, base::SteadyTime next);

  // An entry became a dead letter for its own fault. True if that was one too many:
  // then stop().
  [[nodiscard]] bool dead_letter();

  // Sets the lane still; the first probe is at `next`.
  void stop(std::string_view cause, base::SteadyTime now, base::SteadyTime next);

  // By hand: forget the past, try at once.
  void resume(base::SteadyTime now);

 private:
  void end_incident(std::string_view how, base::SteadyTime now);

  const std::string name_;
  LaneState state_ = LaneState::kRunning;
  base::SteadyTime next_try_at_ = base::SteadyTime::min();
  base::SteadyTime since_{};         // the incident's or the stop's beginning
  std::uint64_t failure_count_ = 0;  // since then
  std::uint32_t dead_letters_in_row_ = 0;
};

}  // namespace deliver
