#include "number_text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>

namespace cel {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::string double_text(double value) {
  StringSink out;
  append_double(out, value);
  return std::string(out.text());
}

std::string plain_text(double value) {
  StringSink out;
  append_plain_double(out, value);
  return std::string(out.text());
}

TEST(NumberText, PrintsIntegersInEachBase) {
  struct Row {
    std::int64_t value;
    int base;
    LetterCase letters;
    std::string_view text;
  };

  const Row rows[] = {
      {0, 10, LetterCase::kLower, "0"},
      {-456, 10, LetterCase::kLower, "-456"},
      {INT64_MIN, 10, LetterCase::kLower, "-9223372036854775808"},
      {5, 2, LetterCase::kLower, "101"},
      {-5, 2, LetterCase::kLower, "-101"},
      {INT64_MIN, 2, LetterCase::kLower,
       "-1000000000000000000000000000000000000000000000000000000000000000"},
      {11, 8, LetterCase::kLower, "13"},
      {30, 16, LetterCase::kLower, "1e"},
      {30, 16, LetterCase::kUpper, "1E"},
      {-255, 16, LetterCase::kUpper, "-FF"},
  };
  for (const Row& row : rows) {
    StringSink out;
    append_int(out, row.value, row.base, row.letters);
    EXPECT_EQ(out.text(), row.text);
  }
  StringSink out;
  append_uint(out, UINT64_MAX, 16);
  EXPECT_EQ(out.text(), "ffffffffffffffff");
}

TEST(NumberText, PrintsOctetsAsHex) {
  StringSink out;
  append_hex(out, "Hello\xFF", LetterCase::kLower);
  append_hex(out, "z", LetterCase::kUpper);
  EXPECT_EQ(out.text(), "48656c6c6fff7A");
}

TEST(NumberText, PrintsDoublesAsTheReferenceConvertsThem) {
  struct Row {
    double value;
    std::string_view text;
  };

  const Row rows[] = {
      {0.0, "0"},
      {-0.0, "-0"},
      {1.0, "1"},
      {123.456, "123.456"},
      {-4.5e-3, "-0.0045"},
      {1e-4, "0.0001"},
      {1e-5, "1e-05"},
      {100000.0, "100000"},
      {1e6, "1e+06"},
      {123456789.0, "1.23456789e+08"},
      {1e21, "1e+21"},
      {1.5e300, "1.5e+300"},
      {5e-324, "5e-324"},
      {0.1, "0.1"},
      {1.0 / 3, "0.3333333333333333"},
      {kNan, "NaN"},
      {kInfinity, "+Inf"},
      {-kInfinity, "-Inf"},
  };
  for (const Row& row : rows) EXPECT_EQ(double_text(row.value), row.text);
}

TEST(NumberText, PrintsDoublesWithoutExponentForFormat) {
  struct Row {
    double value;
    std::string_view text;
  };

  const Row rows[] = {
      {0.0, "0"},
      {-0.0, "-0"},
      {3.14, "3.14"},
      {100.0, "100"},
      {1e23, "100000000000000000000000"},
      {1.25e-7, "0.000000125"},
      {-56.8, "-56.8"},
      {kNan, "NaN"},
      {kInfinity, "Infinity"},
      {-kInfinity, "-Infinity"},
  };
  for (const Row& row : rows) EXPECT_EQ(plain_text(row.value), row.text);
}

TEST(NumberText, PrintsRoundedDoubles) {
  struct Row {
    double value;
    int digits_count;
    std::string_view fixed;
    std::string_view scientific;
  };

  const Row rows[] = {
      {2.71828, 6, "2.718280", "2.718280e+00"},
      {1052.032911275, 6, "1052.032911", "1.052033e+03"},
      {1.2345, 3, "1.234", "1.234e+00"},
      {2.5, 0, "2", "2e+00"},
      {1.5, 0, "2", "2e+00"},
      {123.4999, 3, "123.500", "1.235e+02"},
      {-123.4994, 3, "-123.499", "-1.235e+02"},
      {0.0, 2, "0.00", "0.00e+00"},
      {-0.0, 1, "-0.0", "-0.0e+00"},
      {1e-300, 2, "0.00", "1.00e-300"},
      {kNan, 2, "NaN", "NaN"},
      {-kInfinity, 2, "-Infinity", "-Infinity"},
  };
  for (const Row& row : rows) {
    StringSink fixed;
    append_fixed(fixed, row.value, row.digits_count);
    EXPECT_EQ(fixed.text(), row.fixed);
    StringSink scientific;
    append_scientific(scientific, row.value, row.digits_count);
    EXPECT_EQ(scientific.text(), row.scientific);
  }
  StringSink longest;
  append_fixed(longest, -std::numeric_limits<double>::max(), kPrecisionMax);
  EXPECT_EQ(longest.text().size(), 1U + 309 + 1 + 100);
}

TEST(NumberText, ReadsIntegers) {
  EXPECT_EQ(parse_int("0"), 0);
  EXPECT_EQ(parse_int("-0"), 0);
  EXPECT_EQ(parse_int("+7"), 7);
  EXPECT_EQ(parse_int("007"), 7);
  EXPECT_EQ(parse_int("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(parse_int("-9223372036854775808"), INT64_MIN);
  for (const std::string_view text : {"", "+", "-", "+-1", "--1", " 1", "1 ", "1.0", "0x1", "1_0",
                                      "9223372036854775808", "-9223372036854775809", "a"}) {
    EXPECT_EQ(parse_int(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_uint("18446744073709551615"), UINT64_MAX);
  for (const std::string_view text : {"", "-1", "+1", "-0", "18446744073709551616", "1u"}) {
    EXPECT_EQ(parse_uint(text), std::nullopt) << text;
  }
}

TEST(NumberText, ReadsDoubles) {
  struct Row {
    std::string_view text;
    double value;
  };

  const Row rows[] = {
      {"0", 0},
      {"0.0", 0},
      {"-0.0", -0.0},
      {"123", 123},
      {"123.456", 123.456},
      {"-987.654", -987.654},
      {"6.02214e23", 6.02214e23},
      {"1.38e-23", 1.38e-23},
      {"+1.5", 1.5},
      {"1.", 1},
      {".5", 0.5},
      {"1E5", 1e5},
      {"1e+5", 1e5},
      {"Inf", kInfinity},
      {"-inf", -kInfinity},
      {"+Infinity", kInfinity},
      {"INFINITY", kInfinity},
      {"0x1.8p3", 12},
      {"0X1p-2", 0.25},
      {"1e-400", 0},
      {"-1e-400", -0.0},
      {"0.0000000001e-320", 0},
      {"1e-99999999999999999999", 0},
      {"5e-324", 5e-324},
      {"2e-324", 0},
      {"0e99999999999", 0},
      {"1.7976931348623157e308", 1.7976931348623157e308},
  };
  for (const Row& row : rows) {
    const auto value = parse_double(row.text);
    ASSERT_TRUE(value) << row.text;
    EXPECT_EQ(*value, row.value) << row.text;
    EXPECT_EQ(std::signbit(*value), std::signbit(row.value)) << row.text;
  }
  EXPECT_TRUE(std::isnan(*parse_double("NaN")));
  EXPECT_TRUE(std::isnan(*parse_double("nan")));
  for (const std::string_view text : {"",
                                      "-",
                                      "+",
                                      ".",
                                      "e5",
                                      "1e",
                                      "1e+",
                                      " 1",
                                      "1 ",
                                      "1,5",
                                      "1_0",
                                      "--1",
                                      "+-1",
                                      "+nan",
                                      "-nan",
                                      "nan(1)",
                                      "infi",
                                      "0x",
                                      "0x1",
                                      "0x1p",
                                      "1e400",
                                      "-1e400",
                                      "1e99999999999999999999",
                                      "1d",
                                      "0x1.8p3x",
                                      "1.7976931348623159e308"}) {
    EXPECT_EQ(parse_double(text), std::nullopt) << text;
  }
}

TEST(NumberText, ReadsBackEachDoubleItPrints) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 50'000; ++round) {
    const std::uint64_t bits = random();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    EXPECT_EQ(parse_double(double_text(value)), value);
    EXPECT_EQ(parse_double(plain_text(value)), value);
  }
}

TEST(NumberText, ReadsTruthValues) {
  for (const std::string_view text : {"1", "t", "true", "True", "TRUE"}) {
    EXPECT_EQ(parse_bool(text), true);
  }
  for (const std::string_view text : {"0", "f", "false", "False", "FALSE"}) {
    EXPECT_EQ(parse_bool(text), false);
  }
  for (const std::string_view text : {"", "T", "F", "TrUe", "FaLsE", "yes", " true", "01"}) {
    EXPECT_EQ(parse_bool(text), std::nullopt) << text;
  }
}

TEST(NumberText, CutsDoublesToIntegers) {
  EXPECT_EQ(to_int(-123.456), -123);
  EXPECT_EQ(to_int(1.9), 1);
  EXPECT_EQ(to_int(9223372036854774784.0), 9223372036854774784);
  EXPECT_EQ(to_int(-9223372036854774784.0), -9223372036854774784);
  EXPECT_EQ(to_int(9223372036854775807.0), std::nullopt);
  EXPECT_EQ(to_int(-9223372036854775808.0), std::nullopt);
  EXPECT_EQ(to_int(kNan), std::nullopt);
  EXPECT_EQ(to_int(kInfinity), std::nullopt);
  EXPECT_EQ(to_uint(25.5), 25U);
  EXPECT_EQ(to_uint(-0.0), 0U);
  EXPECT_EQ(to_uint(18446744073709549568.0), 18446744073709549568U);
  EXPECT_EQ(to_uint(18446744073709551615.0), std::nullopt);
  EXPECT_EQ(to_uint(-0.1), std::nullopt);
  EXPECT_EQ(to_uint(kNan), std::nullopt);
}

}  // namespace
}  // namespace cel
