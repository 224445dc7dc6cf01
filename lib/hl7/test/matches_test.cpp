#include "hl7/matches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hl7 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kMessage =
    "MSH|^~\\&|HIS||||||ORU^R01|7|P|2.5\r"
    "PID|||1^A~2^B&b~3\r"
    "OBX|1|NM|x||5.1~5.2\r"
    "ZPI\r"
    "OBX|2|NM|y\r"
    "OBX|3|NM|z||~7~\r";

// As "segment number/repetition=value".
std::vector<std::string> found(std::string_view text, std::string_view path) {
  Message message;
  EXPECT_TRUE(message.parse(base::as_bytes(text)));
  const auto parsed = parse_path(path);
  EXPECT_TRUE(parsed) << path;
  std::vector<std::string> all;
  for (const Match& match : Matches(message, *parsed)) {
    EXPECT_EQ(match.segment->name(), parsed->segment_name());
    all.push_back(std::to_string(match.segment_number) + "/" + std::to_string(match.repetition) +
                  "=" + std::string(match.value));
  }
  return all;
}

TEST(Matches, AreAllThatAPathNames) {
  EXPECT_THAT(found(kMessage, "PID-3.1"), ElementsAre("1/1=1"));
  EXPECT_THAT(found(kMessage, "PID-3(2).2.2"), ElementsAre("1/2=b"));
  EXPECT_THAT(found(kMessage, "PID-3(9)"), ElementsAre("1/9="));
  EXPECT_THAT(found(kMessage, "PID-9"), ElementsAre("1/1="));
  EXPECT_THAT(found(kMessage, "PV1-1"), IsEmpty());
  EXPECT_THAT(found(kMessage, "PID-3(*)"), ElementsAre("1/1=1^A", "1/2=2^B&b", "1/3=3"));
  EXPECT_THAT(found(kMessage, "PID-3(*).2"), ElementsAre("1/1=A", "1/2=B&b", "1/3="));
  EXPECT_THAT(found(kMessage, "PID-3(*).2.2"), ElementsAre("1/1=", "1/2=b", "1/3="));
  EXPECT_THAT(found(kMessage, "PID-4(*)"), IsEmpty());
}

TEST(Matches, GoThroughSegmentsInOrder) {
  EXPECT_THAT(found(kMessage, "OBX(*)-3"), ElementsAre("1/1=x", "2/1=y", "3/1=z"));
  EXPECT_THAT(found(kMessage, "OBX(*)-5"), ElementsAre("1/1=5.1~5.2", "2/1=", "3/1=~7~"));
  EXPECT_THAT(found(kMessage, "OBX(*)-5(2)"), ElementsAre("1/2=5.2", "2/2=", "3/2=7"));
  EXPECT_THAT(found(kMessage, "OBX(*)-5(*)"),
              ElementsAre("1/1=5.1", "1/2=5.2", "3/1=", "3/2=7", "3/3="));
  EXPECT_THAT(found(kMessage, "OBX(2)-3"), ElementsAre("2/1=y"));
  EXPECT_THAT(found(kMessage, "OBX(3)-5(*)"), ElementsAre("3/1=", "3/2=7", "3/3="));
  EXPECT_THAT(found(kMessage, "OBX(4)-3"), IsEmpty());
  EXPECT_THAT(found(kMessage, "OBX(*)"), testing::SizeIs(3));
  EXPECT_THAT(found(kMessage, "ZPI(*)"), ElementsAre("1/1=ZPI"));
}

TEST(Matches, DoNotCutTheEncodingCharacters) {
  EXPECT_THAT(found(kMessage, "MSH-2(*)"), ElementsAre("1/1=^~\\&"));
  EXPECT_THAT(found(kMessage, "MSH-2(*).1"), ElementsAre("1/1=^~\\&"));
  EXPECT_THAT(found(kMessage, "MSH-2(*).2"), ElementsAre("1/1="));
  EXPECT_THAT(found(kMessage, "MSH-1(*)"), ElementsAre("1/1=|"));
}

TEST(Matches, KnowCharactersThatCollide) {
  EXPECT_THAT(found("MSH|^~\\&||||||||||||||||BIG-5\rZ01|\xA2\x7E~\xA2\x7C^b|c\r", "Z01-1(*)"),
              ElementsAre("1/1=\xA2\x7E", "1/2=\xA2\x7C^b"));
}

std::vector<std::string> cut(std::string_view field, char separator) {
  const std::string text = "MSH|^~\\&\rZ01|" + std::string(field) + "|\r";
  Message message;
  EXPECT_TRUE(message.parse(base::as_bytes(text)));
  std::vector<std::string> parts;
  Cutter cutter(message, message.field(message.segments()[1], {1}), separator);
  while (cutter.next()) parts.emplace_back(cutter.part());
  return parts;
}

TEST(Cutter, GivesAllPartsAlsoEmptyOnes) {
  EXPECT_THAT(cut("a^b", '^'), ElementsAre("a", "b"));
  EXPECT_THAT(cut("^a^^b^", '^'), ElementsAre("", "a", "", "b", ""));
  EXPECT_THAT(cut("^", '^'), ElementsAre("", ""));
  EXPECT_THAT(cut("a^b", 0), ElementsAre("a^b"));
  EXPECT_THAT(cut("a longer text than a block of octets", '^'), testing::SizeIs(1));
  EXPECT_THAT(cut("", '^'), IsEmpty());
}

}  // namespace
}  // namespace hl7
