// telemetry/line_writer.hpp: lines to a descriptor whose reader may be slow or gone.
//
// A pipe that nobody reads, or a terminal that was stopped, must not stop the
// server: a line waits at most kWait for room, then it is lost and counted. While
// the reader is stuck no further line waits at all.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace telemetry {

// Not thread-safe: the log's sink holds its lock around it. Does not own `fd`.
class LineWriter {
 public:
  static constexpr std::chrono::milliseconds kWait{50};

  explicit LineWriter(int fd) : fd_(fd) {}

  // `line` ends in a line feed. False if it was lost, whole or in part.
  bool write(std::string_view line) noexcept;

  // Lines lost since the last call.
  [[nodiscard]] std::uint64_t take_lost_count() noexcept;

 private:
  // Up to PIPE_BUF octets; returns how many, 0 if there was no room in time.
  std::size_t write_some(std::string_view octets) noexcept;

  int fd_;
  bool stuck_ = false;     // the last wait was in vain
  bool mid_line_ = false;  // the last line was cut: end it before the next
  std::uint64_t lost_count_ = 0;
};

}  // namespace telemetry
