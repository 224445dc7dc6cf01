// Who has the wrong port, and who says nothing: ended without a word, and counted.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "session/test/session_bench.hpp"
#include "telemetry/metrics.hpp"

namespace session {
namespace {

using telemetry::Counter;

struct Row {
  const char* what;
  std::string octets;
  Counter counter;
};

class SessionGuards : public testing::TestWithParam<Row> {};

TEST_P(SessionGuards, AreCountedAndEndWithoutAWord) {
  const std::uint64_t before = telemetry::counted(GetParam().counter);
  SessionBench bench(bench_settings());
  const auto peer = bench.connect();
  peer->give(GetParam().octets);
  bench.settle();
  if (GetParam().octets.empty()) {
    EXPECT_EQ(bench.session_count(), 1u) << "it may still speak";
  }
  peer->end_input();
  bench.settle();
  EXPECT_EQ(bench.session_count(), 0u);
  EXPECT_EQ(peer->output(), "");
  EXPECT_EQ(bench.outbox().stored().size(), 0u);
  EXPECT_EQ(telemetry::counted(GetParam().counter) - before, 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Each, SessionGuards,
    testing::Values(
        Row{"probe", "", Counter::kConnectionsProbes},
        Row{"get", "GET /health HTTP/1.1\r\nHost: x\r\n\r\n", Counter::kMisdirectedHttp},
        Row{"post", "POST / HTTP/1.1\r\n\r\n\vMSH|^~\\&|", Counter::kMisdirectedHttp},
        Row{"http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Counter::kMisdirectedHttp},
        Row{"tls", std::string("\x16\x03\x01\x02\x00\x01", 6), Counter::kMisdirectedTls},
        Row{"garbage", std::string(2000, 'x'), Counter::kGarbageLimit}),
    [](const auto& row) { return std::string(row.param.what); });

}  // namespace
}  // namespace session
