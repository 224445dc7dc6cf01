#include "cli/input_splitter.hpp"

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

namespace cli {
namespace {

using enum InputFault;
using testing::ElementsAre;

// All that a splitter shows of one input.
struct Outcome {
  std::vector<std::string> messages;
  std::vector<InputFault> faults;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

void PrintTo(const Outcome& outcome, std::ostream* out) {
  for (const auto& message : outcome.messages) *out << testing::PrintToString(message) << ' ';
  for (const auto fault : outcome.faults) *out << '[' << to_string(fault) << "] ";
}

Outcome split(std::string_view input, SplitOptions options = {}) {
  InputSplitter splitter(input, options);
  Outcome outcome;
  while (auto message = splitter.next()) outcome.messages.push_back(*message);
  outcome.faults = splitter.faults();
  EXPECT_EQ(splitter.consumed_bytes(), input.size()) << "something was passed over in silence";
  return outcome;
}

struct Case {
  const char* name;
  std::string_view input;
  Outcome want;
};

const Case kCases[] = {
    // Text, as people keep it.
    {"one_message", "MSH|1\rPID|\r", {{"MSH|1\rPID|\r"}, {}}},
    {"last_line_end_is_added", "MSH|1\rPID|", {{"MSH|1\rPID|\r"}, {}}},
    {"unix_line_ends", "MSH|1\nPID|\n", {{"MSH|1\rPID|\r"}, {}}},
    {"windows_line_ends", "MSH|1\r\nPID|\r\n", {{"MSH|1\rPID|\r"}, {}}},
    {"mixed_line_ends", "MSH|1\r\nPID|\rPV1|\n", {{"MSH|1\rPID|\rPV1|\r"}, {}}},
    {"several_messages", "MSH|1\nPID|\nMSH|2\n", {{"MSH|1\rPID|\r", "MSH|2\r"}, {}}},
    {"blank_lines_around", "\n\nMSH|1\n\n\nMSH|2\n\n", {{"MSH|1\r", "MSH|2\r"}, {}}},
    {"byte_order_mark", "\xEF\xBB\xBFMSH|1\n", {{"MSH|1\r"}, {}}},
    {"blanks_before_the_header", " \tMSH|1\n", {{"MSH|1\r"}, {}}},
    {"other_separator", "MSH#1\nMSH!2\n", {{"MSH#1\r", "MSH!2\r"}, {}}},
    {"header_name_inside_a_line", "MSH|1\nNTE|MSH|2\n", {{"MSH|1\rNTE|MSH|2\r"}, {}}},
    {"word_that_begins_like_a_header", "MSH|1\nMSHA text\n", {{"MSH|1\rMSHA text\r"}, {}}},

    // Batches stay whole.
    {"file_batch",
     "FHS|\nBHS|\nMSH|1\nMSH|2\nBTS|2\nFTS|1\n",
     {{"FHS|\rBHS|\rMSH|1\rMSH|2\rBTS|2\rFTS|1\r"}, {}}},
    {"batch_without_a_file", "BHS|\nMSH|1\nBTS|1\n", {{"BHS|\rMSH|1\rBTS|1\r"}, {}}},
    {"message_before_a_batch",
     "MSH|1\nBHS|\nMSH|2\nBTS|1\n",
     {{"MSH|1\r", "BHS|\rMSH|2\rBTS|1\r"}, {}}},

    // Frames are sent exactly as they are.
    {"one_frame", "\x0bMSH|1\nPID|\x1c\r", {{"MSH|1\nPID|"}, {}}},
    {"frames_back_to_back", "\x0bMSH|1\r\x1c\r\x0bMSH|2\r\x1c\r", {{"MSH|1\r", "MSH|2\r"}, {}}},
    {"frames_on_lines", "\n\x0bMSH|1\r\x1c\r\n\x0bMSH|2\r\x1c\r\n", {{"MSH|1\r", "MSH|2\r"}, {}}},
    {"frame_that_holds_no_message", "\x0bhello\x1c\r", {{"hello"}, {}}},

    // What is left out is told.
    {"nothing", "", {{}, {kNoMessage}}},
    {"only_blank_lines", "\r\n\r\n", {{}, {kNoMessage}}},
    {"prose", "Dear colleague,\n", {{}, {kNoMessage}}},
    {"header_name_alone", "MSH\n", {{}, {kNoMessage}}},
    {"text_before_the_first", "# ward 3\nMSH|1\n", {{"MSH|1\r"}, {kOctetsBeforeMessage}}},
    {"frame_without_end", "\x0bMSH|1\r\x1c\r\x0bMSH|2", {{"MSH|1\r"}, {kCutFrame}}},
    {"frame_cut_by_the_next", "\x0bMSH|1\x0bMSH|2\r\x1c\r", {{"MSH|2\r"}, {kCutFrame}}},
    {"text_between_frames",
     "\x0bMSH|1\r\x1c\rxx\x0bMSH|2\r\x1c\r",
     {{"MSH|1\r", "MSH|2\r"}, {kOctetsBetweenFrames}}},
    {"blank_frame_only", "\x0b\x1c\r", {{}, {kNoMessage}}},
    {"message_that_holds_a_frame_end", "MSH|1\x1c\rPID|\nMSH|2\n", {{"MSH|2\r"}, {kNotEncodable}}},
};

class InputSplitterTest : public testing::TestWithParam<Case> {};

TEST_P(InputSplitterTest, GivesTheMessagesOfTheInput) {
  EXPECT_EQ(split(GetParam().input), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Rows, InputSplitterTest, testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(InputSplitter, RawKeepsEveryOctetOfAMessage) {
  const SplitOptions raw{LineEnds::kAsRead, FrameUnit::kMessage};
  EXPECT_THAT(split("MSH|1\nPID|\r\n\nMSH|2", raw).messages,
              ElementsAre("MSH|1\nPID|\r\n\n", "MSH|2"));
}

TEST(InputSplitter, WholeMakesOneFrameOfAnyInput) {
  const SplitOptions whole{LineEnds::kToCr, FrameUnit::kInput};
  EXPECT_EQ(split("hello\nMSH|1\nMSH|2\n", whole), (Outcome{{"hello\rMSH|1\rMSH|2\r"}, {}}));
  EXPECT_EQ(split("", whole), (Outcome{{}, {kNoMessage}}));
  EXPECT_EQ(split(" \n", whole), (Outcome{{}, {kNoMessage}}));
}

TEST(InputSplitter, WholeAndRawIsTheInputItself) {
  const SplitOptions both{LineEnds::kAsRead, FrameUnit::kInput};
  EXPECT_THAT(split("\xEF\xBB\xBF hello\n\n", both).messages,
              ElementsAre("\xEF\xBB\xBF hello\n\n"));
}

}  // namespace
}  // namespace cli
