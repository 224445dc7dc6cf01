#include "cli/bench_report.hpp"

#include <fmt/format.h>

#include <chrono>

#include "cli/json_object.hpp"
#include "cli/progress.hpp"

namespace cli {
namespace {

struct Percentile {
  const char* label;
  const char* key;  // of the JSON object
  double share;
};

constexpr Percentile kPercentiles[] = {{"p50", "p50_us", 0.5},
                                       {"p90", "p90_us", 0.9},
                                       {"p99", "p99_us", 0.99},
                                       {"p99.9", "p999_us", 0.999},
                                       {"max", "max_us", 1.0}};

double seconds_of(const LoadTally& tally) {
  return std::chrono::duration<double>(tally.measured_time).count();
}

double per_second(double amount, const LoadTally& tally) {
  const double seconds = seconds_of(tally);
  return seconds > 0.0 ? amount / seconds : 0.0;
}

std::chrono::nanoseconds latency_at(const LoadTally& tally, double share) {
  return share == 1.0 ? tally.latency.max() : tally.latency.percentile(share);
}

std::string render_codes(const LoadTally& tally) {
  std::string text = "answers    ";
  for (std::size_t code = 1; code < tally.by_code.size(); ++code) {
    if (tally.by_code[code] == 0) continue;
    text += fmt::format(" {} {}", hl7::to_string(static_cast<hl7::AckCode>(code)),
                        render_count(tally.by_code[code]));
  }
  return text + fmt::format(" of {} sent\n", render_count(tally.sent));
}

// Only what there is any of.
std::string render_faults(const LoadTally& tally) {
  const struct {
    const char* name;
    std::uint64_t count;
  } faults[] = {{"mismatched", tally.mismatched},
                {"out of order", tally.out_of_order},
                {"unreadable", tally.unreadable},
                {"unexpected", tally.unexpected},
                {"stray octets", tally.stray_bytes},
                {"unanswered", tally.unanswered},
                {"connections lost", tally.connections_lost}};

  std::string text;
  for (const auto& fault : faults) {
    if (fault.count > 0) text += fmt::format("{:<16}  {}\n", fault.name, render_count(fault.count));
  }
  if (tally.first_loss) text += fmt::format("first loss        {}\n", to_string(*tally.first_loss));
  return text;
}

}  // namespace

std::string render_bench_result(const BenchResult& result) {
  const LoadTally& tally = result.tally;
  const auto messages = static_cast<double>(tally.measured_answers);
  const auto bytes = static_cast<double>(tally.measured_bytes);
  std::string text =
      fmt::format("{} connection{}, {} in flight on each, to {}\n\n", result.connection_count,
                  result.connection_count == 1 ? "" : "s", result.in_flight, result.to);
  text += fmt::format("measured    {} messages in {:.2f} s\n", render_count(tally.measured_answers),
                      seconds_of(tally));
  text += fmt::format("throughput  {} messages/s, {:.1f} MB/s\n",
                      render_count(static_cast<std::uint64_t>(per_second(messages, tally))),
                      per_second(bytes, tally) / 1e6);
  text += "latency   ";
  for (const Percentile& each : kPercentiles) {
    text += fmt::format("  {} {}", each.label, render_latency(latency_at(tally, each.share)));
  }
  text += "\n" + render_codes(tally) + render_faults(tally);
  return text + (tally.is_clean() ? "every answer was right\n" : "NOT every answer was right\n");
}

std::string render_bench_json(const BenchResult& result) {
  const LoadTally& tally = result.tally;
  const auto messages = static_cast<double>(tally.measured_answers);
  const auto bytes = static_cast<double>(tally.measured_bytes);
  JsonObject answers;
  for (std::size_t code = 1; code < tally.by_code.size(); ++code) {
    if (tally.by_code[code] == 0) continue;
    answers.add(hl7::to_string(static_cast<hl7::AckCode>(code)), tally.by_code[code]);
  }
  JsonObject object;
  object.add("to", result.to)
      .add("connections", static_cast<std::uint64_t>(result.connection_count))
      .add("in_flight", static_cast<std::uint64_t>(result.in_flight))
      .add("clean", tally.is_clean())
      .add("sent", tally.sent)
      .add("accepted", tally.accepted)
      .add("answers", answers)
      .add("mismatched", tally.mismatched)
      .add("out_of_order", tally.out_of_order)
      .add("unreadable", tally.unreadable)
      .add("unexpected", tally.unexpected)
      .add("stray_bytes", tally.stray_bytes)
      .add("unanswered", tally.unanswered)
      .add("connections_lost", tally.connections_lost)
      .add("measured", tally.measured_answers)
      .add_decimal("seconds", seconds_of(tally), 6)
      .add_decimal("messages_per_second", per_second(messages, tally), 1)
      .add_decimal("megabytes_per_second", per_second(bytes, tally) / 1e6, 3);
  for (const Percentile& each : kPercentiles) {
    using Microseconds = std::chrono::duration<double, std::micro>;
    object.add_decimal(each.key, Microseconds(latency_at(tally, each.share)).count(), 1);
  }
  return object.to_text() + "\n";
}

}  // namespace cli
