#include "hl7/version.hpp"

#include <gtest/gtest.h>

namespace hl7 {
namespace {

struct Row {
  std::string_view text;
  std::string_view want;  // empty: none
};

const Row kRows[] = {
    {"2.0", "2.0"},
    {"2.1", "2.1"},
    {"2.2", "2.2"},
    {"2.3", "2.3"},
    {"2.3.1", "2.3.1"},
    {"2.4", "2.4"},
    {"2.5", "2.5"},
    {"2.5.1", "2.5.1"},
    {"2.6", "2.6"},
    {"2.7", "2.7"},
    {"2.7.1", "2.7.1"},
    {"2.8", "2.8"},
    {"2.8.1", "2.8.1"},
    {"2.8.2", "2.8.2"},
    {"2.9", "2.9"},
    {"2.9.1", "2.9.1"},

    // The nearest lower one.
    {"2.0D", "2.0"},
    {"2.3.2", "2.3.1"},
    {"2.5.9", "2.5.1"},
    {"2.6.1", "2.6"},
    {"2.10", "2.9.1"},
    {"2.999", "2.9.1"},
    {"3", "2.9.1"},
    {"5.0.0", "2.9.1"},
    {"12", "2.9.1"},
    {"99999999999999999999", "2.9.1"},
    {"2.18446744073709551621", "2.9.1"},  // 2^64 + 5 is not 5

    // What stands around the number.
    {" 2.4", "2.4"},
    {"2.4 ", "2.4"},
    {"2.3\\r", "2.3"},
    {"2.3a", "2.3"},
    {"2.", "2.0"},
    {"2", "2.0"},
    {"2.5.1.7", "2.5.1"},

    // None.
    {"", ""},
    {"P", ""},
    {"garbage", ""},
    {"v2.3", ""},
    {".3", ""},
    {"1.0", ""},
    {"0", ""},
    {"-2.3", ""},
};

TEST(Version, IsTheNearestLowerOneThatIsKnown) {
  for (const auto& [text, want] : kRows) {
    const auto found = find_version(text);
    EXPECT_EQ(found ? to_string(*found) : "", want) << text;
  }
}

TEST(Version, Grows) {
  EXPECT_LT(Version::kV21, Version::kV231);
  EXPECT_LT(Version::kV251, Version::kV26);
  EXPECT_LT(Version::kV282, Version::kV29);
}

}  // namespace
}  // namespace hl7
