#include "format_clause.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cel {
namespace {

// Each piece in brackets, clauses as verb number and precision.
std::string pieces_of(std::string_view text) {
  std::string all;
  FormatReader reader(text);
  while (const auto piece = reader.next()) {
    all += '[';
    if (piece->clause) {
      all += std::to_string(static_cast<int>(piece->clause->verb)) + "." +
             std::to_string(piece->clause->precision);
    } else {
      all += piece->text;
    }
    all += ']';
  }
  if (reader.fault()) all += "!" + std::to_string(static_cast<int>(*reader.fault()));
  return all;
}

TEST(FormatClause, CutsTextsAndClauses) {
  struct Row {
    std::string_view text;
    std::string_view pieces;
  };

  const Row rows[] = {
      {"", ""},
      {"no substitution", "[no substitution]"},
      {"%%", "[%]"},
      {"a%%b", "[a][%][b]"},
      {"%s", "[0.6]"},
      {"%s is %.2f%%", "[0.6][ is ][2.2][%]"},
      {"%d%f%e%b%x%X%o", "[1.6][2.6][3.6][4.6][5.6][6.6][7.6]"},
      {"%.0e%.100f%.007f", "[3.0][2.100][2.7]"},
      {"a %q", "[a ]!1"},
      {"%E", "!1"},
      {"%5d", "!1"},
      {"%", "!2"},
      {"a%", "[a]!2"},
      {"%.3", "!2"},
      {"%.f", "!3"},
      {"%.", "!3"},
      {"%.0001f", "!3"},
      {"%.99999999999999999999f", "!3"},
      {"%.101f", "!4"},
      {"%%%", "[%]!2"},
  };
  for (const Row& row : rows) EXPECT_EQ(pieces_of(row.text), row.pieces) << row.text;
}

TEST(FormatClause, HasAReasonForEachFault) {
  for (const FormatFault fault : {FormatFault::kUnknownVerb, FormatFault::kNoVerb,
                                  FormatFault::kBadPrecision, FormatFault::kPrecisionMax}) {
    EXPECT_TRUE(to_reason(fault).starts_with("format: "));
  }
}

}  // namespace
}  // namespace cel
