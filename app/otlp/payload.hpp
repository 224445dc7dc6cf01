// otlp/payload.hpp: spans and metrics as OTLP's requests, in protobuf.
//
// Field numbers are those of opentelemetry-proto 1.x. Metrics keep the names of /metrics;
// counters are cumulative sums since the start of the process.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/snapshot.hpp"
#include "telemetry/trace.hpp"

namespace otlp {

// Who sends.
struct Resource {
  std::vector<std::pair<std::string, std::string>> attributes;  // service.name and others
  std::string version;                                          // of the program
};

// An ExportTraceServiceRequest.
[[nodiscard]] std::string encode_spans(const Resource& resource,
                                       std::span<const telemetry::Span> spans);

// An ExportMetricsServiceRequest. Times are nanoseconds since 1970.
struct MetricTimes {
  std::int64_t started_at = 0;  // the process: since when counters count
  std::int64_t now = 0;
};

[[nodiscard]] std::string encode_metrics(const Resource& resource,
                                         const telemetry::Snapshot& snapshot,
                                         const MetricTimes& times);

}  // namespace otlp
