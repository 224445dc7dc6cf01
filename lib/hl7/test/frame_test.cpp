#include "hl7/frame.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "hl7/message.hpp"

namespace hl7 {

void PrintTo(const BatchProblem& problem, std::ostream* out) {
  *out << to_string(problem.fault) << '@' << problem.offset;
}

namespace {

using enum BatchFault;
using enum FrameKind;

// A payload as it is cut: the messages of each batch, and what is wrong.
struct Outcome {
  FrameKind kind = kUnreadable;
  std::vector<std::vector<std::string>> batches;  // without an envelope: one
  std::vector<BatchProblem> problems;

  friend bool operator==(const Outcome&, const Outcome&) = default;

  friend void PrintTo(const Outcome& outcome, std::ostream* out) {
    *out << to_string(outcome.kind) << ' ' << testing::PrintToString(outcome.batches) << ' '
         << testing::PrintToString(outcome.problems);
  }
};

Outcome cut(std::string_view payload, const SplitLimits& limits = {}) {
  const FrameContents contents = split_frame(base::as_bytes(payload), limits);
  Outcome outcome{contents.kind, {}, contents.problems};
  const auto take = [&](std::size_t begin, std::size_t count) {
    std::vector<std::string> texts;
    for (std::size_t index = begin; index < begin + count; ++index) {
      texts.emplace_back(base::as_text(contents.messages[index]));
    }
    outcome.batches.push_back(texts);
  };
  for (const Batch& batch : contents.batches) take(batch.message_index, batch.message_count);
  if (contents.kind == kSingle || contents.kind == kSeveral) take(0, contents.messages.size());
  return outcome;
}

struct Case {
  const char* name;
  std::string_view payload;
  Outcome want;

  friend void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }
};

// Messages are cut short here: a header is "MSH|^", and A to E stand for the rest.
const Case kCases[] = {
    // One message.
    {"one_message", "MSH|^\rA\r", {kSingle, {{"MSH|^\rA\r"}}, {}}},
    {"header_alone", "MSH|^", {kSingle, {{"MSH|^"}}, {}}},
    {"bom_and_blanks", "\xEF\xBB\xBF\r\n MSH|^\nA", {kSingle, {{"MSH|^\nA"}}, {}}},
    {"crlf", "MSH|^\r\nA\r\n", {kSingle, {{"MSH|^\r\nA\r\n"}}, {}}},
    {"trailing_blank_lines", "MSH|^\rA\r\r\n", {kSingle, {{"MSH|^\rA\r\r\n"}}, {}}},
    {"header_in_a_field", "MSH|^\rNTE|MSH|^~\\&|\r", {kSingle, {{"MSH|^\rNTE|MSH|^~\\&|\r"}}, {}}},
    {"word_like_a_header",
     "MSH|^\rMSH pain\rBHS\rFTSO|\r",
     {kSingle, {{"MSH|^\rMSH pain\rBHS\rFTSO|\r"}}, {}}},

    // Several without an envelope.
    {"two_messages", "MSH|^\rA\rMSH|^\rB\r", {kSeveral, {{"MSH|^\rA\r", "MSH|^\rB\r"}}, {}}},
    {"two_with_lf", "MSH|^\nA\nMSH|^\nB", {kSeveral, {{"MSH|^\nA\n", "MSH|^\nB"}}, {}}},
    {"two_with_mixed_ends",
     "MSH|^\r\nA\nMSH|^\rB\r\n",
     {kSeveral, {{"MSH|^\r\nA\n", "MSH|^\rB\r\n"}}, {}}},
    {"other_delimiters_in_the_second",
     "MSH|^\rA\rMSH#*\rB\r",
     {kSeveral, {{"MSH|^\rA\r", "MSH#*\rB\r"}}, {}}},
    {"second_header_damaged", "MSH|^\rA\rMSH|\rB\r", {kSeveral, {{"MSH|^\rA\r", "MSH|\rB\r"}}, {}}},
    {"headers_alone", "MSH|^\rMSH|^\rMSH|^", {kSeveral, {{"MSH|^\r", "MSH|^\r", "MSH|^"}}, {}}},

    // Nothing that can be read.
    {"nothing", "", {kUnreadable, {}, {}}},
    {"blanks", " \r\n", {kUnreadable, {}, {}}},
    {"text", "hello", {kUnreadable, {}, {}}},
    {"text_before_the_header", "hello\rMSH|^\rA\r", {kUnreadable, {}, {}}},
    {"another_segment_first", "PID|1\rMSH|^\r", {kUnreadable, {}, {}}},
    {"first_header_damaged", "MSH|\rA\rMSH|^\rB\r", {kUnreadable, {}, {}}},
    {"trailer_first", "BTS|1\r", {kUnreadable, {}, {}}},

    // Batches.
    {"file_and_batch",
     "FHS|^\rBHS|^\rMSH|^\rA\rMSH|^\rB\rBTS|2\rFTS|1\r",
     {kBatch, {{"MSH|^\rA\r", "MSH|^\rB\r"}}, {}}},
    {"batch_alone", "BHS|^\rMSH|^\rA\rBTS|1\r", {kBatch, {{"MSH|^\rA\r"}}, {}}},
    {"several_batches",
     "FHS|^\rBHS|^\rMSH|^\rBTS|1\rBHS|^\rMSH|^\rA\rMSH|^\rBTS|2\rFTS|2\r",
     {kBatch, {{"MSH|^\r"}, {"MSH|^\rA\r", "MSH|^\r"}}, {}}},
    {"several_batches_without_a_file",
     "BHS|^\rMSH|^\rBTS|1\rBHS|^\rMSH|^\rBTS|1\r",
     {kBatch, {{"MSH|^\r"}, {"MSH|^\r"}}, {}}},
    {"no_messages", "FHS|^\rBHS|^\rBTS|0\rFTS|1\r", {kBatch, {{}}, {}}},
    {"file_of_no_batches", "FHS|^\rFTS|0\r", {kBatch, {}, {}}},
    {"other_delimiters_outside",
     "FHS$*\rBHS#;\rMSH|^\rA\rBTS#1\rFTS$1\r",
     {kBatch, {{"MSH|^\rA\r"}}, {}}},
    {"trailer_with_the_messages_separator",
     "BHS#;\rMSH|^\rA\rBTS|1\r",
     {kBatch, {{"MSH|^\rA\r"}}, {}}},
    {"blanks_between",
     "FHS|^\r\n\r\nBHS|^\r\nMSH|^\r\n\r\nBTS|1\r\n \r\nFTS|1\r\n",
     {kBatch, {{"MSH|^\r\n\r\n"}}, {}}},
    {"bom_in_front",
     "\xEF\xBB\xBF"
     "BHS|^\rMSH|^\rBTS|1",
     {kBatch, {{"MSH|^\r"}}, {}}},
    {"comment_and_totals", "BHS|^\rMSH|^\rBTS|1|all|7\r", {kBatch, {{"MSH|^\r"}}, {}}},
    {"empty_counts", "FHS|^\rBHS|^\rMSH|^\rBTS|\rFTS\r", {kBatch, {{"MSH|^\r"}}, {}}},
    {"count_with_blanks", "BHS|^\rMSH|^\rBTS| 1 \r", {kBatch, {{"MSH|^\r"}}, {}}},
    {"damaged_message_inside",
     "BHS|^\rMSH|\rA\rMSH|^\rBTS|2\r",
     {kBatch, {{"MSH|\rA\r", "MSH|^\r"}}, {}}},

    // Parts of the envelope missing: harmless.
    {"file_without_batches",
     "FHS|^\rMSH|^\rMSH|^\rFTS|1\r",
     {kBatch, {{"MSH|^\r", "MSH|^\r"}}, {}}},
    {"no_bts", "BHS|^\rMSH|^\r", {kBatch, {{"MSH|^\r"}}, {{kTrailerMissing, 12}}}},
    {"no_bts_before_the_next", "BHS|^\rBHS|^\rBTS\r", {kBatch, {{}, {}}, {{kTrailerMissing, 6}}}},
    {"no_fts", "FHS|^\rBHS|^\rMSH|^\rBTS|1\r", {kBatch, {{"MSH|^\r"}}, {{kTrailerMissing, 24}}}},
    {"no_bhs", "FHS|^\rMSH|^\rBTS|1\rFTS|1\r", {kBatch, {{"MSH|^\r"}}, {{kHeaderMissing, 12}}}},
    {"no_fhs", "BHS|^\rMSH|^\rBTS|1\rFTS|1\r", {kBatch, {{"MSH|^\r"}}, {{kHeaderMissing, 18}}}},
    {"trailers_alone",
     "MSH|^\rBTS|1\rFTS|1\r",
     {kBatch, {{"MSH|^\r"}}, {{kHeaderMissing, 6}, {kHeaderMissing, 12}}}},
    {"bts_twice",
     "BHS|^\rMSH|^\rBTS|1\rBTS|0\r",
     {kBatch, {{"MSH|^\r"}, {}}, {{kHeaderMissing, 18}}}},

    // Envelopes that contradict themselves.
    {"too_few_messages",
     "BHS|^\rMSH|^\rBTS|2\r",
     {kBatch, {{"MSH|^\r"}}, {{kMessageCountMismatch, 12}}}},
    {"too_many_messages",
     "BHS|^\rMSH|^\rMSH|^\rBTS|1\r",
     {kBatch, {{"MSH|^\r", "MSH|^\r"}}, {{kMessageCountMismatch, 18}}}},
    {"second_batch_miscounted",
     "BHS|^\rMSH|^\rBTS|1\rBHS|^\rBTS|1\r",
     {kBatch, {{"MSH|^\r"}, {}}, {{kMessageCountMismatch, 24}}}},
    {"batches_miscounted",
     "FHS|^\rBHS|^\rBTS|0\rFTS|2\r",
     {kBatch, {{}}, {{kBatchCountMismatch, 18}}}},
    {"count_is_no_number", "BHS|^\rBTS|two\r", {kBatch, {{}}, {{kBadCount, 6}}}},
    {"count_is_negative", "BHS|^\rBTS|-1\r", {kBatch, {{}}, {{kBadCount, 6}}}},
    {"count_too_large", "BHS|^\rBTS|18446744073709551616\r", {kBatch, {{}}, {{kBadCount, 6}}}},
    {"text_in_no_message",
     "BHS|^\rPID|1\rMSH|^\rBTS|1\r",
     {kBatch, {{"MSH|^\r"}}, {{kStrayText, 6}}}},
    {"text_behind_the_batch", "BHS|^\rBTS|0\rPID|1\r", {kBatch, {{}}, {{kStrayText, 12}}}},
    {"file_header_inside", "BHS|^\rBTS|0\rFHS|^\rFTS|1\r", {kBatch, {{}}, {{kMisplaced, 12}}}},
    {"message_behind_the_file",
     "FHS|^\rFTS|0\rMSH|^\r",
     {kBatch, {{"MSH|^\r"}}, {{kMisplaced, 12}}}},
    {"second_file",
     "FHS|^\rFTS|0\rFHS|^\rFTS|0\r",
     {kBatch, {}, {{kMisplaced, 12}, {kMisplaced, 18}}}},
    {"unusable_delimiters", "BHS|\rMSH|^\rBTS|1\r", {kBatch, {{"MSH|^\r"}}, {{kBadDelimiters, 0}}}},
    {"name_alone", "FHS\rMSH|^\rFTS|1\r", {kBatch, {{"MSH|^\r"}}, {{kBadDelimiters, 0}}}},
};

class FrameTest : public testing::TestWithParam<Case> {};

TEST_P(FrameTest, IsCutIntoItsMessages) { EXPECT_EQ(cut(GetParam().payload), GetParam().want); }

// Into the same object as whatever came before.
TEST_P(FrameTest, IsCutAlikeIntoAUsedObject) {
  FrameContents contents;
  for (const Case& before : kCases) {
    split_frame(base::as_bytes(before.payload), contents);
    split_frame(base::as_bytes(GetParam().payload), contents);
    const FrameContents fresh = split_frame(base::as_bytes(GetParam().payload));
    ASSERT_EQ(contents.kind, fresh.kind) << "after " << before.name;
    ASSERT_EQ(contents.messages.size(), fresh.messages.size()) << "after " << before.name;
    ASSERT_EQ(contents.batches.size(), fresh.batches.size()) << "after " << before.name;
    ASSERT_EQ(contents.problems, fresh.problems) << "after " << before.name;
    ASSERT_EQ(contents.file_header.data(), fresh.file_header.data()) << "after " << before.name;
    ASSERT_EQ(contents.file_trailer.data(), fresh.file_trailer.data()) << "after " << before.name;
    ASSERT_EQ(contents.declared_batch_count, fresh.declared_batch_count) << before.name;
  }
}

// Never where it is not: else a batch would be stored as one message.
TEST_P(FrameTest, IsSurelySingleOnlyWhereItIs) {
  Message message;
  if (!message.parse(base::as_bytes(GetParam().payload))) return;
  EXPECT_TRUE(!is_surely_single(message) || GetParam().want.kind == kSingle);
}

INSTANTIATE_TEST_SUITE_P(Payload, FrameTest, testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(Frame, KeepsTheEnvelopeAsReceived) {
  const std::string_view payload =
      "FHS|^|S\r\nBHS|^|B|x\r\nMSH|^\r\nBTS|1|c\r\nBHS#*\r\nBTS#\r\nFTS|2|d\r\n";
  const FrameContents contents = split_frame(base::as_bytes(payload));
  EXPECT_EQ(base::as_text(contents.file_header), "FHS|^|S");
  EXPECT_EQ(base::as_text(contents.file_trailer), "FTS|2|d");
  EXPECT_EQ(contents.declared_batch_count, 2U);
  ASSERT_EQ(contents.batches.size(), 2U);
  EXPECT_EQ(base::as_text(contents.batches[0].header), "BHS|^|B|x");
  EXPECT_EQ(base::as_text(contents.batches[0].trailer), "BTS|1|c");
  EXPECT_EQ(contents.batches[0].declared_count, 1U);
  EXPECT_EQ(base::as_text(contents.batches[1].header), "BHS#*");
  EXPECT_EQ(base::as_text(contents.batches[1].trailer), "BTS#");
  EXPECT_EQ(contents.batches[1].declared_count, std::nullopt);
  EXPECT_FALSE(contents.is_corrupt());
}

TEST(Frame, IsCorruptWhereItsEnvelopeContradictsItself) {
  for (const Case& each : kCases) {
    bool want = false;
    for (const BatchProblem& problem : each.want.problems) {
      want |= problem.fault != kTrailerMissing && problem.fault != kHeaderMissing;
    }
    EXPECT_EQ(split_frame(base::as_bytes(each.payload)).is_corrupt(), want) << each.name;
  }
}

TEST(Frame, OfTooManyMessagesIsToldAndCutNoFurther) {
  const SplitLimits limits{.messages_max = 2};
  EXPECT_EQ(cut("MSH|^\rMSH|^\rMSH|^\rMSH|^\r", limits),
            (Outcome{kSeveral, {{"MSH|^\r", "MSH|^\r"}}, {{kTooManyMessages, 12}}}));
  EXPECT_EQ(cut("BHS|^\rBTS\rBHS|^\rBTS\rBHS|^\rBTS\r", limits),
            (Outcome{kBatch, {{}, {}}, {{kTooManyMessages, 20}}}));
  EXPECT_EQ(cut("MSH|^\rMSH|^\r", limits).problems.size(), 0U);
}

TEST(Frame, TellsNoMoreProblemsThanItsLimit) {
  std::string payload = "BHS|^\r";
  for (int line = 0; line < 1000; ++line) payload += "stray\r";
  EXPECT_EQ(split_frame(base::as_bytes(payload)).problems.size(), FrameContents::kProblemsMax);
}

TEST(Frame, IsSurelySingleByItsIndexAlone) {
  Message message;
  EXPECT_FALSE(is_surely_single(message)) << "nothing parsed";
  ASSERT_TRUE(message.parse(base::as_bytes("MSH|^~\\&|A\rPID|1\rMSA|AA\rBTX|1\r")));
  EXPECT_TRUE(is_surely_single(message));
  ASSERT_TRUE(message.parse(base::as_bytes("MSH|^~\\&|A\rNTE|1\rMSH of a note\r")));
  EXPECT_FALSE(is_surely_single(message)) << "only splitting can tell";
}

TEST(Frame, IsBlankWithoutAnythingToRead) {
  for (const std::string_view blank :
       {std::string_view(), std::string_view(" \r\n\t"), std::string_view("\0\0", 2),
        std::string_view("\xEF\xBB\xBF\r")}) {
    EXPECT_TRUE(is_blank(base::as_bytes(blank)));
  }
  for (const std::string_view text : {"MSH|", " x ", "\r\n.", "\xEF\xBB"}) {
    EXPECT_FALSE(is_blank(base::as_bytes(text))) << text;
  }
}

TEST(BatchFault, HasAStableName) {
  const std::vector<std::string_view> want = {
      "bad_delimiters",   "message_count_mismatch", "batch_count_mismatch", "bad_count",
      "trailer_missing",  "header_missing",         "stray_text",           "misplaced",
      "too_many_messages"};
  for (std::size_t index = 0; index < want.size(); ++index) {
    EXPECT_EQ(to_string(static_cast<BatchFault>(index + 1)), want[index]);
  }
}

}  // namespace
}  // namespace hl7
