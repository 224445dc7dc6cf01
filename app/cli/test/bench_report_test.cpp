#include "cli/bench_report.hpp"

#include <gtest/gtest.h>

namespace cli {
namespace {

using std::chrono::microseconds;

BenchResult clean_run() {
  BenchResult result;
  result.to = "127.0.0.1:2575";
  result.connection_count = 64;
  LoadTally& tally = result.tally;
  tally.sent = tally.accepted = 110;
  tally.by_code[static_cast<std::size_t>(hl7::AckCode::kAA)] = 110;
  tally.measured_answers = 100;
  tally.measured_bytes = 55'500;
  tally.measured_time = std::chrono::milliseconds(50);
  for (int i = 1; i <= 100; ++i) tally.latency.record(microseconds(i));
  return result;
}

BenchResult faulty_run() {
  BenchResult result = clean_run();
  LoadTally& tally = result.tally;
  tally.sent = 120;
  tally.mismatched = 1;
  tally.out_of_order = 2;
  tally.unreadable = 3;
  tally.unanswered = 4;
  tally.connections_lost = 1;
  tally.first_loss = PeerLoss{LossKind::kClosed};
  return result;
}

TEST(BenchResult, ForPeople) {
  EXPECT_EQ(render_bench_result(clean_run()),
            "64 connections, 1 in flight on each, to 127.0.0.1:2575\n"
            "\n"
            "measured    100 messages in 0.05 s\n"
            "throughput  2,000 messages/s, 1.1 MB/s\n"
            "latency     p50 50 us  p90 90 us  p99 99 us  p99.9 100 us  max 100 us\n"
            "answers     AA 110 of 110 sent\n"
            "every answer was right\n");
}

TEST(BenchResult, TellsWhatWasWrong) {
  const std::string text = render_bench_result(faulty_run());
  EXPECT_EQ(text.substr(text.find("answers")),
            "answers     AA 110 of 120 sent\n"
            "mismatched        1\n"
            "out of order      2\n"
            "unreadable        3\n"
            "unanswered        4\n"
            "connections lost  1\n"
            "first loss        the peer closed the connection\n"
            "NOT every answer was right\n");
}

TEST(BenchResult, AsJson) {
  EXPECT_EQ(render_bench_json(clean_run()),
            R"({"to":"127.0.0.1:2575","connections":64,"in_flight":1,"clean":true,"sent":110,)"
            R"("accepted":110,"answers":{"AA":110},"mismatched":0,"out_of_order":0,)"
            R"("unreadable":0,"unexpected":0,"stray_bytes":0,"unanswered":0,"connections_lost":0,)"
            R"("measured":100,"seconds":0.050000,"messages_per_second":2000.0,)"
            R"("megabytes_per_second":1.110,"p50_us":50.2,"p90_us":90.1,"p99_us":99.3,)"
            R"("p999_us":100.0,"max_us":100.0})"
            "\n");
}

TEST(LoadTally, IsCleanOnlyIfNothingWasWrong) {
  EXPECT_TRUE(clean_run().tally.is_clean());
  EXPECT_FALSE(faulty_run().tally.is_clean());
  EXPECT_FALSE(LoadTally{}.is_clean()) << "nothing sent proves nothing";
}

}  // namespace
}  // namespace cli
