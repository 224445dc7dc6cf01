#include "hl7/batch_ack.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hl7 {
namespace {

const LocalTime kNoon{base::WallTime(std::chrono::microseconds(1'775'217'600'000'000))};

// The batch of answers to `payload`, CR shown as a line end.
std::string answer(std::string_view payload, const std::vector<std::string_view>& answers) {
  const FrameContents contents = split_frame(base::as_bytes(payload));
  EXPECT_EQ(contents.kind, FrameKind::kBatch);
  std::string out = "kept";
  append_batch_ack(out,
                   {.contents = &contents, .answers = answers, .time = kNoon, .control_id = "Q"});
  EXPECT_TRUE(out.starts_with("kept"));
  out.erase(0, 4);
  for (char& octet : out) octet = octet == '\r' ? '\n' : octet;
  return out;
}

TEST(BatchAck, AnswersAFileWithAFile) {
  EXPECT_EQ(answer("FHS|^~\\&|S|SF|R|RF|t|||c|F9\r"
                   "BHS#*!\\%#A#B#C#D#t###c#B1\rMSH|^\rMSH|^\rBTS#2\r"
                   "BHS|^~\\&|E|F|G|H|t|||c|B2\rMSH|^\rBTS|1\r"
                   "FTS|2\r",
                   {"MSH1\r", "MSH2\r", "MSH3\r"}),
            "FHS|^~\\&|R|RF|S|SF|20260403120000+0000||||Q|F9\n"
            "BHS#*!\\%#C#D#A#B#20260403120000+0000####Q.1#B1\n"
            "MSH1\nMSH2\n"
            "BTS#2\n"
            "BHS|^~\\&|G|H|E|F|20260403120000+0000||||Q.2|B2\n"
            "MSH3\n"
            "BTS|1\n"
            "FTS|2\n");
}

TEST(BatchAck, AnswersABatchWithABatch) {
  EXPECT_EQ(answer("BHS|^~\\&|S|SF|R|RF|t|||c|B1\rMSH|^\rBTS|1\r", {"MSH1\r"}),
            "BHS|^~\\&|R|RF|S|SF|20260403120000+0000||||Q|B1\n"
            "MSH1\n"
            "BTS|1\n");
}

// BATCH_ANSWER=errors: an empty batch says that all was accepted.
TEST(BatchAck, LeavesOutAndDoesNotCountWhatIsEmpty) {
  EXPECT_EQ(answer("BHS|^\rMSH|^\rMSH|^\rMSH|^\rBTS|3\r", {"", "MSH2\r", ""}),
            "BHS|^|||||20260403120000+0000||||Q\nMSH2\nBTS|1\n");
  EXPECT_EQ(answer("BHS|^\rMSH|^\rBTS|1\r", {""}), "BHS|^|||||20260403120000+0000||||Q\nBTS|0\n");
}

TEST(BatchAck, MirrorsAnEnvelopeWithPartsMissing) {
  EXPECT_EQ(answer("FHS|^|S\rMSH|^\rFTS|1\r", {"MSH1\r"}),
            "FHS|^|||S||20260403120000+0000||||Q\nMSH1\nFTS|1\n");
  EXPECT_EQ(answer("BHS|^|S\rMSH|^\r", {"MSH1\r"}),
            "BHS|^|||S||20260403120000+0000||||Q\nMSH1\nBTS|1\n");
  EXPECT_EQ(answer("MSH|^\rBTS|1\r", {"MSH1\r"}),
            "BHS|^~\\&|||||20260403120000+0000||||Q\nMSH1\nBTS|1\n");
  EXPECT_EQ(answer("BHS|^\rMSH|^\rBTS|1\rMSH|^\r", {"MSH1\r", "MSH2\r"}),
            "BHS|^|||||20260403120000+0000||||Q.1\nMSH1\nBTS|1\n"
            "BHS|^~\\&|||||20260403120000+0000||||Q.2\nMSH2\nBTS|1\n");
  EXPECT_EQ(answer("FHS|^\rFTS|0\r", {}), "FHS|^|||||20260403120000+0000||||Q\nFTS|0\n");
}

TEST(BatchAck, WithUnusableDelimitersSpeaksByDefault) {
  EXPECT_EQ(answer("BHS|\rMSH|^\rBTS|1\r", {"MSH1\r"}),
            "BHS|^~\\&|||||20260403120000+0000||||Q\nMSH1\nBTS|1\n");
}

TEST(BatchAck, NeverEndsTheFrameAroundIt) {
  EXPECT_EQ(answer("BHS|^|||||||||B\x1c|\rBTS|0\r", {}),
            "BHS|^|||||20260403120000+0000||||Q|B\x1c|\nBTS|0\n");
}

// What we answer can be read by what we read with.
TEST(BatchAck, IsItselfASoundBatch) {
  const std::string text = answer("FHS|^|S\rBHS#*#A\rMSH|^\rMSH|^\rBTS#2\rBHS|^|E\rBTS|0\rFTS|2\r",
                                  {"MSH|^|1\r", "MSH|^|2\r"});
  const FrameContents contents = split_frame(base::as_bytes(text));
  EXPECT_EQ(contents.kind, FrameKind::kBatch);
  EXPECT_EQ(contents.messages.size(), 2U);
  EXPECT_EQ(contents.batches.size(), 2U);
  EXPECT_TRUE(contents.problems.empty());
}

}  // namespace
}  // namespace hl7
