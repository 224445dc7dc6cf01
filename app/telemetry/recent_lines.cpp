#include "telemetry/recent_lines.hpp"

#include <utility>

namespace telemetry {

void RecentLines::add(std::string line) {
  bytes_ += line.size();
  lines_.push_back(std::move(line));
  while (lines_.size() > kRecentLinesMax || bytes_ > kRecentBytesMax) {
    bytes_ -= lines_.front().size();
    lines_.pop_front();
  }
}

}  // namespace telemetry
