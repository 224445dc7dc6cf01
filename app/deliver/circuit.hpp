// deliver/circuit.hpp: whether a target can be trusted with traffic. All lanes of a
// connector share one, so that a dead target costs one probe at a time however many they are.
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
// Reads no clock: times are handed in. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "connect/connector.hpp"
#include "deliver/lane_report.hpp"

namespace deliver {

// So many dead letters without a delivery in between are the target's fault.
inline constexpr std::uint32_t kBrakeCount = 20;

class Circuit {
 public:
  // The name is the connector's, for the log.
  explicit Circuit(std::string name) : name_(std::move(name)) {}

  [[nodiscard]] LaneState state() const;

  // Asks for a lane, `who`, whether entries may go now. A probe is one entry, and is that
  // lane's alone until end_probe().
  struct Pass {
    bool may_try = true;
    bool probe = false;
    base::SteadyTime until{};  // when to ask again, if not
  };

  [[nodiscard]] Pass ask(const void* who, base::SteadyTime now);

  // Does nothing for a lane that has no probe.
  void end_probe(const void* who);

  // Failures of the target in a row, the one to come included: what the wait after
  // it goes by.
  [[nodiscard]] std::uint64_t next_failure_count() const;

  // An entry was delivered: all is well.
  void delivered(base::SteadyTime now);

  // The target refused one message, so it is there: ends an incident, not a stop.
  void answered(base::SteadyTime now);

  struct Times {
    base::SteadyTime now;
    base::SteadyTime next;  // the next try
  };

  // The target failed, or a probe of a stopped lane did. What other lanes had under way
  // when the incident began changes nothing.
  void failed(const void* who, const connectors::Failure& failure, const Times& times);

  // An entry became a dead letter for its own fault. True if that was one too many:
  // then stop().
  [[nodiscard]] bool dead_letter();

  // Sets all lanes still; the first probe is at `next`.
  void stop(std::string_view cause, base::SteadyTime now, base::SteadyTime next);

  // By hand: forget the past, try at once.
  void resume(base::SteadyTime now);

 private:
  void end_incident(std::string_view how, base::SteadyTime now) REQUIRES_LOCK(mutex_);

  const std::string name_;
  mutable base::Mutex mutex_;
  LaneState state_ GUARDED_BY(mutex_) = LaneState::kRunning;
  base::SteadyTime next_try_at_ GUARDED_BY(mutex_) = base::SteadyTime::min();
  base::SteadyTime since_ GUARDED_BY(mutex_){};         // the incident's or the stop's beginning
  std::uint64_t failure_count_ GUARDED_BY(mutex_) = 0;  // since then
  std::uint32_t dead_letters_in_row_ GUARDED_BY(mutex_) = 0;
  const void* prober_ GUARDED_BY(mutex_) = nullptr;  // the lane whose entry is under way
};

}  // namespace deliver
