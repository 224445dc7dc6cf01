#include "otlp/payload.hpp"

#include <string_view>
#include <variant>

#include "otlp/protobuf_writer.hpp"

namespace otlp {
namespace {

using telemetry::FamilyInfo;
using telemetry::MetricType;
using telemetry::Series;
using telemetry::Span;
using telemetry::Stage;

// opentelemetry/proto/trace/v1/trace.proto, Span.SpanKind and Status.StatusCode
constexpr std::uint64_t kKindInternal = 1;
constexpr std::uint64_t kKindServer = 2;
constexpr std::uint64_t kKindClient = 3;
constexpr std::uint64_t kStatusError = 2;
// opentelemetry/proto/metrics/v1/metrics.proto, AggregationTemporality
constexpr std::uint64_t kCumulative = 2;

std::string big_endian(std::uint64_t value) {
  std::string octets;
  for (unsigned shift = 64; shift > 0;) octets += static_cast<char>(value >> (shift -= 8));
  return octets;
}

std::uint64_t to_unsigned(std::int64_t nanos) { return static_cast<std::uint64_t>(nanos); }

// common.proto: KeyValue
void add_attribute(ProtobufWriter& owner, std::uint32_t field, std::string_view name,
                   const std::variant<std::string, std::int64_t>& value) {
  ProtobufWriter any;
  if (const auto* text = std::get_if<std::string>(&value)) {
    any.text(1, *text);
  } else {
    any.varint(3, to_unsigned(std::get<std::int64_t>(value)));
  }
  ProtobufWriter pair;
  pair.text(1, name);
  pair.message(2, any);
  owner.message(field, pair);
}

ProtobufWriter encode(const Resource& resource) {
  ProtobufWriter writer;
  for (const auto& [name, value] : resource.attributes) add_attribute(writer, 1, name, value);
  return writer;
}

ProtobufWriter scope_of(const Resource& resource) {
  ProtobufWriter scope;
  scope.text(1, "mllp-server");
  scope.text(2, resource.version);
  return scope;
}

// Resource…{resource, Scope…{scope, items}}: traces and metrics are wrapped alike.
std::string wrap(const Resource& resource, const ProtobufWriter& scoped) {
  ProtobufWriter of_resource;
  of_resource.message(1, encode(resource));
  of_resource.message(2, scoped);
  ProtobufWriter request;
  request.message(1, of_resource);
  return request.data();
}

std::uint64_t kind_of(Stage stage) noexcept {
  if (stage == Stage::kMessage) return kKindServer;
  return stage == Stage::kDelivery ? kKindClient : kKindInternal;
}

ProtobufWriter encode(const Span& span) {
  ProtobufWriter writer;
  const std::string_view trace(reinterpret_cast<const char*>(span.trace.octets.data()),
                               span.trace.octets.size());
  writer.octets(1, trace);
  writer.octets(2, big_endian(span.id));
  if (span.parent != 0) writer.octets(4, big_endian(span.parent));
  writer.text(5, to_string(span.stage));
  writer.varint(6, kind_of(span.stage));
  writer.fixed64(7, to_unsigned(span.begin_nanos));
  writer.fixed64(8, to_unsigned(span.end_nanos));
  for (const telemetry::Attribute& each : span.attributes) {
    add_attribute(writer, 9, each.name, each.value);
  }
  if (span.error.empty()) return writer;
  ProtobufWriter status;
  status.text(2, span.error);
  status.varint(3, kStatusError);
  writer.message(15, status);
  return writer;
}

// The Unified Code for Units of Measure.
std::string_view unit_of(const FamilyInfo& family) {
  if (family.unit == "seconds") return "s";
  if (family.unit == "bytes") return "By";
  if (family.unit == "messages") return "{message}";
  return "1";
}

ProtobufWriter encode_number(const Series& series, const MetricTimes& times, MetricType type) {
  ProtobufWriter point;
  if (type == MetricType::kCounter) point.fixed64(2, to_unsigned(times.started_at));
  point.fixed64(3, to_unsigned(times.now));
  point.real(4, series.value);
  for (const telemetry::Label& label : series.labels) {
    add_attribute(point, 7, label.name, label.value);
  }
  return point;
}

ProtobufWriter encode_spread(const Series& series, const MetricTimes& times) {
  const telemetry::Spread& spread = series.spread;
  std::vector<double> bounds;
  for (const std::uint64_t bound : spread.bounds) {
    bounds.push_back(static_cast<double>(bound) * spread.scale);
  }
  ProtobufWriter point;
  point.fixed64(2, to_unsigned(times.started_at));
  point.fixed64(3, to_unsigned(times.now));
  point.fixed64(4, spread.count());
  point.real(5, static_cast<double>(spread.counts.sum) * spread.scale);
  point.fixed64s(6, std::span(spread.counts.counts).first(bounds.size() + 1));
  point.reals(7, bounds);
  for (const telemetry::Label& label : series.labels) {
    add_attribute(point, 9, label.name, label.value);
  }
  return point;
}

// Metric's oneof: the field of the kind.
std::uint32_t data_field(MetricType type) noexcept {
  switch (type) {
    case MetricType::kGauge: return 5;
    case MetricType::kCounter: return 7;
    case MetricType::kHistogram: break;
  }
  return 9;
}

ProtobufWriter encode(const FamilyInfo& family, const std::vector<Series>& all,
                      const MetricTimes& times) {
  ProtobufWriter data;
  for (const Series& series : all) {
    data.message(1, family.type == MetricType::kHistogram
                        ? encode_spread(series, times)
                        : encode_number(series, times, family.type));
  }
  if (family.type != MetricType::kGauge) data.varint(2, kCumulative);
  if (family.type == MetricType::kCounter) data.varint(3, 1);  // monotonic
  ProtobufWriter metric;
  metric.text(1, family.name);
  metric.text(2, family.help);
  metric.text(3, unit_of(family));
  metric.message(data_field(family.type), data);
  return metric;
}

}  // namespace

std::string encode_spans(const Resource& resource, std::span<const Span> spans) {
  ProtobufWriter scoped;
  scoped.message(1, scope_of(resource));
  for (const Span& span : spans) scoped.message(2, encode(span));
  return wrap(resource, scoped);
}

std::string encode_metrics(const Resource& resource, const telemetry::Snapshot& snapshot,
                           const MetricTimes& times) {
  ProtobufWriter scoped;
  scoped.message(1, scope_of(resource));
  for (const FamilyInfo& family : telemetry::all_families()) {
    const std::vector<Series>& all = snapshot.series(family.family);
    if (!all.empty()) scoped.message(2, encode(family, all, times));
  }
  return wrap(resource, scoped);
}

}  // namespace otlp
