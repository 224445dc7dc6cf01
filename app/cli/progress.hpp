// cli/progress.hpp: how far a long command is, for the person who waits.
//
// On a terminal one line, drawn anew ten times a second; in a pipe a plain line
// every ten seconds, without control characters. Always on stderr: stdout is
// the result's.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace cli {

struct ProgressState {
  std::uint64_t message_count = 0;  // answered
  double messages_per_second = 0.0;
  std::optional<double> share_done{};         // 0 to 1; none where the end is not known
  std::optional<base::Duration> time_left{};  // none where it cannot be told
};

// "[#########-----------]  45 %  1,234 messages  456/s  12s left", at most
// `column_count` wide: the bar gives way first.
[[nodiscard]] std::string render_progress(const ProgressState& state, std::size_t column_count);

// "9s", "3m 20s", "2h 5m"
[[nodiscard]] std::string render_time_left(base::Duration time_left);

// 1234567 -> "1,234,567"
[[nodiscard]] std::string render_count(std::uint64_t count);

// "850 us", "1.23 ms", "4.56 s"
[[nodiscard]] std::string render_latency(base::Duration latency);

enum class ProgressStyle : std::uint8_t { kNone, kPlain, kLine };

// kLine if the stream is a terminal that can move its cursor, else kPlain.
[[nodiscard]] ProgressStyle choose_progress_style(std::FILE* stream);

// Not thread-safe. Takes its line away when destroyed.
class ProgressLine {
 public:
  ProgressLine(std::FILE* stream, ProgressStyle style, const base::Clock& clock);
  ~ProgressLine();

  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Draws if it is time to.
  void show(const ProgressState& state);

  // Writes a line of text so that it does not mix with the bar.
  void print(std::string_view text);

  void clear();

 private:
  std::FILE* stream_;
  ProgressStyle style_;
  const base::Clock& clock_;
  base::SteadyTime due_at_;
  bool drawn_ = false;
};

}  // namespace cli
