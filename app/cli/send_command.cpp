#include "cli/send_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "cli/exit_code.hpp"
#include "cli/interrupt.hpp"
#include "cli/progress.hpp"
#include "cli/send_report.hpp"

namespace cli {
namespace {

// Told one by one; the summary counts the rest.
constexpr std::uint64_t kRefusalsShownMax = 20;

// Shows a person what happens while it happens.
class SendScreen final : public SendObserver {
 public:
  SendScreen(const SendCommandOptions& options, InputStream& stream, const base::Clock& clock)
      : options_(options),
        stream_(stream),
        clock_(clock),
        begun_at_(clock.steady_now()),
        line_(stderr, choose_progress_style(stderr), clock) {}

  void on_settled(const OutgoingMessage& message, const SendOutcome& outcome) override {
    if (options_.verbose) {
      show_answer(message, outcome);
    } else if (outcome.settlement != Settlement::kAccepted) {
      show_refusal(message, outcome);
    }
  }

  void on_retry(const OutgoingMessage& message, const SendOutcome& outcome,
                base::Duration wait) override {
    if (!options_.verbose) return;
    line_.print(
        fmt::format("{}, again in {}", render_outcome(message, outcome), render_latency(wait)));
  }

  void on_trouble(const PeerLoss& loss, bool given_up) override {
    if (!given_up && troubled_) return;  // once is enough until something is answered
    troubled_ = true;
    line_.print(fmt::format("{}: {}{}", config::to_string(options_.to), to_string(loss),
                            given_up ? ", given up" : ", trying again"));
  }

  bool on_tick(const SendTally& tally) override {
    if (tally.accepted > 0) troubled_ = false;
    show_problems();
    line_.show(to_progress(tally));
    return was_interrupted();
  }

  void show_problems() {
    for (const std::string& problem : stream_.take_problems()) {
      ++problem_count_;
      line_.print(problem);
    }
  }

  void finish() {
    show_problems();
    line_.clear();
  }

  [[nodiscard]] std::uint64_t problem_count() const noexcept { return problem_count_; }

 private:
  void show_answer(const OutgoingMessage& message, const SendOutcome& outcome) {
    line_.clear();
    std::FILE* stream = options_.json ? stderr : stdout;  // with JSON, stdout is the object's
    fmt::print(stream, "{}\n{}", render_outcome(message, outcome), render_answer(outcome.answer));
  }

  void show_refusal(const OutgoingMessage& message, const SendOutcome& outcome) {
    if (++refusal_count_ <= kRefusalsShownMax) line_.print(render_outcome(message, outcome));
    if (refusal_count_ == kRefusalsShownMax) line_.print("more of these are only counted");
  }

  ProgressState to_progress(const SendTally& tally) const {
    const base::Duration elapsed = clock_.steady_now() - begun_at_;
    const double seconds = std::chrono::duration<double>(elapsed).count();
    ProgressState state;
    state.message_count = tally.settled();
    if (seconds > 0.0) {
      state.messages_per_second = static_cast<double>(state.message_count) / seconds;
    }
    state.share_done = stream_.share_given();
    if (state.share_done && *state.share_done > 0.01) {
      const double left = seconds * (1.0 - *state.share_done) / *state.share_done;
      state.time_left =
          std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(left));
    }
    return state;
  }

  const SendCommandOptions& options_;
  InputStream& stream_;
  const base::Clock& clock_;
  base::SteadyTime begun_at_;
  ProgressLine line_;
  std::uint64_t refusal_count_ = 0;
  std::uint64_t problem_count_ = 0;
  bool troubled_ = false;
};

int refuse(std::string_view sentence) {
  fmt::print(stderr, "mllp-server send: {}\n", sentence);
  return kExitUsage;
}

SendPlan make_plan(const SendCommandOptions& options, Destination destination) {
  SendPlan plan;
  plan.destination = std::move(destination);
  plan.connection_count = options.connections;
  plan.in_flight_max = options.in_flight;
  plan.messages_per_second = options.rate;
  plan.answer_timeout = options.timeout;
  plan.retries = options.retries;
  plan.retry_wait = options.retry_wait;
  return plan;
}

SplitOptions to_split_options(const SendCommandOptions& options) {
  return {options.raw ? LineEnds::kAsRead : LineEnds::kToCr,
          options.whole ? FrameUnit::kInput : FrameUnit::kMessage};
}

}  // namespace

int run_send_command(const SendCommandOptions& options, const base::Clock& clock) {
  std::vector<std::string> paths = options.paths;
  if (paths.empty()) {
    if (::isatty(STDIN_FILENO) == 1) {
      return refuse("name files or folders to send, or pipe messages in (see send --help)");
    }
    paths.emplace_back("-");
  }
  auto inputs = find_inputs(paths);
  if (!inputs) return refuse(inputs.error());
  auto destination = resolve(options.to);
  if (!destination) return refuse(destination.error());
  const auto tls = make_tls_context(options.tls);
  if (!tls) return refuse(tls.error());
  destination->tls = *tls;
  if (!options.tls.server_name.empty()) destination->server_name = options.tls.server_name;

  catch_interrupts();
  InputStream stream(*std::move(inputs), to_split_options(options), options.repeat);
  SendScreen screen(options, stream, clock);
  const SendPlan plan = make_plan(options, *destination);
  SendResult result;
  result.to = destination->name;
  result.connection_count = options.connections;
  result.tally = SendRun(plan, stream, screen, clock).run();
  screen.finish();
  result.problem_count = screen.problem_count();

  fmt::print("{}", options.json ? render_send_json(result) : render_send_result(result));
  return is_success(result) ? kExitDone : kExitFailed;
}

}  // namespace cli
