#include "cli/answer_check.hpp"

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

namespace cli {
namespace {

using enum AnswerFault;
using hl7::AckCode;

struct Case {
  const char* name;
  std::string_view answer;  // to a message with MSH-10 M1
  AnswerFault fault;
  AckCode code = AckCode::kAE;
};

constexpr std::string_view kPlain = "MSH|^~\\&|L|H|W|H|2026||ACK^A01|9|P|2.3\rMSA|AA|M1\r";

const Case kCases[] = {
    {"accepted", kPlain, kNone, AckCode::kAA},
    {"without_last_line_end", "MSH|^~\\&|\rMSA|AA|M1", kNone, AckCode::kAA},
    {"commit_accepted", "MSH|^~\\&|\rMSA|CA|M1\r", kNone, AckCode::kCA},
    {"to_be_tried_again", "MSH|^~\\&|\rMSA|AE|M1|full\r", kNone, AckCode::kAE},
    {"refused", "MSH|^~\\&|\rMSA|AR|M1|no\rERR|||101\r", kNone, AckCode::kAR},
    {"other_delimiters", "MSH#*!\\%#\rMSA#AA#M1\r", kNone, AckCode::kAA},
    {"software_segment_before_msa", "MSH|^~\\&|\rSFT|x\rMSA|AA|M1\r", kNone, AckCode::kAA},

    {"answer_to_another", "MSH|^~\\&|\rMSA|AA|M2\r", kMismatched, AckCode::kAA},
    {"id_cut_short", "MSH|^~\\&|\rMSA|AA|M\r", kMismatched, AckCode::kAA},
    {"id_with_more", "MSH|^~\\&|\rMSA|AA|M11\r", kMismatched, AckCode::kAA},
    {"no_id", "MSH|^~\\&|\rMSA|AA\r", kMismatched, AckCode::kAA},
    {"unknown_code", "MSH|^~\\&|\rMSA|OK|M1\r", kUnknownCode},
    {"no_code", "MSH|^~\\&|\rMSA||M1\r", kUnknownCode},
    {"no_msa", "MSH|^~\\&|\rPID|1\r", kUnreadable},
    {"msa_within_a_segment", "MSH|^~\\&|\rNTE|1||MSA|AA|M1\r", kUnreadable},
    {"no_header", "MSA|AA|M1\r", kUnreadable},
    {"something_else", "HTTP/1.1 400 Bad Request\r\n", kUnreadable},
    {"empty", "", kUnreadable},
};

class AnswerCheckTest : public testing::TestWithParam<Case> {};

TEST_P(AnswerCheckTest, TellsWhatTheAnswerIsWorth) {
  const Case& row = GetParam();
  const CheckedAnswer found = check_answer(base::as_bytes(row.answer), "M1");
  EXPECT_EQ(to_string(found.fault), to_string(row.fault));
  EXPECT_EQ(hl7::to_string(found.code), hl7::to_string(row.code));
}

INSTANTIATE_TEST_SUITE_P(Rows, AnswerCheckTest, testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(AnswerCheck, GivesTheTextOfARefusal) {
  const auto found =
      check_answer(base::as_bytes("MSH|^~\\&|\rMSA|AR|M1|require-id: PID-3 is required|x\r"), "M1");
  EXPECT_EQ(found.text, "require-id: PID-3 is required");
}

struct BatchCase {
  const char* name;
  std::string_view answer;  // to a batch with the messages M1, M2 and the BHS-11 B1
  AnswerFault fault;
  AckCode code = AckCode::kAE;
};

const BatchCase kBatchCases[] = {
    {"each_accepted", "BHS|^~\\&|\rMSH|^~\\&|\rMSA|AA|M1\rMSH|^~\\&|\rMSA|AA|M2\rBTS|2\r", kNone,
     AckCode::kAA},
    {"the_worst_counts", "BHS|^~\\&|\rMSH|^~\\&|\rMSA|AR|M1\rMSH|^~\\&|\rMSA|AE|M2\rBTS|2\r", kNone,
     AckCode::kAR},
    {"errors_only_and_none", "BHS|^~\\&|\rBTS|0\r", kNone, AckCode::kAA},
    {"one_for_all", "MSH|^~\\&|\rMSA|AA|B1\r", kNone, AckCode::kAA},
    {"refused_as_a_whole", "MSH|^~\\&|\rMSA|AR|\r", kNone, AckCode::kAR},
    {"accepted_without_an_id", "MSH|^~\\&|\rMSA|AA|\r", kMismatched, AckCode::kAA},
    {"one_of_them_is_not_ours", "BHS|^~\\&|\rMSH|^~\\&|\rMSA|AA|M1\rMSH|^~\\&|\rMSA|AA|M3\rBTS|2\r",
     kMismatched, AckCode::kAA},
    {"unreadable", "hello", kUnreadable},
};

class BatchAnswerCheckTest : public testing::TestWithParam<BatchCase> {};

TEST_P(BatchAnswerCheckTest, TellsWhatTheAnswerIsWorth) {
  const BatchCase& row = GetParam();
  const std::vector<std::string> sent = {"M1", "M2", "B1"};
  const CheckedAnswer found = check_batch_answer(base::as_bytes(row.answer), sent);
  EXPECT_EQ(to_string(found.fault), to_string(row.fault));
  EXPECT_EQ(hl7::to_string(found.code), hl7::to_string(row.code));
}

INSTANTIATE_TEST_SUITE_P(Rows, BatchAnswerCheckTest, testing::ValuesIn(kBatchCases),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace cli
