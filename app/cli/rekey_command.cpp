#include "cli/rekey_command.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "base/try.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_object.hpp"
#include "cli/progress.hpp"

namespace cli {
namespace {

using control::Answer;
using store::RekeyPhase;
using store::RekeyState;

constexpr int kPollMs = 100;
constexpr int kPlainEvery = 100;  // polls
constexpr std::uint64_t kBarColumns = 30;

// "[############------------------]  12 of 30 segments"
std::string bar_of(const RekeyState& state) {
  const std::uint64_t total = std::max<std::uint64_t>(state.total_count, 1);
  const std::uint64_t filled = kBarColumns * std::min(state.done_count, total) / total;
  return fmt::format("[{}{}]  {} of {} segments", std::string(filled, '#'),
                     std::string(kBarColumns - filled, '-'), state.done_count, state.total_count);
}

// On a terminal a bar that is drawn anew; in a pipe a line every ten seconds.
class Watch {
 public:
  Watch() : style_(choose_progress_style(stderr)) {}

  ~Watch() {
    if (is_drawn_) fmt::print(stderr, "\r\033[K");
  }

  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void show(const RekeyState& state) {
    if (style_ == ProgressStyle::kLine) {
      fmt::print(stderr, "\r\033[K{}", bar_of(state));
      static_cast<void>(std::fflush(stderr));
      is_drawn_ = true;
    } else if (style_ == ProgressStyle::kPlain && ++poll_count_ % kPlainEvery == 0) {
      fmt::print(stderr, "{} of {} segments\n", state.done_count, state.total_count);
    }
  }

 private:
  const ProgressStyle style_;
  int poll_count_ = 0;
  bool is_drawn_ = false;
};

int tell_end(const RekeyState& state, bool json) {
  if (state.phase == RekeyPhase::kFailed) {
    fmt::print(stderr, "mllp-server: the rekey failed, what it has done stays: {}\n", state.error);
    return kExitFailed;
  }
  if (json) {
    JsonObject object;
    object.add("key", state.key)
        .add("segments", state.total_count)
        .add("encrypted_segments", state.copied_count);
    fmt::print("{}\n", object.to_text());
    return kExitDone;
  }
  fmt::print(
      "all that is kept is encrypted with the key {}, {} of {} segments now; the store needs no "
      "other key any more\n",
      state.key, state.copied_count, state.total_count);
  return kExitDone;
}

}  // namespace

Answer<int> rekey_store(control::Operations& operations, const KeeperOptions& options) {
  static_cast<void>(TRY(operations.begin_rekey()));
  RekeyState state;
  {
    Watch watch;
    for (;;) {
      state = TRY(operations.rekey_state());
      if (state.phase != RekeyPhase::kRunning) break;
      watch.show(state);
      static_cast<void>(::poll(nullptr, 0, kPollMs));
    }
  }
  return tell_end(state, options.json);
}

}  // namespace cli
