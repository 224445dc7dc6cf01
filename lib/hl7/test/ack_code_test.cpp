#include "hl7/ack_code.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hl7 {
namespace {

struct Row {
  std::string_view accept_ack;       // MSH-15
  std::string_view application_ack;  // MSH-16
  std::string_view on_aa;            // the answer to each outcome; "-" is none
  std::string_view on_ae;
  std::string_view on_ar;
};

// Every pair of table 0155, and what is none of it.
const Row kRows[] = {
    {"", "", "AA", "AE", "AR"},
    {"", "AL", "AA", "AE", "AR"},
    {"", "NE", "-", "-", "-"},
    {"", "ER", "-", "AE", "AR"},
    {"", "SU", "AA", "-", "-"},

    {"AL", "", "CA", "CE", "CR"},
    {"AL", "AL", "CA", "CE", "CR"},
    {"AL", "NE", "CA", "CE", "CR"},
    {"AL", "ER", "CA", "CE", "CR"},
    {"AL", "SU", "CA", "CE", "CR"},

    {"NE", "", "-", "-", "-"},
    {"NE", "AL", "AA", "AE", "AR"},
    {"NE", "NE", "-", "-", "-"},
    {"NE", "ER", "-", "AE", "AR"},
    {"NE", "SU", "AA", "-", "-"},

    {"ER", "", "-", "CE", "CR"},
    {"ER", "AL", "AA", "CE", "CR"},
    {"ER", "NE", "-", "CE", "CR"},
    {"ER", "ER", "-", "CE", "CR"},
    {"ER", "SU", "AA", "CE", "CR"},

    {"SU", "", "CA", "-", "-"},
    {"SU", "AL", "CA", "AE", "AR"},
    {"SU", "NE", "CA", "-", "-"},
    {"SU", "ER", "CA", "AE", "AR"},
    {"SU", "SU", "CA", "-", "-"},

    // Unknown counts as AL.
    {"ACCEPT", "ACKNOLWEDGE", "CA", "CE", "CR"},
    {"al", "", "CA", "CE", "CR"},
    {"NE", "ne", "AA", "AE", "AR"},
    {"0", "0", "CA", "CE", "CR"},

    // Blank and null are not valued.
    {" ", "", "AA", "AE", "AR"},
    {" ", "NE", "-", "-", "-"},
    {"\"\"", "\"\"", "AA", "AE", "AR"},
    {" AL ", "", "CA", "CE", "CR"},
};

std::string chosen(const Row& row, AckCode code) {
  const auto answer = choose_answer({row.accept_ack, row.application_ack}, code);
  return answer ? std::string(to_string(*answer)) : "-";
}

TEST(EnhancedMode, GivesAtMostOneAnswerByTheTable) {
  for (const Row& row : kRows) {
    SCOPED_TRACE("MSH-15=" + std::string(row.accept_ack) +
                 " MSH-16=" + std::string(row.application_ack));
    EXPECT_EQ(chosen(row, AckCode::kAA), row.on_aa);
    EXPECT_EQ(chosen(row, AckCode::kAE), row.on_ae);
    EXPECT_EQ(chosen(row, AckCode::kAR), row.on_ar);
  }
}

TEST(AckCode, IsFoundByWhatItIsWrittenAs) {
  for (int number = 1; number <= 6; ++number) {
    const auto code = static_cast<AckCode>(number);
    EXPECT_EQ(find_ack_code(to_string(code)), code);
    EXPECT_EQ(is_accept(code), to_string(code).ends_with('A'));
    EXPECT_EQ(to_string(to_commit(code)).substr(1), to_string(code).substr(1));
    EXPECT_EQ(to_string(to_commit(code)).front(), 'C');
  }
  EXPECT_EQ(find_ack_code(""), std::nullopt);
  EXPECT_EQ(find_ack_code("aa"), std::nullopt);
  EXPECT_EQ(find_ack_code("AA "), std::nullopt);
}

}  // namespace
}  // namespace hl7
