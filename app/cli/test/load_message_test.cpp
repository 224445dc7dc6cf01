#include "cli/load_message.hpp"

#include <gmock/gmock.h>

#include <set>
#include <string>

#include "hl7/header.hpp"
#include "hl7/message.hpp"
#include "mllp/frame_decoder.hpp"

namespace cli {
namespace {

using testing::SizeIs;

// The payload of the template's frame, as a receiver sees it.
std::string received(const LoadTemplate& load, LoadNumber number) {
  std::string out;
  load.append_frame(out, number.to_control_id(), number);
  EXPECT_EQ(out.size(), load.frame_bytes());
  mllp::FrameDecoder decoder({});
  EXPECT_EQ(decoder.decode(base::as_bytes(out)).event, mllp::DecodeEvent::kFrame);
  return std::string(base::as_text(decoder.payload()));
}

TEST(LoadSequence, NeverRepeatsANumber) {
  LoadSequence sequence(1);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 100'000; ++i) seen.insert(sequence.next().value);
  EXPECT_THAT(seen, SizeIs(100'000));
}

// Neighbours share no digits in front: an index on the id is hit all over.
TEST(LoadSequence, LooksRandom) {
  LoadSequence sequence(1);
  std::set<std::uint64_t> first_bytes;
  for (int i = 0; i < 4'000; ++i) first_bytes.insert(sequence.next().value >> 56);
  EXPECT_THAT(first_bytes, SizeIs(256));
}

TEST(LoadNumber, IsWrittenAsSixteenDigits) {
  EXPECT_EQ(as_text(LoadNumber{0x2a}.to_control_id()), "000000000000002a");
  EXPECT_EQ(as_text(LoadNumber{~0ULL}.to_control_id()), "ffffffffffffffff");
}

TEST(LoadTemplate, TheDefaultMessageIsAsLongAsTheTargetsSay) {
  const auto load = LoadTemplate::parse(make_load_message(0));
  ASSERT_TRUE(load);
  EXPECT_EQ(received(*load, {7}).size(), 552U);
}

TEST(LoadTemplate, TheDefaultMessageHasAnIdAndAPatientOfItsOwn) {
  const auto load = LoadTemplate::parse(make_load_message(0));
  ASSERT_TRUE(load);
  const std::string payload = received(*load, {123'456'789'042});
  hl7::Message message;
  ASSERT_TRUE(message.parse(base::as_bytes(payload)));
  EXPECT_EQ(message.get(*hl7::parse_path("MSH-10")), "0000001cbe991a32");
  EXPECT_EQ(message.get(*hl7::parse_path("PID-3.1")), "189042");
  EXPECT_EQ(message.count("OBX"), 5U);
}

TEST(LoadTemplate, CanBeMadeLarger) {
  for (const std::size_t size : {600U, 1'000U, 100'000U}) {
    const std::string message = make_load_message(size);
    EXPECT_GE(message.size(), size);
    EXPECT_LE(message.size(), size + 16);
  }
}

struct Case {
  const char* name;
  std::string_view message;
  std::string_view want;  // empty: refused
};

const Case kCases[] = {
    {"id_is_replaced", "MSH|^~\\&|A|B|C|D|2026||ADT^A01|OLD|P|2.3\r",
     "MSH|^~\\&|A|B|C|D|2026||ADT^A01|000000000000002a|P|2.3\r"},
    {"empty_id_is_filled", "MSH|^~\\&|||||||ACK||P|2.3\r",
     "MSH|^~\\&|||||||ACK|000000000000002a|P|2.3\r"},
    {"id_is_the_last_field", "MSH|^~\\&|||||||ACK|OLD", "MSH|^~\\&|||||||ACK|000000000000002a"},
    {"other_separator", "MSH#^~\\&#A#B#C#D#2026##ADT^A01#OLD#P\r",
     "MSH#^~\\&#A#B#C#D#2026##ADT^A01#000000000000002a#P\r"},
    {"only_the_header_is_touched", "MSH|^~\\&|||||||ACK|1|P\rNTE|a|b|c|d|e|f|g|h|i|j|k\r",
     "MSH|^~\\&|||||||ACK|000000000000002a|P\rNTE|a|b|c|d|e|f|g|h|i|j|k\r"},
    {"header_without_the_field", "MSH|^~\\&|A|B\rNTE|a|b|c|d|e|f|g|h|i|j|k\r", ""},
    {"no_header", "PID|1\r", ""},
};

class LoadTemplateTest : public testing::TestWithParam<Case> {};

TEST_P(LoadTemplateTest, PutsTheIdIntoTheHeader) {
  const auto load = LoadTemplate::parse(GetParam().message);
  ASSERT_EQ(load.has_value(), !GetParam().want.empty());
  if (load) {
    EXPECT_EQ(received(*load, {0x2a}), GetParam().want);
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, LoadTemplateTest, testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace cli
