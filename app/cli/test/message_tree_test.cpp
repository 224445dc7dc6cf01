#include "cli/message_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace cli {
namespace {

using testing::HasSubstr;
using testing::Not;

// The tree of a whole message.
std::string draw(const std::string& text, TreeColors colors = TreeColors::kNone) {
  hl7::Message message;
  hl7::Decoder decoder;
  EXPECT_TRUE(message.parse(base::as_bytes(text)));
  decoder.open(message);
  const auto version = hl7::find_version(message.get(*hl7::parse_path("MSH-12.1")));
  TreeReader reader(message, decoder, hl7::Dictionary(version.value_or(hl7::Version::kV251)));
  std::map<std::string_view, std::size_t> counts;
  std::string drawn;
  for (const hl7::Segment& each : message.segments()) {
    drawn += render_rows(reader.read(each, ++counts[each.name()]), colors);
  }
  return drawn;
}

// Without MSH, which each message needs.
std::string draw_rest(const std::string& rest, const std::string& version = "2.5.1") {
  const std::string drawn = draw("MSH|^~\\&|||||||||P|" + version + "\r" + rest);
  const std::size_t behind = drawn.find("Version ID");
  return drawn.substr(drawn.find('\n', behind) + 1);
}

TEST(MessageTree, NamesEveryPartThatIsValued) {
  EXPECT_EQ(draw_rest("PID|1||4711^^^HIS&1.2.3&L^MR||Doe^Jane||19700102|F\r"),
            "PID              Patient Identification\n"
            "  PID-1          Set ID - PID             1\n"
            "  PID-3          Patient Identifier List\n"
            "    PID-3.1      ID Number                4711\n"
            "    PID-3.4      Assigning Authority\n"
            "      PID-3.4.1  Namespace ID             HIS\n"
            "      PID-3.4.2  Universal ID             1.2.3\n"
            "      PID-3.4.3  Universal ID Type        L  (Reserved for locally defined coding "
            "schemes.)\n"
            "    PID-3.5      Identifier Type Code     MR  (Medical record number)\n"
            "  PID-5          Patient Name\n"
            "    PID-5.1      Family Name              Doe\n"
            "    PID-5.2      Given Name               Jane\n"
            "  PID-7          Date/Time of Birth       19700102  (1970-01-02)\n"
            "  PID-8          Administrative Sex       F  (Female)\n");
}

TEST(MessageTree, ShowsTheDelimitersAsTheyAre) {
  EXPECT_THAT(draw("MSH|^~\\&|A||||20260403140000+0200||ADT^A01|7|P|2.5.1\r"),
              testing::StartsWith("MSH          Message Header\n"
                                  "  MSH-1      Field Separator       |\n"
                                  "  MSH-2      Encoding Characters   ^~\\&\n"
                                  "  MSH-3      Sending Application   A\n"
                                  "  MSH-7      Date/Time Of Message  20260403140000+0200  "
                                  "(2026-04-03 14:00:00 +02:00)\n"));
}

TEST(MessageTree, ShowsEachRepetition) {
  const std::string drawn = draw_rest("PID|||1~2^^^X\r");
  EXPECT_THAT(drawn, HasSubstr("  PID-3 "));
  EXPECT_THAT(drawn, HasSubstr("    PID-3(1) "));
  EXPECT_THAT(drawn, HasSubstr("    PID-3(2) "));
  EXPECT_THAT(drawn, HasSubstr("      PID-3(2).4 "));
}

TEST(MessageTree, CountsSegmentsOfAName) {
  const std::string drawn = draw_rest("OBX|1|NM|||5\rOBX|2|CE|||N^Normal^L\r");
  EXPECT_THAT(drawn, HasSubstr("OBX  "));
  EXPECT_THAT(drawn, HasSubstr("OBX(2)  "));
  EXPECT_THAT(drawn, HasSubstr("OBX(2)-5.2 "));
  EXPECT_THAT(drawn, HasSubstr("Identifier ")) << "OBX-5 is of the type that OBX-2 names";
}

TEST(MessageTree, TellsWhatACodeOrNullMeans) {
  EXPECT_THAT(draw_rest("PID||||||||M\r"), HasSubstr("M  (Male)\n"));
  EXPECT_THAT(draw_rest("PID||||||||X\r"), HasSubstr(" X\n"));
  EXPECT_THAT(draw_rest("PID||||||\"\"\r"), HasSubstr("\"\"  (null: to be deleted)\n"));
  EXPECT_THAT(draw_rest("PID||||||||||||||||M\r"), HasSubstr("M  (Married)\n"));
  EXPECT_THAT(draw_rest("PID||||||||||||||||M^mar\r"), HasSubstr("M  (Married)\n"));
}

TEST(MessageTree, DecodesValues) {
  EXPECT_THAT(draw_rest("NTE|||a \\T\\ b\\.br\\c \\X1B\\[2J\r"), HasSubstr("a & b\\nc \\x1B[2J\n"));
  EXPECT_THAT(draw("MSH|^~\\&|M\xFCller|||||||||2.5||||||8859/1\r"), HasSubstr("M\xC3\xBCller"));
}

TEST(MessageTree, ShowsWhatNoTableKnows) {
  EXPECT_EQ(draw_rest("ZPI|1|a^b\rpid|x\r"),
            "ZPI\n"
            "  ZPI-1        1\n"
            "  ZPI-2\n"
            "    ZPI-2.1    a\n"
            "    ZPI-2.2    b\n"
            "pid    pid|x\n");
}

TEST(MessageTree, CutsLongValues) {
  EXPECT_THAT(draw_rest("OBX||ED|||^^^Base64^" + std::string(5000, 'A') + "\r"),
              HasSubstr("... (5,000 characters)\n"));
}

TEST(MessageTree, ColorsOnATerminalAlone) {
  const std::string text = "MSH|^~\\&|A||||||ADT^A01|7|P|2.5.1\r";
  EXPECT_THAT(draw(text), Not(HasSubstr("\033")));
  EXPECT_THAT(draw(text, TreeColors::kTerminal), HasSubstr("\033[1;36mMSH"));
}

TEST(MessageTree, DescribesTimes) {
  EXPECT_EQ(describe_time("20260403"), "2026-04-03");
  EXPECT_EQ(describe_time("2026040314"), "2026-04-03 14 h");
  EXPECT_EQ(describe_time("202604031405"), "2026-04-03 14:05");
  EXPECT_EQ(describe_time("20260403140506.12-0530"), "2026-04-03 14:05:06.12 -05:30");
  for (const char* each : {"", "2026", "202604", "2026040", "x", "20260403x", "20260403+1"}) {
    EXPECT_EQ(describe_time(each), "") << each;
  }
}

}  // namespace
}  // namespace cli
