#include "base/try.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace base {
namespace {

enum class Fault : int { kNotADigit = 1 };

Result<int, Fault> digit(char octet) {
  if (octet < '0' || octet > '9') return fail(Fault::kNotADigit);
  return octet - '0';
}

// Counts how far it came, to show that a failure leaves at once.
Result<int, Fault> sum(const std::string& text, int& read_count) {
  int total = 0;
  for (const char octet : text) {
    total += TRY(digit(octet));
    ++read_count;
  }
  return total;
}

Result<std::unique_ptr<int>, Fault> boxed_digit(char octet) {
  return std::make_unique<int>(TRY(digit(octet)));
}

Result<int, Fault> unboxed_digit(char octet) {
  const std::unique_ptr<int> box = TRY(boxed_digit(octet));
  return *box;
}

Status<Fault> check_all(const std::string& text) {
  for (const char octet : text) static_cast<void>(TRY(digit(octet)));
  return Done{};
}

TEST(Try, YieldsTheValue) {
  int read_count = 0;
  const auto total = sum("123", read_count);
  ASSERT_TRUE(total.has_value());
  EXPECT_EQ(*total, 6);
  EXPECT_EQ(read_count, 3);
}

TEST(Try, LeavesAtTheFirstFailure) {
  int read_count = 0;
  const auto total = sum("1x3", read_count);
  ASSERT_FALSE(total.has_value());
  EXPECT_EQ(total.error(), Fault::kNotADigit);
  EXPECT_EQ(read_count, 1);
}

TEST(Try, CarriesAMoveOnlyValue) {
  EXPECT_EQ(unboxed_digit('7').value(), 7);
  EXPECT_EQ(unboxed_digit('x').error(), Fault::kNotADigit);
}

TEST(Try, PassesAnErrorOnToAnotherTypeOfResult) {
  EXPECT_TRUE(check_all("123").has_value());
  EXPECT_EQ(check_all("12x").error(), Fault::kNotADigit);
}

}  // namespace
}  // namespace base
