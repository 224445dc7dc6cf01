#include "telemetry/line_writer.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace telemetry {

bool LineWriter::write(std::string_view line) noexcept {
  if (mid_line_) {
    if (write_some("\n") == 0) {
      ++lost_count_;
      return false;
    }
    mid_line_ = false;
  }
  std::size_t written = 0;
  while (written < line.size()) {
    const std::size_t count = write_some(line.substr(written));
    if (count == 0) {
      mid_line_ = written > 0;
      ++lost_count_;
      return false;
    }
    written += count;
  }
  return true;
}

std::uint64_t LineWriter::take_lost_count() noexcept { return std::exchange(lost_count_, 0); }

std::size_t LineWriter::write_some(std::string_view octets) noexcept {
  pollfd waiting{fd_, POLLOUT, 0};
  const int wait_ms = stuck_ ? 0 : static_cast<int>(kWait.count());
  int ready = ::poll(&waiting, 1, wait_ms);
  if (ready < 0 && errno == EINTR) ready = ::poll(&waiting, 1, wait_ms);
  stuck_ = ready <= 0;
  if (stuck_) return 0;
  // A writable pipe has room for PIPE_BUF octets, so this write does not block.
  const std::size_t bytes = std::min<std::size_t>(octets.size(), PIPE_BUF);
  const ssize_t count = ::write(fd_, octets.data(), bytes);
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

}  // namespace telemetry
