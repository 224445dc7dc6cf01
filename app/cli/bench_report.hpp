// cli/bench_report.hpp: what a load run found, for people and for programs.
#pragma once

#include <cstddef>
#include <string>

#include "cli/load_run.hpp"

namespace cli {

struct BenchResult {
  std::string to;  // HOST:PORT
  std::size_t connection_count = 1;
  std::size_t in_flight = 1;  // on each connection
  LoadTally tally;
};

// Lines with their ends: throughput, percentiles, answers, and what was wrong.
[[nodiscard]] std::string render_bench_result(const BenchResult& result);

// One JSON object on one line, with its line end. Latencies are in microseconds.
[[nodiscard]] std::string render_bench_json(const BenchResult& result);

}  // namespace cli
