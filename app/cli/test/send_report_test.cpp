#include "cli/send_report.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cli {
namespace {

constexpr std::size_t index_of(hl7::AckCode code) { return static_cast<std::size_t>(code); }

SendResult twelve_accepted() {
  SendResult result;
  result.to = "127.0.0.1:2575";
  result.tally.accepted = 12;
  result.tally.by_code[index_of(hl7::AckCode::kAA)] = 12;
  result.tally.time = std::chrono::milliseconds(40);
  result.tally.complete = true;
  return result;
}

SendResult of_everything() {
  SendResult result = twelve_accepted();
  result.connection_count = 4;
  result.tally.by_code[index_of(hl7::AckCode::kAE)] = 1;
  result.tally.by_code[index_of(hl7::AckCode::kCR)] = 2;
  result.tally.unanswered = 3;
  result.tally.mismatched = 4;
  result.tally.unreadable = 5;
  result.tally.unexpected = 6;
  result.tally.retries = 7;
  result.problem_count = 1;
  result.tally.complete = false;
  return result;
}

TEST(SendResult, AsATableByAnswer) {
  EXPECT_EQ(render_send_result(twelve_accepted()),
            "12 messages to 127.0.0.1:2575 over 1 connection in 40.00 ms (300/s)\n"
            "\n"
            "answer            messages\n"
            "AA                      12\n");
}

TEST(SendResult, LeavesNothingOut) {
  EXPECT_EQ(render_send_result(of_everything()),
            "27 messages to 127.0.0.1:2575 over 4 connections in 40.00 ms (675/s)\n"
            "\n"
            "answer            messages\n"
            "AA                      12\n"
            "AE                       1\n"
            "CR                       2\n"
            "unanswered               3\n"
            "mismatched               4\n"
            "unreadable               5\n"
            "unexpected               6\n"
            "\n"
            "7 messages sent again\n"
            "\n"
            "1 problem in the inputs: see above\n"
            "\n"
            "not all of the inputs was sent\n");
}

TEST(SendResult, AsJson) {
  EXPECT_EQ(render_send_json(of_everything()),
            R"({"to":"127.0.0.1:2575","connections":4,"messages":27,"accepted":12,)"
            R"("answers":{"AA":12,"AE":1,"CR":2},"unanswered":3,"mismatched":4,"unreadable":5,)"
            R"("unexpected":6,"retries":7,"problems":1,"complete":false,"success":false,)"
            R"("seconds":0.040000,"messages_per_second":675.0})"
            "\n");
}

// One thing wrong is enough.
TEST(SendResult, IsASuccessOnlyIfEverythingWasAccepted) {
  EXPECT_TRUE(is_success(twelve_accepted()));

  SendResult nothing_sent = twelve_accepted();
  nothing_sent.tally.accepted = 0;
  nothing_sent.tally.by_code = {};
  EXPECT_FALSE(is_success(nothing_sent));

  SendResult one_refused = twelve_accepted();
  one_refused.tally.by_code[index_of(hl7::AckCode::kAR)] = 1;
  EXPECT_FALSE(is_success(one_refused));

  SendResult one_unanswered = twelve_accepted();
  one_unanswered.tally.unanswered = 1;
  EXPECT_FALSE(is_success(one_unanswered));

  SendResult one_mismatched = twelve_accepted();
  one_mismatched.tally.mismatched = 1;
  EXPECT_FALSE(is_success(one_mismatched));

  SendResult one_unexpected = twelve_accepted();
  one_unexpected.tally.unexpected = 1;
  EXPECT_FALSE(is_success(one_unexpected));

  SendResult one_problem = twelve_accepted();
  one_problem.problem_count = 1;
  EXPECT_FALSE(is_success(one_problem));

  SendResult stopped = twelve_accepted();
  stopped.tally.complete = false;
  EXPECT_FALSE(is_success(stopped));
}

TEST(RenderOutcome, TellsTheMessageAndItsAnswer) {
  OutgoingMessage message;
  message.origin = "adt.hl7 (2)";
  EXPECT_EQ(render_outcome(message, {.settlement = Settlement::kAccepted,
                                     .code = hl7::AckCode::kAA,
                                     .reason = {},
                                     .answer = {}}),
            "adt.hl7 (2): AA");
  EXPECT_EQ(render_outcome(message, {.settlement = Settlement::kRefused,
                                     .code = hl7::AckCode::kAR,
                                     .reason = "PID-3 is required",
                                     .answer = {}}),
            "adt.hl7 (2): AR PID-3 is required");
  EXPECT_EQ(render_outcome(message, {.settlement = Settlement::kUnanswered,
                                     .reason = "no answer in time",
                                     .answer = {}}),
            "adt.hl7 (2): unanswered no answer in time");
}

TEST(RenderAnswer, ShowsOneSegmentALineAndMovesNoCursor) {
  EXPECT_EQ(render_answer(base::as_bytes("MSH|1\rMSA|AA|M1|\x1b[2Jx\r")),
            "  MSH|1\n  MSA|AA|M1|.[2Jx\n");
}

}  // namespace
}  // namespace cli
