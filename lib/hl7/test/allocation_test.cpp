// No allocation in the steady state: counted, not believed.
#include <gtest/gtest.h>

#include <string>

#include "hl7/ack.hpp"
#include "hl7/decoder.hpp"
#include "hl7/frame.hpp"
#include "hl7/header.hpp"
#include "hl7/json.hpp"
#include "hl7/matches.hpp"
#include "hl7/message.hpp"
#include "test_support/allocation_count.hpp"

namespace hl7 {
namespace {

using test_support::allocation_count;

constexpr std::string_view kMessage =
    "MSH|^~\\&|HIS|CENTRAL|LAB|PATHOLOGY|20260403||ORU^R01|7|P|2.5||||||UNICODE UTF-8\r"
    "PID|1||4711^^^HIS&1.2.3&ISO^MR~0815^^^LAB&4.5.6&ISO||Doe^Jane\r"
    "OBX|1|NM|GLU^Glucose||5.1|mmol/L\r";

TEST(SteadyState, OfReadingAndAnsweringAllocatesNothing) {
  const base::ByteView octets = base::as_bytes(kMessage);
  const auto path = parse_path("PID-3(2).4.2");
  ASSERT_TRUE(path);
  FrameContents contents;
  Message message;
  std::string out;
  const AckError error{.location = *path, .code = "101", .user_text = "é is required"};
  std::size_t found_count = 0;

  const auto round = [&] {
    split_frame(octets, contents);
    const auto header = parse_header(contents.messages.front());
    if (!header || !message.parse(contents.messages.front())) return;
    found_count += message.get(*path) == "4.5.6" ? 1U : 0U;
    out.clear();
    append_ack(out, {.header = &*header,
                     .code = AckCode::kAR,
                     .message_text = "rule: é is required",
                     .errors = std::span(&error, 1),
                     .control_id = "7"});
  };
  round();  // grows the buffers

  const std::size_t count_before = allocation_count();
  for (int repeat = 0; repeat < 100; ++repeat) round();
  EXPECT_EQ(allocation_count(), count_before);
  EXPECT_EQ(found_count, 101U);
  const std::string grown(1000, 'x');
  EXPECT_GT(allocation_count(), count_before) << "the count must see what allocates";
}

// Text, all places of a path, JSON: in UTF-8 and in a set that is converted.
TEST(SteadyState, OfReadingTextAllocatesNothing) {
  const std::string latin =
      "MSH|^~\\&|HIS|||||||7|P|2.5||||||8859/1\r"
      "PID|1||4711~0815||M\xFCller \\T\\ S\xF6hne, a long name\r";
  const Path names = *parse_path("PID-5");
  const Path ids = *parse_path("PID-3(*)");
  Message message;
  Decoder decoder;
  std::string json;
  std::size_t text_bytes = 0;
  const auto round = [&](std::string_view text) {
    if (!message.parse(base::as_bytes(text))) return;
    decoder.open(message);
    text_bytes += decoder.decode(message.get(names)).size();
    for (const Match& match : Matches(message, ids)) text_bytes += match.value.size();
    json.clear();
    append_json(json, message, decoder);
    text_bytes += json.size();
  };
  for (int repeat = 0; repeat < 2; ++repeat) {
    round(kMessage);
    round(latin);
  }
  const std::size_t count_before = allocation_count();
  for (int repeat = 0; repeat < 100; ++repeat) {
    round(kMessage);
    round(latin);
  }
  EXPECT_EQ(allocation_count(), count_before);
  EXPECT_GT(text_bytes, 20'000U);
}

}  // namespace
}  // namespace hl7
