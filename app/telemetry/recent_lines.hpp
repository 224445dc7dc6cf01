// telemetry/recent_lines.hpp: the latest lines of the log, for the admin API.
//
// At most kRecentLinesMax of them and kRecentBytesMax octets; the oldest go first.
// Lines of level trace are not kept: they may hold patient data.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

namespace telemetry {

inline constexpr std::size_t kRecentLinesMax = 256;
inline constexpr std::size_t kRecentBytesMax = std::size_t{256} * 1024;

// Not thread-safe: the log holds its lock around it.
class RecentLines {
 public:
  void add(std::string line);

  // The oldest first.
  [[nodiscard]] std::vector<std::string> lines() const { return {lines_.begin(), lines_.end()}; }

 private:
  std::deque<std::string> lines_;
  std::size_t bytes_ = 0;
};

}  // namespace telemetry
