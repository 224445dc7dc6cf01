#include "config/near_miss.hpp"

#include <gtest/gtest.h>

namespace config {
namespace {

TEST(EditDistance, CountsWhatATypistDoes) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("store", "store"), 0U);
  EXPECT_EQ(edit_distance("store", "stor"), 1U);
  EXPECT_EQ(edit_distance("store", "sttore"), 1U);
  EXPECT_EQ(edit_distance("store", "stare"), 1U);
  EXPECT_EQ(edit_distance("store", "sotre"), 1U) << "neighbours swapped";
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
}

constexpr std::string_view kKnown[] = {"name", "address", "idle_timeout", "max_frame_size"};

struct Case {
  std::string_view word;
  std::optional<std::string_view> want;
};

const Case kCases[] = {
    {"adress", "address"},
    {"ADDRESS", "address"},
    {"idel_timeout", "idle_timeout"},
    {"idle-timout", "idle_timeout"},  // two edits in a long name
    {"nam", "name"},
    {"nmae", "name"},

    {"na", std::nullopt},  // two edits in a short name
    {"addr", std::nullopt},
    {"address", std::nullopt},  // known
    {"colour", std::nullopt},
    {"", std::nullopt},
};

TEST(NearMiss, FindsWhatWasProbablyMeant) {
  for (const auto& [word, want] : kCases) EXPECT_EQ(near_miss(word, kKnown), want) << word;
}

TEST(NearMiss, AsksNothingOfAVeryLongWord) {
  EXPECT_EQ(near_miss(std::string(100'000, 'a'), kKnown), std::nullopt);
}

TEST(NearMiss, PrefersTheNearest) {
  constexpr std::string_view names[] = {"max_in_flight", "max_in_fright"};
  EXPECT_EQ(near_miss("max_in_frightt", names), "max_in_fright");
}

}  // namespace
}  // namespace config
