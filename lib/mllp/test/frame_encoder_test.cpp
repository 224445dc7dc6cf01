#include "mllp/frame_encoder.hpp"

#include <gtest/gtest.h>

#include "../test_support/transcript.hpp"

namespace mllp {
namespace {

using namespace std::string_literals;

std::string framed(std::string_view payload) {
  std::string out;
  append_frame(out, base::as_bytes(payload));
  return out;
}

TEST(FrameEncoder, PutsThePayloadBetweenStartAndEnd) {
  EXPECT_EQ(framed("MSH|\r"), "\vMSH|\r\034\r");
  EXPECT_EQ(framed("\0\xff"s), "\v\0\xff\034\r"s);
  EXPECT_EQ(framed(""), "\v\034\r");
}

TEST(FrameEncoder, AppendsToWhatIsThere) {
  std::string out = framed("a");
  append_frame(out, base::as_bytes("b"));
  EXPECT_EQ(out, "\va\034\r\vb\034\r");
}

TEST(FrameEncoder, SaysHowLargeAFrameWillBe) {
  EXPECT_EQ(frame_bytes(0), framed("").size());
  EXPECT_EQ(frame_bytes(5), framed("MSH|\r").size());
}

struct Case {
  const char* name;
  std::string payload;
  bool encodable;
};

const Case kCases[] = {
    {"message", "MSH|^~\\&|\rPID|1\r", true},
    {"one_octet", ".", true},
    {"lone_end", "a\034b", true},
    {"end_before_line_feed", "a\034\n", true},
    {"end_as_last_octet", "a\034", true},
    {"end_pair", "a\034\rb", false},
    {"end_pair_as_last_octets", "a\034\r", false},
    {"end_pair_behind_an_end", "a\034\034\r", false},
    {"soft_line_break", "a\vb", true},
    {"start_as_last_octet", "a\v", true},
    {"start_as_first_octet", "\va", true},
    {"start_before_half_a_name", "a\vMS", true},
    {"start_before_message_header", "a\vMSH|", false},
    {"start_before_file_header", "a\vFHS|", false},
    {"start_before_batch_header", "a\vBHS", false},
    {"start_before_header_at_once", "\vMSH", false},
    {"start_behind_a_start", "a\v\vMSH", false},
    {"header_inside", "MSH|\rMSH|", true},
    {"empty", "", false},
    {"blank", " \t\r\n\0"s, false},
};

class IsEncodableTest : public testing::TestWithParam<Case> {};

TEST_P(IsEncodableTest, SaysWhatTheTableSays) {
  EXPECT_EQ(is_encodable(base::as_bytes(GetParam().payload)), GetParam().encodable);
}

// The promise itself: encodable is what the decoder gives back as it was.
TEST_P(IsEncodableTest, MeansThatTheDecoderGivesItBack) {
  const std::string frame = framed(GetParam().payload);
  const bool given_back = listen({frame}, FrameOptions{}).told == std::vector{GetParam().payload};
  EXPECT_EQ(given_back, GetParam().encodable);
}

INSTANTIATE_TEST_SUITE_P(Payloads, IsEncodableTest, testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace mllp
