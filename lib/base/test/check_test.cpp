#include "base/check.hpp"

#include <gtest/gtest.h>

namespace {

TEST(Check, GoesOnWhereTheConditionHolds) {
  int evaluation_count = 0;
  CHECK(++evaluation_count == 1);
  EXPECT_EQ(evaluation_count, 1);
}

// Also in release, where assert() would be gone.
TEST(CheckDeathTest, NamesPlaceAndConditionAndAborts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(CHECK(1 + 1 == 3), "check_test\\.cpp:[0-9]+: broken invariant: 1 \\+ 1 == 3");
}

}  // namespace
