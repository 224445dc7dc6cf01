#include "hl7/header.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hl7 {
namespace {

constexpr std::string_view kFull =
    "MSH|^~\\&|HIS^1|CENTRAL|LAB|PATHOLOGY|20260403120000||ADT^A01^ADT_A01|MSG00001|P^T|2.3^FRA|7|"
    "|AL|NE|FIN|8859/1~UNICODE UTF-8|x\rPID|1\r";

Header read(std::string_view text) {
  const auto header = parse_header(base::as_bytes(text));
  if (!header) {
    ADD_FAILURE() << "no header in " << text;
    return {};
  }
  return *header;
}

TEST(Header, GivesEachFieldAsReceived) {
  const Header header = read(kFull);
  EXPECT_EQ(header.delimiters, Delimiters{});
  EXPECT_EQ(header.encoding_characters, "^~\\&");
  EXPECT_EQ(header.sending_application, "HIS^1");
  EXPECT_EQ(header.sending_facility, "CENTRAL");
  EXPECT_EQ(header.receiving_application, "LAB");
  EXPECT_EQ(header.receiving_facility, "PATHOLOGY");
  EXPECT_EQ(header.datetime, "20260403120000");
  EXPECT_EQ(header.type, "ADT");
  EXPECT_EQ(header.trigger, "A01");
  EXPECT_EQ(header.structure, "ADT_A01");
  EXPECT_EQ(header.control_id, "MSG00001");
  EXPECT_EQ(header.processing_id, "P^T");
  EXPECT_EQ(header.version_field, "2.3^FRA");
  EXPECT_EQ(header.version, "2.3");
  EXPECT_EQ(header.accept_ack, "AL");
  EXPECT_EQ(header.application_ack, "NE");
  EXPECT_EQ(header.charset_field, "8859/1~UNICODE UTF-8");
  EXPECT_EQ(header.charset, "8859/1");
}

TEST(Header, IsReadWithItsOwnDelimiters) {
  const Header header = read("MSH#*!\\%#S#F#R#G#t##ADT*A01#NI#P#2.5*x#####8859/1!y\r");
  EXPECT_EQ(header.encoding_characters, "*!\\%");
  EXPECT_EQ(header.receiving_facility, "G");
  EXPECT_EQ(header.trigger, "A01");
  EXPECT_EQ(header.control_id, "NI");
  EXPECT_EQ(header.version, "2.5");
}

// Wherever the line ends, what stands before it can be read and the rest is empty.
TEST(Header, EndsWithItsLineAndNotBeyond) {
  for (const std::string_view end : {"\r", "\n", "\r\n", ""}) {
    const std::string text = "MSH|^~\\&|HIS|C|LAB|P|t||ADT^A01|ID1" + std::string(end) +
                             (end.empty() ? "" : "PID|1|2|3|4|5|6|7|8|9|10\r");
    const Header header = read(text);
    EXPECT_EQ(header.control_id, "ID1");
    EXPECT_EQ(header.processing_id, "");
    EXPECT_EQ(header.version, "");
    EXPECT_EQ(header.charset, "");
  }
}

TEST(Header, MayEndAnywhereBehindItsDelimiters) {
  const std::string_view line = kFull.substr(0, kFull.find('\r'));
  for (std::size_t size = 5; size <= line.size(); ++size) {
    const Header header = read(line.substr(0, size));
    EXPECT_EQ(header.encoding_characters, std::string_view("^~\\&").substr(0, size - 4))
        << "cut at " << size;
    EXPECT_TRUE(std::string_view("HIS^1").starts_with(header.sending_application));
    EXPECT_TRUE(std::string_view("MSG00001").starts_with(header.control_id));
  }
}

struct Damaged {
  const char* name;
  std::string_view text;
  ParseError want;
};

const Damaged kDamaged[] = {
    {"nothing", "", {ParseFault::kNoHeader, 0}},
    {"blanks_only", " \r\n\t", {ParseFault::kNoHeader, 4}},
    {"another_segment", "PID|1\rMSH|^~\\&|", {ParseFault::kNoHeader, 0}},
    {"text", "hello", {ParseFault::kNoHeader, 0}},
    {"http", "GET / HTTP/1.1\r\n\r\n", {ParseFault::kNoHeader, 0}},
    {"lower_case", "msh|^~\\&|", {ParseFault::kNoHeader, 0}},
    {"half_a_name", "MS", {ParseFault::kNoHeader, 0}},
    {"batch_header", "BHS|^~\\&|", {ParseFault::kNoHeader, 0}},
    {"utf_16", std::string_view("\xFF\xFEM\0S\0H\0", 8), {ParseFault::kNoHeader, 0}},
    {"blank_before_bom", " \xEF\xBB\xBFMSH|^~\\&|", {ParseFault::kNoHeader, 1}},
    {"no_delimiters", "MSH", {ParseFault::kBadDelimiters, 0}},
    {"msh_2_forgotten", "\r\nMSH|CENTRAL|", {ParseFault::kBadDelimiters, 2}},
    {"delimiter_twice", "MSH|^~^&|HIS|", {ParseFault::kBadDelimiters, 0}},
};

class DamagedHeaderTest : public testing::TestWithParam<Damaged> {};

TEST_P(DamagedHeaderTest, IsRefusedWithPlaceAndReason) {
  const auto header = parse_header(base::as_bytes(GetParam().text));
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error(), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Msh, DamagedHeaderTest, testing::ValuesIn(kDamaged),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(Header, StandsBehindABomAndBlanks) {
  for (const std::string_view before :
       {"\xEF\xBB\xBF", " ", "\r\n", "\xEF\xBB\xBF\r\n \t", "\n\n\n"}) {
    EXPECT_EQ(read(std::string(before) + std::string(kFull)).control_id, "MSG00001");
  }
}

TEST(BatchHeader, HasTheFieldsOfFhsAndBhs) {
  for (const std::string_view name : {"FHS", "BHS"}) {
    const std::string line =
        std::string(name) + "$*~\\&$S$SF$R$RF$20260403$sec$name*1$comment$B7$B6$13\r";
    const auto header = parse_batch_header(base::as_bytes(line));
    ASSERT_TRUE(header);
    EXPECT_EQ(header->delimiters.field, '$');
    EXPECT_EQ(header->encoding_characters, "*~\\&");
    EXPECT_EQ(header->sending_application, "S");
    EXPECT_EQ(header->sending_facility, "SF");
    EXPECT_EQ(header->receiving_application, "R");
    EXPECT_EQ(header->receiving_facility, "RF");
    EXPECT_EQ(header->datetime, "20260403");
    EXPECT_EQ(header->name, "name*1");
    EXPECT_EQ(header->control_id, "B7");
    EXPECT_EQ(header->reference_id, "B6");
  }
}

TEST(BatchHeader, OfAnotherSegmentIsRefused) {
  const auto header = parse_batch_header(base::as_bytes("MSH|^~\\&|"));
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error().fault, ParseFault::kNoHeader);
}

// One plain ACK can answer a whole batch.
TEST(BatchHeader, CanStandForAMessageHeader) {
  const auto batch = parse_batch_header(base::as_bytes("BHS|^~\\&|S|SF|R|RF|t|||c|B7"));
  ASSERT_TRUE(batch);
  const Header header = as_message_header(*batch);
  EXPECT_EQ(header.control_id, "B7");
  EXPECT_EQ(header.sending_application, "S");
  EXPECT_EQ(header.receiving_facility, "RF");
  EXPECT_EQ(header.encoding_characters, "^~\\&");
  EXPECT_EQ(header.trigger, "");
}

TEST(ParseFault, HasAStableName) {
  EXPECT_EQ(to_string(ParseFault::kNoHeader), "no_header");
  EXPECT_EQ(to_string(ParseFault::kBadDelimiters), "bad_delimiters");
  EXPECT_EQ(to_string(ParseFault::kTooManySegments), "too_many_segments");
}

}  // namespace
}  // namespace hl7
