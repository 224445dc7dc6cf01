#include "value_form.hpp"

#include <gtest/gtest.h>

namespace hl7 {
namespace {

struct Case {
  const char* text;
  bool want;
};

TEST(ValueForm, OfANumber) {
  constexpr Case kCases[] = {{"0", true},    {"-12.5", true}, {"+1", true},   {".5", true},
                             {"12.", true},  {"007", true},   {"1e3", false}, {">100", false},
                             {"1,5", false}, {"-", false},    {".", false},   {"1.2.3", false},
                             {"", false},    {"1 2", false},  {"--1", false}};
  for (const Case& each : kCases) EXPECT_EQ(is_number(each.text), each.want) << each.text;
}

TEST(ValueForm, OfASequenceId) {
  constexpr Case kCases[] = {{"1", true}, {"0012", true}, {"-1", false}, {"1.0", false},
                             {"", false}, {"a", false},   {"1a", false}};
  for (const Case& each : kCases) EXPECT_EQ(is_sequence_id(each.text), each.want) << each.text;
}

TEST(ValueForm, OfADate) {
  constexpr Case kCases[] = {{"2024", true},      {"202402", true},      {"20240229", true},
                             {"20230229", false}, {"19000229", false},   {"20000229", true},
                             {"20241301", false}, {"20240001", false},   {"20240431", false},
                             {"20240100", false}, {"2024-01-01", false}, {"2024010", false},
                             {"20240", false},    {"202401011", false},  {"", false}};
  for (const Case& each : kCases) {
    EXPECT_EQ(is_date(each.text, Version::kV23), each.want) << each.text;
  }
  EXPECT_TRUE(is_date("20240229", Version::kV22));
  EXPECT_FALSE(is_date("202402", Version::kV22));
}

TEST(ValueForm, OfATime) {
  constexpr Case kCases[] = {{"00", true},          {"2359", true},       {"235960", true},
                             {"235961", false},     {"2400", false},      {"1260", false},
                             {"120000.1234", true}, {"120000.", false},   {"120000.12345", false},
                             {"1200.5", false},     {"1200+0100", true},  {"1200-0530", true},
                             {"1200+01", false},    {"1200+2400", false}, {"12:00", false},
                             {"120", false},        {"", false},          {"1200+0100x", false}};
  for (const Case& each : kCases) EXPECT_EQ(is_time(each.text), each.want) << each.text;
}

TEST(ValueForm, OfADateAndTime) {
  constexpr Case kCases[] = {{"2024", true},
                             {"2024+0100", true},
                             {"20240229", true},
                             {"2024022923", true},
                             {"202402292359", true},
                             {"20240229235959", true},
                             {"20240229235959.1", true},
                             {"20240229235959.1234-0500", true},
                             {"20240229235959.12345", false},
                             {"202402292359.1", false},
                             {"2024022924", false},
                             {"202402292", false},
                             {"20240229-", false},
                             {"2024-02-29T10:00:00Z", false},
                             {"", false},
                             {"202", false},
                             {"20240229 1000", false}};
  for (const Case& each : kCases) EXPECT_EQ(is_date_time(each.text), each.want) << each.text;
}

}  // namespace
}  // namespace hl7
