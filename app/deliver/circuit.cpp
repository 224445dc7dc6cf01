#include "deliver/circuit.hpp"

#include <chrono>

#include "telemetry/log.hpp"

namespace deliver {
namespace {

using telemetry::Level;

double seconds_between(base::SteadyTime begin, base::SteadyTime end) noexcept {
  return std::chrono::duration<double>(end - begin).count();
}

// How soon a lane asks again while another one's probe is under way.
constexpr base::Duration kWhileProbed = std::chrono::milliseconds(50);

}  // namespace

LaneState Circuit::state() const {
  const base::Lock lock(mutex_);
  return state_;
}

Circuit::Pass Circuit::ask(const void* who, base::SteadyTime now) {
  const base::Lock lock(mutex_);
  if (state_ == LaneState::kRunning) return {};
  if (now < next_try_at_) return {.may_try = false, .until = next_try_at_};
  if (prober_ != nullptr && prober_ != who) return {.may_try = false, .until = now + kWhileProbed};
  prober_ = who;
  return {.probe = true};
}

void Circuit::end_probe(const void* who) {
  const base::Lock lock(mutex_);
  if (prober_ == who) prober_ = nullptr;
}

std::uint64_t Circuit::next_failure_count() const {
  const base::Lock lock(mutex_);
  return failure_count_ + 1;
}

void Circuit::delivered(base::SteadyTime now) {
  const base::Lock lock(mutex_);
  dead_letters_in_row_ = 0;
  if (state_ != LaneState::kRunning) end_incident("delivered", now);
}

void Circuit::answered(base::SteadyTime now) {
  const base::Lock lock(mutex_);
  if (state_ == LaneState::kWaiting) end_incident("answered", now);
}

void Circuit::failed(const void* who, const connectors::Failure& failure, const Times& times) {
  const base::Lock lock(mutex_);
  if (state_ != LaneState::kRunning && prober_ != who) return;
  if (state_ == LaneState::kRunning) {
    state_ = LaneState::kWaiting;
    since_ = times.now;
    telemetry::log(Level::kWarning, "delivery_incident_began",
                   {{"connector", name_},
                    {"class", connectors::to_string(failure.what)},
                    {"reason", failure.reason}});
  }
  ++failure_count_;
  next_try_at_ = times.next;
}

bool Circuit::dead_letter() {
  const base::Lock lock(mutex_);
  return ++dead_letters_in_row_ >= kBrakeCount;
}

void Circuit::stop(std::string_view cause, base::SteadyTime now, base::SteadyTime next) {
  const base::Lock lock(mutex_);
  if (state_ == LaneState::kRunning) {
    since_ = now;
    failure_count_ = 0;
  }
  if (state_ != LaneState::kStopped) {
    telemetry::log(Level::kError, "lane_stopped", {{"connector", name_}, {"cause", cause}});
  }
  state_ = LaneState::kStopped;
  next_try_at_ = next;
}

void Circuit::resume(base::SteadyTime now) {
  const base::Lock lock(mutex_);
  dead_letters_in_row_ = 0;
  if (state_ != LaneState::kRunning) end_incident("by_hand", now);
}

void Circuit::end_incident(std::string_view how, base::SteadyTime now) {
  const bool stopped = state_ == LaneState::kStopped;
  telemetry::log(stopped ? Level::kWarning : Level::kInfo,
                 stopped ? "lane_resumed" : "delivery_incident_ended",
                 {{"connector", name_},
                  {"how", how},
                  {"failures", failure_count_},
                  {"seconds", seconds_between(since_, now)}});
  state_ = LaneState::kRunning;
  next_try_at_ = base::SteadyTime::min();
  failure_count_ = 0;
}

}  // namespace deliver
