#include "store/backlog.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "telemetry/log.hpp"

namespace store {
namespace {

using telemetry::Level;

constexpr base::Duration kCalm = std::chrono::seconds(10);

base::SteadyTime now() { return base::Clock::system().steady_now(); }

std::uint64_t at_least_0(std::int64_t number) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0));
}

}  // namespace

void Backlog::set_limit(const BacklogLimit& limit) { limit_ = limit; }

void Backlog::begin(std::int64_t count, std::int64_t size_bytes) {
  count_ = count;
  size_bytes_ = size_bytes;
}

void Backlog::add(std::uint32_t size_bytes) {
  ++count_;
  size_bytes_ += size_bytes;
}

// A store of an older schema did not count octets: what is off goes with the last entry.
void Backlog::drop(std::uint32_t size_bytes) {
  --count_;
  size_bytes_ = count_ <= 0 ? 0 : size_bytes_ - size_bytes;
  if (!in_incident_ || limit_.is_reached(2 * count_, 2 * size_bytes_)) return;
  if (now() - kept_out_at_ < kCalm) return;
  in_incident_ = false;
  telemetry::log(Level::kInfo, "backlog_has_room",
                 {{"connector", connector_}, {"waiting", at_least_0(count_)}});
}

void Backlog::note_refused() {
  ++refused_count_;
  note_kept_out();
}

void Backlog::note_overflow() {
  ++overflow_count_;
  note_kept_out();
}

void Backlog::note_kept_out() {
  kept_out_at_ = now();
  if (std::exchange(in_incident_, true)) return;
  telemetry::log(Level::kError, "backlog_full",
                 {{"connector", connector_},
                  {"waiting", at_least_0(count_)},
                  {"waiting_bytes", at_least_0(size_bytes_)},
                  {"text", parks() ? "further messages for it become dead letters"
                                   : "senders of further messages for it are told to wait"}});
}

LaneStatus Backlog::status() const noexcept {
  LaneStatus status;
  status.waiting_count = at_least_0(count_);
  status.waiting_bytes = at_least_0(size_bytes_);
  status.refused_count = refused_count_;
  status.overflow_count = overflow_count_;
  return status;
}

}  // namespace store
