#include "base/result.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <type_traits>

namespace base {
namespace {

enum class Fault : int { kTooLong = 1, kEmpty = 2 };

Result<std::string, Fault> word(const std::string& text) {
  if (text.empty()) return fail(Fault::kEmpty);
  if (text.size() > 4) return fail(Fault::kTooLong);
  return text;
}

TEST(Result, HoldsTheValueOfASuccess) {
  const auto result = word("MSH");
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(*result, "MSH");
  EXPECT_EQ(result->size(), 3u);
}

TEST(Result, HoldsTheReasonOfAFailure) {
  const auto result = word("MSH|^~\\&");
  ASSERT_FALSE(result.has_value());
  EXPECT_FALSE(static_cast<bool>(result));
  EXPECT_EQ(result.error(), Fault::kTooLong);
}

// Value and error of one type: only fail() makes an error.
TEST(Result, TellsAnErrorFromAValueOfTheSameType) {
  const Result<std::string, std::string> good = std::string("text");
  const Result<std::string, std::string> bad = fail(std::string("text"));
  EXPECT_TRUE(good.has_value());
  EXPECT_FALSE(bad.has_value());
}

TEST(Result, GivesUpAMoveOnlyValue) {
  Result<std::unique_ptr<int>, Fault> result = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = *std::move(result);
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(*taken, 7);
}

TEST(Result, GivesUpAMoveOnlyError) {
  Result<int, std::unique_ptr<int>> result = fail(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = std::move(result).error();
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(*taken, 7);
}

TEST(Result, ValueCanBeChangedInPlace) {
  auto result = word("PID");
  result.value() += '|';
  EXPECT_EQ(*result, "PID|");
}

TEST(Result, StatusIsDoneOrAReason) {
  const Status<Fault> done = Done{};
  const Status<Fault> failed = fail(Fault::kEmpty);
  EXPECT_TRUE(done.has_value());
  EXPECT_EQ(failed.error(), Fault::kEmpty);
}

TEST(Result, MayBeAConstant) {
  constexpr Result<int, Fault> kResult = 7;
  static_assert(kResult.has_value() && *kResult == 7);
  static_assert(std::is_same_v<decltype(kResult)::error_type, Fault>);
}

TEST(ResultDeathTest, ReadingAValueThatIsNotThereAborts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(static_cast<void>(word("").value()), testing::KilledBySignal(SIGABRT), "");
}

TEST(ResultDeathTest, ReadingAnErrorThatIsNotThereAborts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(static_cast<void>(word("PID").error()), testing::KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace base
