#include "mllp/frame_decoder.hpp"

#include <gtest/gtest.h>

#include "../test_support/leisurely_reader.hpp"
#include "../test_support/transcript.hpp"

namespace mllp {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

// Small, so that a row shows a limit: payloads up to 16 octets, 8 octets of
// garbage, and 32 octets of an oversize frame or of cut ones.
constexpr FrameOptions kSmall{.payload_bytes_max = 16, .garbage_bytes_max = 8, .discard_factor = 2};

constexpr FrameOptions with(Resync resync, FrameEnd end = FrameEnd::kFsCr) {
  FrameOptions options = kSmall;
  options.resync = resync;
  options.end = end;
  return options;
}

constexpr FrameOptions kAnyStart = with(Resync::kAny);
constexpr FrameOptions kCloseOnStart = with(Resync::kClose);
constexpr FrameOptions kBareEnd = with(Resync::kHeader, FrameEnd::kFs);
constexpr FrameOptions kNoGarbageLimit{.payload_bytes_max = 16, .garbage_bytes_max = 0};
constexpr FrameOptions kTiny{.payload_bytes_max = 2, .garbage_bytes_max = 8, .discard_factor = 2};

struct Case {
  const char* name;
  std::string_view stream;
  std::vector<std::string> told;
  FrameCounts counts;
  FrameOptions options = kSmall;
};

// Read it as the specification: each line is one sentence of the protocol.
// In a stream \v is 0B, \034 is 1C and \r is 0D.
const Case kFrames[] = {
    {"nothing", "", {}, {}},
    {"one_frame", "\vMSH|\034\r", {"MSH|"}, {.frames = 1}},
    {"back_to_back", "\va\034\r\vb\034\r", {"a", "b"}, {.frames = 2}},
    {"carriage_return_is_payload", "\va\rb\r\034\r", {"a\rb\r"}, {.frames = 1}},
    {"any_other_octet_is_payload", "\v\001\xff\0x\034\r"sv, {"\001\xff\0x"s}, {.frames = 1}},
    {"payload_at_the_limit", "\v0123456789abcdef\034\r", {"0123456789abcdef"}, {.frames = 1}},
};

const Case kBetweenFrames[] = {
    {"line_ends", "\r\n\va\034\r\n\r\n", {"a"}, {.frames = 1, .garbage_bytes = 5}},
    {"nul", "\0\0\va\034\r\0"sv, {"a"}, {.frames = 1, .garbage_bytes = 3}},
    {"an_end_without_start", "\034\r\va\034\r", {"a"}, {.frames = 1, .garbage_bytes = 2}},
    {"message_without_start", "MSH\034\r\va\034\r", {"a"}, {.frames = 1, .garbage_bytes = 5}},
    {"garbage_at_the_limit", "12345678\va\034\r", {"a"}, {.frames = 1, .garbage_bytes = 8}},
    {"garbage_over_the_limit", "123456789", {"garbage limit"}, {.garbage_bytes = 9}},
    {"nothing_after_that", "123456789\va\034\r", {"garbage limit"}, {.garbage_bytes = 9}},
    {"a_frame_pardons",
     "12345678\va\034\r12345678\vb\034\r",
     {"a", "b"},
     {.frames = 2, .garbage_bytes = 16}},
    {"so_does_a_heartbeat",
     "12345678\v\034\r12345678\vb\034\r",
     {"b"},
     {.frames = 1, .blank_frames = 1, .garbage_bytes = 16}},
    {"and_one_too_large",
     "12345678\v0123456789abcdefg\034\r12345678\vb\034\r",
     {"oversize: 0123456789abcdef", "b"},
     {.frames = 1, .oversize_frames = 1, .garbage_bytes = 16}},
    {"garbage_adds_up_after_a_frame",
     "\va\034\r12345\n\r\n9",
     {"a", "garbage limit"},
     {.frames = 1, .garbage_bytes = 9}},
    {"no_limit_no_close",
     "1234567890123456789012345678901234567890\va\034\r",
     {"a"},
     {.frames = 1, .garbage_bytes = 40},
     kNoGarbageLimit},
};

const Case kEmbeddedEnd[] = {
    {"before_another_octet", "\va\034b\034\r", {"a\034b"}, {.frames = 1, .embedded_ends = 1}},
    {"before_line_feed", "\va\034\nb\034\r", {"a\034\nb"}, {.frames = 1, .embedded_ends = 1}},
    {"twice_then_cr", "\va\034\034\r", {"a\034"}, {.frames = 1, .embedded_ends = 1}},
    {"thrice_then_cr", "\v\034\034\034\r", {"\034\034"}, {.frames = 1, .embedded_ends = 2}},
    {"no_next_octet", "\va\034", {"open: 3"}, {.unfinished_frames = 1, .unfinished_bytes = 3}},
    {"before_a_frame_begun_anew",
     "\va\034\vMSH\034\r",
     {"MSH"},
     {.frames = 1, .cut_frames = 1, .cut_bytes = 3, .embedded_ends = 1}},
    {"makes_it_too_large",
     "\v0123456789abcdef\034\034\r",
     {"oversize: 0123456789abcdef"},
     {.oversize_frames = 1, .embedded_ends = 1}},
};

const Case kEmbeddedStart[] = {
    {"before_message_header",
     "\vMSH|1\vMSH|2\034\r",
     {"MSH|2"},
     {.frames = 1, .cut_frames = 1, .cut_bytes = 6}},
    {"before_file_header",
     "\vMSH|1\vFHS|2\034\r",
     {"FHS|2"},
     {.frames = 1, .cut_frames = 1, .cut_bytes = 6}},
    {"before_batch_header",
     "\vMSH|1\vBHS|2\034\r",
     {"BHS|2"},
     {.frames = 1, .cut_frames = 1, .cut_bytes = 6}},
    {"doubled_start", "\v\vMSH\034\r", {"MSH"}, {.frames = 1, .cut_frames = 1, .cut_bytes = 1}},
    {"cut_twice",
     "\va\vMSH1\vMSH2\034\r",
     {"MSH2"},
     {.frames = 1, .cut_frames = 2, .cut_bytes = 7}},
    {"soft_line_break", "\va\vb\034\r", {"a\vb"}, {.frames = 1, .embedded_starts = 1}},
    {"at_the_very_begin", "\v\vb\034\r", {"\vb"}, {.frames = 1, .embedded_starts = 1}},
    {"at_the_very_end", "\va\v\034\r", {"a\v"}, {.frames = 1, .embedded_starts = 1}},
    {"half_a_name", "\va\vMS|\034\r", {"a\vMS|"}, {.frames = 1, .embedded_starts = 1}},
    {"a_name_cut_by_the_end", "\va\vFH\034\r", {"a\vFH"}, {.frames = 1, .embedded_starts = 1}},
    {"a_mixture_of_names", "\va\vMHS\034\r", {"a\vMHS"}, {.frames = 1, .embedded_starts = 1}},
    {"another_segment", "\va\vPID\034\r", {"a\vPID"}, {.frames = 1, .embedded_starts = 1}},
    {"name_in_small_letters", "\va\vmsh\034\r", {"a\vmsh"}, {.frames = 1, .embedded_starts = 1}},
    {"one_break_hides_no_header",
     "\va\v\vMSH\034\r",
     {"MSH"},
     {.frames = 1, .cut_frames = 1, .cut_bytes = 3, .embedded_starts = 1}},
    {"nor_does_half_a_name",
     "\va\vM\vMS\vMSH\034\r",
     {"MSH"},
     {.frames = 1, .cut_frames = 1, .cut_bytes = 7, .embedded_starts = 2}},
    {"no_next_octet", "\va\v", {"open: 3"}, {.unfinished_frames = 1, .unfinished_bytes = 3}},
    {"half_a_name_and_no_more",
     "\va\vMS",
     {"open: 5"},
     {.unfinished_frames = 1, .unfinished_bytes = 5}},
    {"the_new_frame_is_cut_short",
     "\va\vMSH",
     {"open: 4"},
     {.cut_frames = 1, .cut_bytes = 2, .unfinished_frames = 1, .unfinished_bytes = 4}},
    {"makes_it_too_large",
     "\v0123456789abcdef\v\034\r",
     {"oversize: 0123456789abcdef"},
     {.oversize_frames = 1, .embedded_starts = 1}},
    {"nothing_but_cut_frames",
     "\v12345678\vMSH12345\vMSH12345\vMSH12345\vMSHa\034\r",
     {"garbage limit"},
     {.cut_frames = 4, .cut_bytes = 36}},
    {"a_frame_pardons_cut_ones",
     "\v12345678\vMSH12345\vMSH12345\034\r\v12345678\vMSH12345\vMSHa\034\r",
     {"MSH12345", "MSHa"},
     {.frames = 2, .cut_frames = 4, .cut_bytes = 36}},
    {"name_over_a_tiny_limit",
     "\va\vMSH\034\r",
     {"oversize: MS"},
     {.oversize_frames = 1, .cut_frames = 1, .cut_bytes = 2},
     kTiny},
};

const Case kAnyStartBeginsAnew[] = {
    {"before_any_octet",
     "\va\vb\034\r",
     {"b"},
     {.frames = 1, .cut_frames = 1, .cut_bytes = 2},
     kAnyStart},
    {"before_the_end",
     "\va\v\034\r",
     {},
     {.blank_frames = 1, .cut_frames = 1, .cut_bytes = 2},
     kAnyStart},
    {"doubled_start",
     "\v\va\034\r",
     {"a"},
     {.frames = 1, .cut_frames = 1, .cut_bytes = 1},
     kAnyStart},
    {"half_a_name_is_nothing_special",
     "\va\vMS\v|\034\r",
     {"|"},
     {.frames = 1, .cut_frames = 2, .cut_bytes = 5},
     kAnyStart},
    {"behind_a_lone_end",
     "\va\034\vb\034\r",
     {"b"},
     {.frames = 1, .cut_frames = 1, .cut_bytes = 3, .embedded_ends = 1},
     kAnyStart},
    {"of_one_too_large",
     "\v0123456789abcdefg\vb\034\r",
     {"b"},
     {.frames = 1, .cut_frames = 1, .cut_bytes = 18},
     kAnyStart},
    {"nothing_but_starts",
     "\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v",
     {"garbage limit"},
     {.cut_frames = 33, .cut_bytes = 33},
     kAnyStart},
};

const Case kStartCloses[] = {
    {"between_frames_it_is_none", "\va\034\r\vb\034\r", {"a", "b"}, {.frames = 2}, kCloseOnStart},
    {"before_a_header",
     "\va\034\r\vb\vMSH\034\r",
     {"a", "start inside frame"},
     {.frames = 1, .cut_frames = 1, .cut_bytes = 2},
     kCloseOnStart},
    {"before_any_octet",
     "\vab\vc\034\r",
     {"start inside frame"},
     {.cut_frames = 1, .cut_bytes = 3},
     kCloseOnStart},
    {"in_one_too_large",
     "\v0123456789abcdefg\v",
     {"start inside frame"},
     {.cut_frames = 1, .cut_bytes = 18},
     kCloseOnStart},
};

const Case kBareEndCloses[] = {
    {"at_once", "\va\034", {"a"}, {.frames = 1, .bare_ends = 1}, kBareEnd},
    {"and_takes_its_cr_along", "\va\034\r", {"a"}, {.frames = 1}, kBareEnd},
    {"but_only_one",
     "\va\034\r\r\vb\034",
     {"a", "b"},
     {.frames = 2, .bare_ends = 1, .garbage_bytes = 1},
     kBareEnd},
    {"and_only_at_once",
     "\va\034\n\r\vb\034\r",
     {"a", "b"},
     {.frames = 2, .bare_ends = 1, .garbage_bytes = 2},
     kBareEnd},
    {"before_the_next_frame",
     "\va\034\vb\034\r",
     {"a", "b"},
     {.frames = 2, .bare_ends = 1},
     kBareEnd},
    {"the_first_of_two",
     "\va\034\034\r",
     {"a"},
     {.frames = 1, .bare_ends = 1, .garbage_bytes = 2},
     kBareEnd},
    {"an_empty_one", "\v\034\r\v\034", {}, {.blank_frames = 2, .bare_ends = 1}, kBareEnd},
    {"behind_half_a_name",
     "\va\vMS\034",
     {"a\vMS"},
     {.frames = 1, .embedded_starts = 1, .bare_ends = 1},
     kBareEnd},
    {"one_too_large",
     "\v0123456789abcdefg\034\r\va\034\r",
     {"oversize: 0123456789abcdef", "a"},
     {.frames = 1, .oversize_frames = 1},
     kBareEnd},
};

const Case kBlank[] = {
    {"empty", "\v\034\r", {}, {.blank_frames = 1}},
    {"a_line_end", "\v\r\034\r", {}, {.blank_frames = 1}},
    {"blanks_of_every_kind", "\v \t\r\n\0\034\r"sv, {}, {.blank_frames = 1}},
    {"between_frames", "\va\034\r\v\034\r\vb\034\r", {"a", "b"}, {.frames = 2, .blank_frames = 1}},
    {"one_octet_makes_a_frame", "\v  \r.\034\r", {"  \r."}, {.frames = 1}},
    {"a_form_feed_is_none", "\v\f\034\r", {"\f"}, {.frames = 1}},
    {"too_large_is_too_large",
     "\v                 \034\r",
     {"oversize:                 "},
     {.oversize_frames = 1}},
};

const Case kOversize[] = {
    {"tells_how_it_began",
     "\v0123456789abcdefg\034\r",
     {"oversize: 0123456789abcdef"},
     {.oversize_frames = 1}},
    {"and_the_stream_goes_on",
     "\v0123456789abcdefghijklmn\034\r\n\va\034\r",
     {"oversize: 0123456789abcdef", "a"},
     {.frames = 1, .oversize_frames = 1, .garbage_bytes = 1}},
    {"twice",
     "\v0123456789abcdefg\034\r\vABCDEFGHIJKLMNOPQ\034\r",
     {"oversize: 0123456789abcdef", "oversize: ABCDEFGHIJKLMNOP"},
     {.oversize_frames = 2}},
    {"lone_marks_do_not_end_it",
     "\v0123456789abcdefg\034x\vMS\034\034\r",
     {"oversize: 0123456789abcdef"},
     {.oversize_frames = 1, .embedded_starts = 1, .embedded_ends = 2}},
    {"may_turn_out_cut",
     "\v0123456789abcdefghijk\vMSH|\034\r",
     {"MSH|"},
     {.frames = 1, .cut_frames = 1, .cut_bytes = 22}},
    {"cut_at_the_limit",
     "\v0123456789abcdef\vMSH|\034\r",
     {"MSH|"},
     {.frames = 1, .cut_frames = 1, .cut_bytes = 17}},
    {"as_long_as_it_may_be",
     "\v0123456789abcdefghijklmnopqrstuv\034\r\va\034\r",
     {"oversize: 0123456789abcdef", "a"},
     {.frames = 1, .oversize_frames = 1}},
    {"longer_than_that",
     "\v0123456789abcdefghijklmnopqrstuvw\034\r\va\034\r",
     {"endless: 0123456789abcdef"},
     {.oversize_frames = 1}},
    {"endless_by_a_lone_mark",
     "\v0123456789abcdefghijklmnopqrstuv\vMx\034\r",
     {"endless: 0123456789abcdef"},
     {.oversize_frames = 1, .embedded_starts = 1}},
    {"cut_just_before_endless",
     "\v0123456789abcdefghijklmnopqrstu\vMSH|\034\r",
     {"MSH|"},
     {.frames = 1, .cut_frames = 1, .cut_bytes = 32}},
    {"the_end_of_the_stream",
     "\v0123456789abcdefg",
     {"open: 18"},
     {.unfinished_frames = 1, .unfinished_bytes = 18}},
};

const Case kEndOfStream[] = {
    {"lone_start", "\v", {"open: 1"}, {.unfinished_frames = 1, .unfinished_bytes = 1}},
    {"in_payload", "\vMSH|", {"open: 5"}, {.unfinished_frames = 1, .unfinished_bytes = 5}},
    {"before_the_last_octet",
     "\va\034\r\vb\034",
     {"a", "open: 3"},
     {.frames = 1, .unfinished_frames = 1, .unfinished_bytes = 3}},
    {"between_frames", "\va\034\r\r\n", {"a"}, {.frames = 1, .garbage_bytes = 2}},
};

class FrameDecoderTest : public testing::TestWithParam<Case> {
 protected:
  [[nodiscard]] static Transcript want() { return {GetParam().told, GetParam().counts}; }

  [[nodiscard]] static std::string_view stream() { return GetParam().stream; }

  [[nodiscard]] static const FrameOptions& options() { return GetParam().options; }
};

TEST_P(FrameDecoderTest, InOnePiece) { EXPECT_EQ(listen({stream()}, options()), want()); }

TEST_P(FrameDecoderTest, OctetByOctet) {
  EXPECT_EQ(listen(pieces_of(stream(), 1), options()), want());
}

// How TCP cuts the stream must not matter, so we cut it everywhere.
TEST_P(FrameDecoderTest, CutAtEveryOctet) {
  for (std::size_t cut = 0; cut <= stream().size(); ++cut) {
    EXPECT_EQ(listen({stream().substr(0, cut), stream().substr(cut)}, options()), want())
        << "cut at " << cut;
  }
}

TEST_P(FrameDecoderTest, CutAtEveryPairOfOctets) {
  for (std::size_t second = 0; second <= stream().size(); ++second) {
    const std::string_view front = stream().substr(0, second);
    for (std::size_t first = 0; first <= second; ++first) {
      EXPECT_EQ(
          listen({front.substr(0, first), front.substr(first), stream().substr(second)}, options()),
          want())
          << "cut at " << first << " and " << second;
    }
  }
}

// The oracle of the fuzz target is held to the same table.
TEST_P(FrameDecoderTest, LeisurelyReaderAgrees) {
  EXPECT_EQ(listen_at_leisure(stream(), options()), want());
}

std::string name_of(const testing::TestParamInfo<Case>& each) { return each.param.name; }

INSTANTIATE_TEST_SUITE_P(Frames, FrameDecoderTest, testing::ValuesIn(kFrames), name_of);
INSTANTIATE_TEST_SUITE_P(BetweenFrames, FrameDecoderTest, testing::ValuesIn(kBetweenFrames),
                         name_of);
INSTANTIATE_TEST_SUITE_P(EmbeddedEnd, FrameDecoderTest, testing::ValuesIn(kEmbeddedEnd), name_of);
INSTANTIATE_TEST_SUITE_P(EmbeddedStart, FrameDecoderTest, testing::ValuesIn(kEmbeddedStart),
                         name_of);
INSTANTIATE_TEST_SUITE_P(AnyStartBeginsAnew, FrameDecoderTest,
                         testing::ValuesIn(kAnyStartBeginsAnew), name_of);
INSTANTIATE_TEST_SUITE_P(StartCloses, FrameDecoderTest, testing::ValuesIn(kStartCloses), name_of);
INSTANTIATE_TEST_SUITE_P(BareEndCloses, FrameDecoderTest, testing::ValuesIn(kBareEndCloses),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Blank, FrameDecoderTest, testing::ValuesIn(kBlank), name_of);
INSTANTIATE_TEST_SUITE_P(Oversize, FrameDecoderTest, testing::ValuesIn(kOversize), name_of);
INSTANTIATE_TEST_SUITE_P(EndOfStream, FrameDecoderTest, testing::ValuesIn(kEndOfStream), name_of);

}  // namespace
}  // namespace mllp
