// telemetry/repeat_limit.hpp: a storm of one event becomes a few lines and a number.
//
// Of each event at most `per_second` lines are written in a second, counted from
// the first of them. The rest are counted, and the number is told once the second
// is over. At most kEventsMax names are kept; events beyond them are not limited.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "telemetry/log.hpp"

namespace telemetry {

// Lines of one event that were left out.
struct Repeated {
  std::string event;
  Level level = Level::kInfo;  // of the last of them
  std::uint64_t count = 0;

  friend bool operator==(const Repeated&, const Repeated&) = default;
};

// Not thread-safe: the log holds its lock around it.
class RepeatLimit {
 public:
  static constexpr std::size_t kEventsMax = 1024;

  explicit RepeatLimit(std::uint32_t per_second) : per_second_(per_second) {}

  // True if a line of this event may be written now; else it is counted.
  [[nodiscard]] bool admit(std::string_view event, Level level, base::SteadyTime now);

  // What was left out in seconds that are over, each told once.
  [[nodiscard]] std::vector<Repeated> take_repeated(base::SteadyTime now);

 private:
  struct Window {
    base::SteadyTime began;
    std::uint32_t written_count = 0;
    std::uint64_t left_out_count = 0;
    Level level = Level::kInfo;
  };

  Window* find_or_make(std::string_view event, base::SteadyTime now);

  std::uint32_t per_second_;
  std::map<std::string, Window, std::less<>> windows_;
  std::size_t untold_count_ = 0;  // windows with something left out
};

}  // namespace telemetry
