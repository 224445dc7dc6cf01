#include "net/rate_bucket.hpp"

#include <gtest/gtest.h>

namespace net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const base::SteadyTime kStart{std::chrono::hours(1)};

TEST(RateBucket, ASecondsWorthComesAtOnceAndTheRestAtItsPace) {
  RateBucket bucket(10);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(bucket.reserve(kStart, seconds(5)), kStart) << i;
  EXPECT_EQ(bucket.reserve(kStart, seconds(5)), kStart + milliseconds(100));
  EXPECT_EQ(bucket.reserve(kStart, seconds(5)), kStart + milliseconds(200));
}

TEST(RateBucket, WhoWouldWaitTooLongIsRefusedAndTakesNoPlace) {
  RateBucket bucket(1);
  EXPECT_TRUE(bucket.reserve(kStart, seconds(2)));
  EXPECT_EQ(bucket.reserve(kStart, seconds(2)), kStart + seconds(1));
  EXPECT_EQ(bucket.reserve(kStart, seconds(2)), kStart + seconds(2));
  EXPECT_FALSE(bucket.reserve(kStart, seconds(2)));
  EXPECT_FALSE(bucket.reserve(kStart, seconds(2)));
  EXPECT_EQ(bucket.reserve(kStart + seconds(1), seconds(2)), kStart + seconds(3));
}

TEST(RateBucket, SilenceSavesUpNoMoreThanASecond) {
  RateBucket bucket(2);
  const base::SteadyTime later = kStart + std::chrono::hours(1);
  EXPECT_EQ(bucket.reserve(later, seconds(5)), later);
  EXPECT_EQ(bucket.reserve(later, seconds(5)), later);
  EXPECT_EQ(bucket.reserve(later, seconds(5)), later + milliseconds(500));
}

TEST(RateLimiter, ConnectionsOfOneAddressShareAndOthersDoNot) {
  RateLimiter limiter(1);
  const auto one = boost::asio::ip::make_address("10.0.0.1");
  const auto other = boost::asio::ip::make_address("10.0.0.2");
  EXPECT_EQ(limiter.bucket(one, kStart), limiter.bucket(one, kStart));
  EXPECT_NE(limiter.bucket(one, kStart), limiter.bucket(other, kStart));
  EXPECT_EQ(RateLimiter(0).bucket(one, kStart), nullptr);
}

// Coming back by a new connection does not make a peer a new one.
TEST(RateLimiter, APeerThatHasLeftIsRemembered) {
  RateLimiter limiter(1);
  const auto one = boost::asio::ip::make_address("10.0.0.1");
  EXPECT_TRUE(limiter.bucket(one, kStart)->reserve(kStart, seconds(0)));
  EXPECT_FALSE(limiter.bucket(one, kStart)->reserve(kStart, seconds(0)));
}

}  // namespace
}  // namespace net
