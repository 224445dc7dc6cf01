// What the decoder holds, lends and gives back.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "heap_meter.hpp"
#include "mllp/frame_decoder.hpp"

namespace mllp {
namespace {

constexpr std::size_t kReadBytes = 64 * base::kKiB;

// The octets of one read, at an address of their own as in a session.
class Read {
 public:
  explicit Read(std::string octets) : octets_(std::move(octets)) {}

  [[nodiscard]] base::ByteView view() const { return base::as_bytes(octets_); }

  [[nodiscard]] bool holds(base::ByteView part) const {
    return part.data() >= view().data() &&
           part.data() + part.size() <= view().data() + view().size();
  }

 private:
  std::string octets_;
};

// Feeds `payload_bytes` octets of payload to the open frame, read by read.
void feed_payload(FrameDecoder& decoder, std::size_t payload_bytes) {
  const std::string octets(kReadBytes, 'x');
  while (payload_bytes > 0) {
    const std::size_t read_bytes = std::min(payload_bytes, kReadBytes);
    const DecodeStep step = decoder.decode(base::as_bytes(octets).first(read_bytes));
    ASSERT_EQ(step.event, DecodeEvent::kNeedMore);
    payload_bytes -= read_bytes;
  }
}

DecodeEvent feed(FrameDecoder& decoder, std::string_view octets) {
  return decoder.decode(base::as_bytes(octets)).event;
}

TEST(FrameDecoderMemory, AnIdleConnectionCostsNextToNothing) {
  EXPECT_LE(sizeof(FrameDecoder), 256u);
  const FrameDecoder decoder{FrameOptions{}};
  EXPECT_EQ(decoder.buffered_bytes(), 0u);
}

TEST(FrameDecoderMemory, AFrameWithinOneReadIsNotCopied) {
  FrameDecoder decoder{FrameOptions{}};
  const Read read("\r\n\vMSH|\034\r");
  const HeapMeter meter;
  ASSERT_EQ(decoder.decode(read.view()).event, DecodeEvent::kFrame);
  EXPECT_TRUE(read.holds(decoder.payload()));
  EXPECT_EQ(meter.peak_bytes(), 0u);
}

TEST(FrameDecoderMemory, AFrameBegunAnewWithinOneReadIsNotCopied) {
  FrameDecoder decoder{FrameOptions{}};
  const Read read("\vMSH|1\vMSH|2\034\r");
  ASSERT_EQ(decoder.decode(read.view()).event, DecodeEvent::kFrame);
  EXPECT_TRUE(read.holds(decoder.payload()));
  EXPECT_EQ(base::as_text(decoder.payload()), "MSH|2");
}

TEST(FrameDecoderMemory, AFrameFromTwoReadsOutlivesBoth) {
  FrameDecoder decoder{FrameOptions{}};
  ASSERT_EQ(feed(decoder, std::string("\vMS")), DecodeEvent::kNeedMore);
  const Read read("H|\034\r");
  ASSERT_EQ(decoder.decode(read.view()).event, DecodeEvent::kFrame);
  EXPECT_FALSE(read.holds(decoder.payload()));
  EXPECT_EQ(base::as_text(decoder.payload()), "MSH|");
}

TEST(FrameDecoderMemory, TakingAnAccumulatedFrameMovesIt) {
  FrameDecoder decoder{FrameOptions{}};
  ASSERT_EQ(feed(decoder, "\vMS"), DecodeEvent::kNeedMore);
  ASSERT_EQ(feed(decoder, "H|\034\r"), DecodeEvent::kFrame);
  const std::byte* const where = decoder.payload().data();
  std::vector<std::byte> taken;
  decoder.take_payload(taken);
  EXPECT_EQ(taken.data(), where);
  EXPECT_EQ(decoder.buffered_bytes(), 0u);
  EXPECT_TRUE(decoder.payload().empty());
}

TEST(FrameDecoderMemory, AFrameNotTakenIsLetGoByTheNextCall) {
  FrameDecoder decoder{FrameOptions{}};
  ASSERT_EQ(feed(decoder, "\va"), DecodeEvent::kNeedMore);
  ASSERT_EQ(feed(decoder, "b\034\r"), DecodeEvent::kFrame);
  ASSERT_GT(decoder.buffered_bytes(), 0u);
  EXPECT_EQ(feed(decoder, ""), DecodeEvent::kNeedMore);
  EXPECT_EQ(decoder.buffered_bytes(), 0u);
  EXPECT_TRUE(decoder.payload().empty());
}

TEST(FrameDecoderMemory, ABlankFrameLeavesNothing) {
  FrameDecoder decoder{FrameOptions{}};
  ASSERT_EQ(feed(decoder, "\v  "), DecodeEvent::kNeedMore);
  ASSERT_EQ(feed(decoder, "  \034\r"), DecodeEvent::kNeedMore);
  EXPECT_EQ(decoder.buffered_bytes(), 0u);
}

TEST(FrameDecoderMemory, TheEndOfTheStreamGivesAllBack) {
  FrameDecoder decoder{FrameOptions{}};
  ASSERT_EQ(feed(decoder, "\vabc"), DecodeEvent::kNeedMore);
  EXPECT_EQ(decoder.finish(), 4u);
  EXPECT_EQ(decoder.buffered_bytes(), 0u);
  EXPECT_FALSE(decoder.inside_frame());
}

TEST(FrameDecoderMemory, TheOpenFrameCanBeWatched) {
  FrameDecoder decoder{FrameOptions{}};
  EXPECT_EQ(decoder.open_frame_bytes(), 0u);
  ASSERT_EQ(feed(decoder, "\vabc\vMS"), DecodeEvent::kNeedMore);
  EXPECT_EQ(decoder.open_frame_bytes(), 7u);
  ASSERT_EQ(feed(decoder, "H"), DecodeEvent::kNeedMore);
  EXPECT_EQ(decoder.open_frame_bytes(), 4u) << "cut, and MSH begins the next";
  ASSERT_EQ(feed(decoder, "\034\r"), DecodeEvent::kFrame);
  EXPECT_EQ(decoder.open_frame_bytes(), 0u);
}

class FrameDecoderGrowthTest : public testing::TestWithParam<std::size_t> {};

TEST_P(FrameDecoderGrowthTest, ReservesHalfTheLimitBesideItAtMost) {
  const std::size_t limit_bytes = GetParam();
  FrameDecoder decoder{FrameOptions{.payload_bytes_max = limit_bytes}};
  ASSERT_EQ(feed(decoder, "\v"), DecodeEvent::kNeedMore);
  const HeapMeter meter;
  feed_payload(decoder, limit_bytes);
  EXPECT_LE(decoder.buffered_bytes(), limit_bytes + 4);
  EXPECT_LE(meter.peak_bytes(), limit_bytes + limit_bytes / 2 + 2 * kReadBytes);
  ASSERT_EQ(feed(decoder, "\034\r"), DecodeEvent::kFrame);
  EXPECT_EQ(decoder.payload().size(), limit_bytes);
}

// One just above a power of two: plain doubling would hold it twice.
INSTANTIATE_TEST_SUITE_P(Limits, FrameDecoderGrowthTest,
                         testing::Values(base::kMiB, base::kMiB + kReadBytes, 3 * base::kMiB));

TEST(FrameDecoderMemory, AnOctetOverTheLimitGivesAllBackButTheHead) {
  FrameDecoder decoder{FrameOptions{.payload_bytes_max = base::kMiB}};
  ASSERT_EQ(feed(decoder, "\vMSH|"), DecodeEvent::kNeedMore);
  feed_payload(decoder, base::kMiB - 4);
  ASSERT_GE(decoder.buffered_bytes(), base::kMiB);
  ASSERT_EQ(feed(decoder, "y"), DecodeEvent::kNeedMore);
  EXPECT_EQ(decoder.buffered_bytes(), kHeadBytesMax);

  const HeapMeter meter;
  feed_payload(decoder, 2 * base::kMiB);
  EXPECT_LE(meter.peak_bytes(), kReadBytes * 2) << "the read itself and nothing else";
  ASSERT_EQ(feed(decoder, "\034\r"), DecodeEvent::kOversize);
  EXPECT_EQ(decoder.head().size(), kHeadBytesMax);
  EXPECT_EQ(base::as_text(decoder.head()).substr(0, 6), "MSH|xx");
  ASSERT_EQ(feed(decoder, ""), DecodeEvent::kNeedMore);
  EXPECT_EQ(decoder.buffered_bytes(), 0u);
}

TEST(FrameDecoderMemory, ASpentDecoderKeepsTheHeadAndConsumesNothing) {
  FrameDecoder decoder{FrameOptions{.payload_bytes_max = 4, .discard_factor = 1}};
  const DecodeStep step = decoder.decode(base::as_bytes("\vabcdefgh"));
  EXPECT_EQ(step.event, DecodeEvent::kOversizeEndless);
  EXPECT_EQ(step.consumed_bytes, 6u) << "the first octet over the limit is the last one read";
  const DecodeStep next = decoder.decode(base::as_bytes("\034\r\vi\034\r"));
  EXPECT_EQ(next.event, DecodeEvent::kOversizeEndless);
  EXPECT_EQ(next.consumed_bytes, 0u);
  EXPECT_EQ(base::as_text(decoder.head()), "abcd");
  EXPECT_FALSE(decoder.inside_frame());
  EXPECT_EQ(decoder.finish(), 0u);
}

TEST(FrameDecoderMemory, AnEventLeavesTheRestOfTheInputForTheNextCall) {
  FrameDecoder decoder{FrameOptions{}};
  const Read read("\va\034\r\n\vb\034\r");
  const DecodeStep first = decoder.decode(read.view());
  EXPECT_EQ(first.event, DecodeEvent::kFrame);
  EXPECT_EQ(first.consumed_bytes, 4u);
  const DecodeStep second = decoder.decode(read.view().subspan(first.consumed_bytes));
  EXPECT_EQ(second.event, DecodeEvent::kFrame);
  EXPECT_EQ(second.consumed_bytes, 5u);
  EXPECT_EQ(base::as_text(decoder.payload()), "b");
}

}  // namespace
}  // namespace mllp
