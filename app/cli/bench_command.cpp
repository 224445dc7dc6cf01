#include "cli/bench_command.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <random>

#include "base/try.hpp"
#include "cli/bench_report.hpp"
#include "cli/exit_code.hpp"
#include "cli/input_stream.hpp"
#include "cli/interrupt.hpp"
#include "cli/load_run.hpp"
#include "cli/progress.hpp"

namespace cli {
namespace {

using Templates = base::Result<std::vector<LoadTemplate>, std::string>;

int refuse(std::string_view sentence) {
  fmt::print(stderr, "mllp-server bench: {}\n", sentence);
  return kExitUsage;
}

Templates read_templates(const BenchCommandOptions& options) {
  std::vector<LoadTemplate> templates;
  if (options.paths.empty()) {
    auto load = LoadTemplate::parse(make_load_message(options.size));
    if (load) templates.push_back(*std::move(load));
    return templates;
  }
  InputStream stream(TRY(find_inputs(options.paths)), {}, 1);
  while (auto message = stream.next()) {
    auto load = message->is_batch ? std::nullopt : LoadTemplate::parse(message->payload);
    if (!load) {
      return base::fail(fmt::format("{}: not a message with an MSH-10", message->origin));
    }
    templates.push_back(*std::move(load));
  }
  const std::vector<std::string> problems = stream.take_problems();
  if (!problems.empty()) return base::fail(problems.front());
  if (templates.empty()) return base::fail(std::string("no message in the files"));
  return templates;
}

// Thousands of connections need as many descriptors; the rest is told by connect().
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

LoadPlan make_plan(const BenchCommandOptions& options, Destination destination,
                   std::vector<LoadTemplate> templates) {
  LoadPlan plan;
  plan.destination = std::move(destination);
  plan.templates = std::move(templates);
  plan.connection_count = options.connections;
  plan.in_flight_max = options.in_flight;
  plan.message_count = options.messages;
  plan.duration = options.duration;
  const base::Duration usual =
      options.messages ? base::Duration(0) : base::Duration(std::chrono::seconds(1));
  plan.warm_up = options.warm_up.value_or(usual);
  plan.answer_timeout = options.timeout;
  std::random_device entropy;  // two runs on one store share no id
  plan.seed = (std::uint64_t{entropy()} << 32) | entropy();
  return plan;
}

ProgressState to_state(const LoadProgress& progress, base::Duration elapsed) {
  ProgressState state;
  state.message_count = progress.answered;
  state.messages_per_second = progress.answers_per_second;
  state.share_done = progress.share_done;
  if (progress.share_done > 0.01) {
    const double left = (1.0 - progress.share_done) / progress.share_done;
    const std::chrono::duration<double> seconds = elapsed;
    state.time_left = std::chrono::duration_cast<base::Duration>(seconds * left);
  }
  return state;
}

}  // namespace

int run_bench_command(const BenchCommandOptions& options, const base::Clock& clock) {
  auto templates = read_templates(options);
  if (!templates) return refuse(templates.error());
  auto destination = resolve(options.to);
  if (!destination) return refuse(destination.error());
  const auto tls = make_tls_context(options.tls);
  if (!tls) return refuse(tls.error());
  destination->tls = *tls;
  if (!options.tls.server_name.empty()) destination->server_name = options.tls.server_name;

  raise_descriptor_limit();
  catch_interrupts();
  BenchResult result;
  result.to = destination->name;
  result.connection_count = options.connections;
  result.in_flight = options.in_flight;
  {
    ProgressLine line(stderr, choose_progress_style(stderr), clock);
    const base::SteadyTime begun_at = clock.steady_now();
    const auto watch = [&](const LoadProgress& progress) {
      line.show(to_state(progress, clock.steady_now() - begun_at));
    };
    LoadRun run(make_plan(options, *destination, *std::move(templates)), clock, watch,
                was_interrupted);
    result.tally = run.run();
  }
  fmt::print("{}", options.json ? render_bench_json(result) : render_bench_result(result));
  return result.tally.is_clean() ? kExitDone : kExitFailed;
}

}  // namespace cli
