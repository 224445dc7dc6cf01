#include "base/uuid.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "test_support/manual_clock.hpp"

namespace base {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

WallTime at_millis(std::int64_t millis) { return WallTime(milliseconds(millis)); }

TEST(Uuid, IsWrittenAndReadBackAlike) {
  const std::string text = "0190163d-8694-739b-aea5-966c26f8ad91";
  const auto id = parse_uuid(text);
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->octets[0], 0x01);
  EXPECT_EQ(id->octets[6], 0x73);
  EXPECT_EQ(id->octets[15], 0x91);
  EXPECT_EQ(to_string(*id), text);
}

TEST(Uuid, IsReadInEitherCaseAndWrittenInLower) {
  const auto id = parse_uuid("0190163D-8694-739B-AEA5-966C26F8AD91");
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(to_string(*id), "0190163d-8694-739b-aea5-966c26f8ad91");
}

TEST(Uuid, NothingElseIsRead) {
  const char* const kTexts[] = {
      "",
      "0190163d-8694-739b-aea5-966c26f8ad9",    // one short
      "0190163d-8694-739b-aea5-966c26f8ad911",  // one over
      "0190163d8694739baea5966c26f8ad91",       // no hyphens
      "0190163d-8694-739b-aea5+966c26f8ad91",   // not a hyphen
      "0190163d-8694-739b-aea-5966c26f8ad91",   // a hyphen elsewhere
      "0190163g-8694-739b-aea5-966c26f8ad91",   // not a digit
      " 190163d-8694-739b-aea5-966c26f8ad91",
      "{190163d-8694-739b-aea5-966c26f8ad9}",
  };
  for (const char* const text : kTexts) EXPECT_FALSE(parse_uuid(text).has_value()) << text;
}

// RFC 9562, section 5.7: the time in the first 48 bits, version 7, variant 10.
TEST(MakeUuidV7, HoldsTimeVersionAndVariant) {
  const Uuid id = make_uuid_v7(at_millis(0x0190163d8694));
  EXPECT_EQ(to_string(id).substr(0, 15), "0190163d-8694-7");
  EXPECT_EQ(id.octets[8] & 0xC0, 0x80);
}

TEST(MakeUuidV7, GrowsStrictlyWithinOneMillisecond) {
  const WallTime at = test_support::ManualClock().wall_now() + seconds(1);
  Uuid before = make_uuid_v7(at);
  for (int made = 0; made < 20'000; ++made) {  // the counter holds 4,096: it must borrow
    const Uuid id = make_uuid_v7(at);
    ASSERT_GT(id, before) << "after " << made;
    before = id;
  }
}

TEST(MakeUuidV7, GrowsStrictlyWhenTheWallClockStepsBack) {
  test_support::ManualClock clock;
  clock.advance(seconds(100));
  const Uuid before = make_uuid_v7(clock.wall_now());
  clock.jump_wall(-seconds(50));
  EXPECT_GT(make_uuid_v7(clock.wall_now()), before);
}

TEST(MakeUuidV7, SortsByTimeOfReceipt) {
  test_support::ManualClock clock;
  clock.advance(seconds(1'000));
  std::vector<std::string> texts;
  for (int made = 0; made < 100; ++made) {
    texts.push_back(to_string(make_uuid_v7(clock.wall_now())));
    clock.advance(milliseconds(1));
  }
  EXPECT_TRUE(std::is_sorted(texts.begin(), texts.end()));
}

TEST(MakeUuidV7, ATimeBefore1970IsTakenFor1970) {
  Uuid id;
  std::thread([&id] { id = make_uuid_v7(at_millis(-1)); }).join();  // a thread without a past
  EXPECT_EQ(to_string(id).substr(0, 15), "00000000-0000-7");
}

TEST(MakeUuidV7, ThreadsNeverMakeTheSame) {
  constexpr std::size_t kThreadCount = 4;
  constexpr std::size_t kIdCount = 5'000;
  const WallTime at = test_support::ManualClock().wall_now();
  std::vector<std::vector<Uuid>> made(kThreadCount);
  std::vector<std::thread> threads;
  for (auto& ids : made) {
    threads.emplace_back([&ids, at] {
      for (std::size_t count = 0; count < kIdCount; ++count) ids.push_back(make_uuid_v7(at));
    });
  }
  for (auto& thread : threads) thread.join();

  std::set<Uuid> all;
  for (const auto& ids : made) all.insert(ids.begin(), ids.end());
  EXPECT_EQ(all.size(), kThreadCount * kIdCount);
}

}  // namespace
}  // namespace base
