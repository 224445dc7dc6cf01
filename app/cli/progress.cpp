#include "cli/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace cli {
namespace {

constexpr auto kLineInterval = std::chrono::milliseconds(100);
constexpr auto kPlainInterval = std::chrono::seconds(10);
constexpr std::size_t kBarColumnsMax = 40;
constexpr std::size_t kBarColumnsMin = 8;
constexpr std::size_t kUsualColumns = 80;

std::size_t columns_of(std::FILE* stream) {
  winsize size{};
  const bool known = ::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kUsualColumns;
}

std::string render_bar(double share, std::size_t column_count) {
  const auto done = static_cast<std::size_t>(share * static_cast<double>(column_count));
  return "[" + std::string(done, '#') + std::string(column_count - done, '-') + "]  ";
}

}  // namespace

std::string render_count(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, 1, ',');
  return digits;
}

std::string render_time_left(base::Duration time_left) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(time_left).count();
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m {}s", seconds / 60, seconds % 60);
  return fmt::format("{}h {}m", seconds / 3600, seconds % 3600 / 60);
}

std::string render_latency(base::Duration latency) {
  const double microseconds = std::chrono::duration<double, std::micro>(latency).count();
  if (microseconds < 1e3) return fmt::format("{:.0f} us", microseconds);
  if (microseconds < 1e6) return fmt::format("{:.2f} ms", microseconds / 1e3);
  return fmt::format("{:.2f} s", microseconds / 1e6);
}

std::string render_progress(const ProgressState& state, std::size_t column_count) {
  std::string text = fmt::format("{} messages  {}/s", render_count(state.message_count),
                                 render_count(static_cast<std::uint64_t>(
                                     std::llround(std::max(state.messages_per_second, 0.0)))));
  if (state.time_left) text += fmt::format("  {} left", render_time_left(*state.time_left));
  if (!state.share_done) return text.substr(0, column_count);

  const double share = std::clamp(*state.share_done, 0.0, 1.0);
  text = fmt::format("{:3.0f} %  {}", std::floor(share * 100.0), text);
  constexpr std::size_t kBarFrame = 4;  // brackets and blanks
  const std::size_t room = column_count > text.size() ? column_count - text.size() : 0;
  if (room >= kBarFrame + kBarColumnsMin) {
    text = render_bar(share, std::min(room - kBarFrame, kBarColumnsMax)) + text;
  }
  return text.substr(0, column_count);
}

ProgressStyle choose_progress_style(std::FILE* stream) {
  // Read once, before there are threads.
  const char* terminal = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe)
  const bool can_move = terminal != nullptr && std::string_view(terminal) != "dumb";
  return ::isatty(::fileno(stream)) == 1 && can_move ? ProgressStyle::kLine : ProgressStyle::kPlain;
}

ProgressLine::ProgressLine(std::FILE* stream, ProgressStyle style, const base::Clock& clock)
    : stream_(stream),
      style_(style),
      clock_(clock),
      // In a pipe a short run prints nothing at all.
      due_at_(clock.steady_now() + (style == ProgressStyle::kPlain ? base::Duration(kPlainInterval)
                                                                   : base::Duration(0))) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(const ProgressState& state) {
  const base::SteadyTime now = clock_.steady_now();
  if (style_ == ProgressStyle::kNone || now < due_at_) return;
  if (style_ == ProgressStyle::kPlain) {
    due_at_ = now + kPlainInterval;
    fmt::print(stream_, "{}\n", render_progress(state, kUsualColumns));
  } else {
    due_at_ = now + kLineInterval;
    drawn_ = true;
    // One column stays free: a full line would wrap.
    fmt::print(stream_, "\r\x1b[K{}", render_progress(state, columns_of(stream_) - 1));
  }
  static_cast<void>(std::fflush(stream_));  // a lost progress line harms nobody
}

void ProgressLine::print(std::string_view text) {
  clear();
  fmt::print(stream_, "{}\n", text);
  static_cast<void>(std::fflush(stream_));
}

void ProgressLine::clear() {
  if (!drawn_) return;
  drawn_ = false;
  fmt::print(stream_, "\r\x1b[K");
  static_cast<void>(std::fflush(stream_));
}

}  // namespace cli
