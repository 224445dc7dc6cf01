#include "otlp/plan.hpp"

#include <gtest/gtest.h>

#include "otlp/client.hpp"
#include "otlp/protobuf_writer.hpp"

namespace otlp {
namespace {

struct UrlCase {
  const char* url;
  const char* seen;  // "tls host port path", or "" where it is refused
};

const UrlCase kUrls[] = {
    {"http://collector:4318", "0 collector 4318 /"},
    {"http://collector", "0 collector 80 /"},
    {"https://collector/a/b", "1 collector 443 /a/b"},
    {"http://[::1]:4318/v1/traces", "0 ::1 4318 /v1/traces"},
    {"http://10.0.0.1:1/", "0 10.0.0.1 1 /"},
    {"collector:4318", ""},
    {"grpc://collector", ""},
    {"http://", ""},
    {"http://:4318", ""},
    {"http://x:0", ""},
    {"http://x:65536", ""},
    {"http://x:port", ""},
    {"http://x:4318x", ""},
    {"http://[::1", ""},
    {"http://user:secret@x", ""},
    {"http://x/a b", ""},
    {"http://x/\r\nEvil: 1", ""},
};

TEST(ParseUrl, TheTable) {
  for (const UrlCase& each : kUrls) {
    const auto target = parse_url(each.url);
    std::string seen;
    if (target) {
      seen = std::to_string(target->has_tls ? 1 : 0) + " " + target->address.host + " " +
             std::to_string(target->address.port) + " " + target->path;
    }
    EXPECT_EQ(seen, each.seen) << each.url;
  }
}

TEST(ParsePairs, DecodeTheirValues) {
  EXPECT_EQ(parse_pairs("a=1, b = x%20y ,c=,d=e=f"),
            (Pairs{{"a", "1"}, {"b", "x y"}, {"c", ""}, {"d", "e=f"}}));
  EXPECT_EQ(parse_pairs(""), Pairs());
  for (const char* wrong : {"a", "=1", "a=%", "a=%2", "a=%zz", "a=1,b"}) {
    EXPECT_FALSE(parse_pairs(wrong)) << wrong;
  }
}

config::OtelSettings with_endpoint(std::string endpoint) {
  config::OtelSettings settings;
  settings.endpoint = std::move(endpoint);
  return settings;
}

TEST(MakePlan, NothingWithoutAnEndpoint) {
  EXPECT_FALSE(make_plan({}, "1").value());
  config::OtelSettings settings = with_endpoint("http://x");
  settings.sdk_disabled = true;
  EXPECT_FALSE(make_plan(settings, "1").value());
  settings.sdk_disabled = false;
  settings.exports_metrics = settings.exports_traces = false;
  EXPECT_FALSE(make_plan(settings, "1").value());
}

TEST(MakePlan, ASignalsOwnEndpointIsTakenAsItIs) {
  config::OtelSettings settings = with_endpoint("http://x:1/base/");
  settings.metrics_endpoint = "https://y/all";
  settings.headers = "k=v";
  settings.metrics_headers = "m=w";
  const auto plan = make_plan(settings, "1").value();
  ASSERT_TRUE(plan && plan->traces && plan->metrics);
  EXPECT_EQ(plan->traces->path, "/base/v1/traces");
  EXPECT_EQ(plan->traces->headers, (Pairs{{"k", "v"}}));
  EXPECT_EQ(plan->metrics->path, "/all");
  EXPECT_TRUE(plan->metrics->has_tls);
  EXPECT_EQ(plan->metrics->headers, (Pairs{{"m", "w"}}));
}

TEST(MakePlan, HeadersCannotSmuggleLines) {
  config::OtelSettings settings = with_endpoint("http://x");
  for (const char* wrong : {"a=%0d%0aEvil: 1", "a b=1", "a:b=1"}) {
    settings.headers = wrong;
    EXPECT_FALSE(make_plan(settings, "1")) << wrong;
  }
}

TEST(MakePlan, SamplersSayHowMany) {
  using Sampler = config::OtelSettings::Sampler;
  config::OtelSettings settings = with_endpoint("http://x");
  settings.sampler_ratio = 0.25;
  EXPECT_EQ(make_plan(settings, "1").value()->ratio, 1);
  settings.sampler = Sampler::kParentRatio;
  EXPECT_EQ(make_plan(settings, "1").value()->ratio, 0.25);
  settings.sampler = Sampler::kAlwaysOff;
  EXPECT_EQ(make_plan(settings, "1").value()->ratio, 0);
}

TEST(ParseHead, WhatTheCollectorMeans) {
  EXPECT_EQ(parse_head("HTTP/1.1 200 OK\r\n\r\n")->reception, Reception::kTaken);
  EXPECT_EQ(parse_head("HTTP/1.1 400 Bad\r\n\r\n")->reception, Reception::kRefused);
  const auto busy = parse_head("HTTP/1.1 503 Busy\r\nretry-after: 7\r\n\r\n");
  EXPECT_EQ(busy->reception, Reception::kAway);
  EXPECT_EQ(busy->retry_after, base::Duration(std::chrono::seconds(7)));
  EXPECT_EQ(parse_head("HTTP/1.1 429\r\nRetry-After: 999999\r\n\r\n")->retry_after,
            base::Duration(std::chrono::minutes(5)));
  for (const char* wrong : {"", "HTTP/1.1", "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 abc\r\n\r\n"}) {
    EXPECT_FALSE(parse_head(wrong)) << wrong;
  }
}

TEST(ProtobufWriter, WritesTheWireFormat) {
  ProtobufWriter inner;
  inner.text(1, "a\xFF");
  ProtobufWriter all;
  all.varint(1, 300);
  all.fixed64(2, 1);
  all.message(15, inner);
  all.varint(16, 0);
  const std::string want(
      "\x08\xAC\x02\x11\x01\0\0\0\0\0\0\0\x7A\x06\x0A\x04"
      "a\xEF\xBF\xBD\x80\x01\0",
      23);
  EXPECT_EQ(all.data(), want);
}

}  // namespace
}  // namespace otlp
