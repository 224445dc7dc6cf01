// store/backlog.hpp: how much waits for one connector, and whether that is all that may.
//
// An incident begins when the limit keeps something out, and ends when the backlog has
// shrunk to half of it and nothing was kept out for ten seconds: one line in the log for
// each, however often it goes to and fro.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "store/outbox.hpp"

namespace store {

// Not thread-safe.
class Backlog {
 public:
  explicit Backlog(std::string connector) : connector_(std::move(connector)) {}

  void set_limit(const BacklogLimit& limit);

  // What is known from an earlier run.
  void begin(std::int64_t count, std::int64_t size_bytes);

  void add(std::uint32_t size_bytes);
  void drop(std::uint32_t size_bytes);

  // Not owed yet, but as good as: counts against the limit.
  struct Reserved {
    std::int64_t count = 0;
    std::int64_t size_bytes = 0;
  };

  [[nodiscard]] bool is_full() const noexcept { return limit_.is_reached(count_, size_bytes_); }

  [[nodiscard]] bool is_full(const Reserved& reserved) const noexcept {
    return limit_.is_reached(count_ + reserved.count, size_bytes_ + reserved.size_bytes);
  }

  [[nodiscard]] bool parks() const noexcept { return limit_.on_full == OnFull::kPark; }

  // The limit has kept an append out, for as long as it could wait; an entry was put aside.
  void note_refused();
  void note_overflow();

  [[nodiscard]] std::int64_t count() const noexcept { return count_; }

  [[nodiscard]] std::int64_t size_bytes() const noexcept { return size_bytes_; }

  // The counts of a status; its cursor and what is parked are not known here.
  [[nodiscard]] LaneStatus status() const noexcept;

 private:
  void note_kept_out();

  const std::string connector_;
  BacklogLimit limit_;
  std::int64_t count_ = 0;  // below 0 for a moment where a lane is ahead of its count
  std::int64_t size_bytes_ = 0;
  std::uint64_t refused_count_ = 0;
  std::uint64_t overflow_count_ = 0;
  bool in_incident_ = false;
  base::SteadyTime kept_out_at_;
};

}  // namespace store
