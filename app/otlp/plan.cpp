#include "otlp/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/try.hpp"

namespace otlp {
namespace {

constexpr std::string_view kServiceName = "mllp-server";

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(at + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
    decoded += static_cast<char>(value);
    at += 2;
  }
  return decoded;
}

bool is_token(std::string_view name) {
  static constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

// What could not stand in a header line: a value may not begin another header.
bool has_controls(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return c >= 0 && (c < ' ' || c == '\x7f'); });
}

// "host:port", "[::1]:4318", "host".
std::optional<config::Address> parse_authority(std::string_view text, std::uint16_t port) {
  config::Address address;
  address.port = port;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    address.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    address.host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (address.host.empty() || has_controls(text) || text.find_first_of(" @") != text.npos) {
    return std::nullopt;
  }
  if (rest.empty()) return address;
  rest.remove_prefix(1);
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), address.port);
  if (error != std::errc() || end != rest.data() + rest.size() || address.port == 0) {
    return std::nullopt;
  }
  return address;
}

// One signal's part of the settings.
struct Signal {
  std::string_view name;  // "TRACES"
  std::string_view path;
  const std::string& endpoint;
  const std::string& headers;
  bool is_sent;
};

base::Result<Pairs, std::string> headers_of(std::string_view setting, std::string_view text) {
  auto pairs = parse_pairs(text);
  const bool sound = pairs && std::ranges::all_of(*pairs, [](const auto& pair) {
                       return is_token(pair.first) && !has_controls(pair.second);
                     });
  if (!sound) return base::fail(fmt::format("{}: expected headers as name=value,…", setting));
  return *std::move(pairs);
}

base::Result<std::optional<Target>, std::string> target_of(const config::OtelSettings& settings,
                                                           const Signal& signal) {
  const bool own = !signal.endpoint.empty();
  const std::string& url = own ? signal.endpoint : settings.endpoint;
  if (!signal.is_sent || url.empty()) return std::optional<Target>();
  const std::string setting = own ? fmt::format("OTEL_EXPORTER_OTLP_{}_ENDPOINT", signal.name)
                                  : "OTEL_EXPORTER_OTLP_ENDPOINT";
  auto target = parse_url(url);
  if (!target) {
    return base::fail(
        fmt::format("{}: expected a URL such as http://collector:4318, found {}", setting, url));
  }
  if (!own) {
    if (target->path.ends_with('/')) target->path.pop_back();
    target->path += signal.path;
  }
  const bool own_headers = !signal.headers.empty();
  target->headers =
      TRY(headers_of(own_headers ? fmt::format("OTEL_EXPORTER_OTLP_{}_HEADERS", signal.name)
                                 : "OTEL_EXPORTER_OTLP_HEADERS",
                     own_headers ? signal.headers : settings.headers));
  return std::optional<Target>(*std::move(target));
}

// OTEL_SERVICE_NAME wins over a service.name of the attributes.
base::Result<Resource, std::string> resource_of(const config::OtelSettings& settings,
                                                std::string_view version) {
  auto pairs = parse_pairs(settings.resource_attributes);
  if (!pairs) {
    return base::fail(std::string("OTEL_RESOURCE_ATTRIBUTES: expected name=value,…"));
  }
  Resource resource{*std::move(pairs), std::string(version)};
  const auto named = std::ranges::find(resource.attributes, "service.name",
                                       &std::pair<std::string, std::string>::first);
  if (named == resource.attributes.end()) {
    resource.attributes.emplace_back("service.name", kServiceName);
  }
  if (!settings.service_name.empty()) {
    std::ranges::find(resource.attributes, "service.name",
                      &std::pair<std::string, std::string>::first)
        ->second = settings.service_name;
  }
  resource.attributes.emplace_back("service.version", version);
  return resource;
}

double ratio_of(const config::OtelSettings& settings) noexcept {
  using Sampler = config::OtelSettings::Sampler;
  switch (settings.sampler) {
    case Sampler::kAlwaysOff:
    case Sampler::kParentAlwaysOff: return 0;
    case Sampler::kRatio:
    case Sampler::kParentRatio: return settings.sampler_ratio;
    case Sampler::kAlwaysOn:
    case Sampler::kParentAlwaysOn: break;
  }
  return 1;
}

}  // namespace

std::optional<Pairs> parse_pairs(std::string_view text) {
  Pairs pairs;
  while (!text.empty()) {
    const std::string_view item = trimmed(text.substr(0, text.find(',')));
    text.remove_prefix(std::min(text.find(','), text.size() - 1) + 1);
    if (item.empty()) continue;
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    auto value = percent_decoded(trimmed(item.substr(equals + 1)));
    if (!value) return std::nullopt;
    pairs.emplace_back(trimmed(item.substr(0, equals)), *std::move(value));
  }
  return pairs;
}

std::optional<Target> parse_url(std::string_view url) {
  Target target;
  target.has_tls = url.starts_with("https://");
  if (!target.has_tls && !url.starts_with("http://")) return std::nullopt;
  url.remove_prefix(url.find("//") + 2);
  const std::size_t slash = std::min(url.find('/'), url.size());
  auto address = parse_authority(url.substr(0, slash), target.has_tls ? 443 : 80);
  if (!address || has_controls(url) || url.find(' ') != std::string_view::npos) return std::nullopt;
  target.address = *std::move(address);
  target.path = slash == url.size() ? "/" : url.substr(slash);
  return target;
}

base::Result<std::optional<Plan>, std::string> make_plan(const config::OtelSettings& settings,
                                                         std::string_view version) {
  using std::chrono::milliseconds;
  Plan plan;
  plan.traces = TRY(target_of(settings, {"TRACES", "/v1/traces", settings.traces_endpoint,
                                         settings.traces_headers, settings.exports_traces}));
  plan.metrics = TRY(target_of(settings, {"METRICS", "/v1/metrics", settings.metrics_endpoint,
                                          settings.metrics_headers, settings.exports_metrics}));
  plan.resource = TRY(resource_of(settings, version));
  if (settings.sdk_disabled || (!plan.traces && !plan.metrics)) return std::optional<Plan>();
  plan.ratio = plan.traces ? ratio_of(settings) : 0;
  plan.queue_max = settings.span_queue_max;
  plan.batch_max = std::min(settings.span_batch_max, settings.span_queue_max);
  plan.span_delay = milliseconds(settings.span_delay);
  plan.metric_interval = milliseconds(settings.metric_interval);
  plan.timeout = milliseconds(settings.timeout);
  plan.tls.ca = settings.certificate;
  plan.tls.own.certificate = settings.client_certificate;
  plan.tls.own.key = settings.client_key;
  return std::optional<Plan>(std::move(plan));
}

}  // namespace otlp
