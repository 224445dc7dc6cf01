#include "config/problem.hpp"

#include <gtest/gtest.h>

#include <string>

namespace config {
namespace {

TEST(Problem, IsOneLineWhereThereIsNoPlace) {
  EXPECT_EQ(to_string(Problem{"environment", 0, 0, "STORE: wrong", ""}),
            "environment: STORE: wrong");
  EXPECT_EQ(to_string(Problem{"", 0, 0, "wrong", ""}), "wrong");
}

TEST(Problem, PointsAtTheColumnOfTheSourceLine) {
  EXPECT_EQ(to_string(Problem{"config.yaml", 12, 10, "max: wrong", "    max: 3 moons"}),
            "config.yaml:12:10: max: wrong\n"
            "        max: 3 moons\n"
            "             ^");
}

TEST(Problem, PointsRightBehindCharactersOfSeveralOctetsAndTabs) {
  EXPECT_EQ(to_string(Problem{"f", 1, 6, "wrong", "\xC3\xBC\t\xC3\xBCx"}),
            "f:1:6: wrong\n"
            "    \xC3\xBC \xC3\xBCx\n"
            "       ^");
}

TEST(Problem, PointsBehindTheEndOfTheLine) {
  EXPECT_EQ(to_string(Problem{"f", 1, 99, "wrong", "abc"}), "f:1:99: wrong\n    abc\n       ^");
}

TEST(Problem, ShowsNothingThatATerminalWouldObey) {
  EXPECT_EQ(to_string(Problem{"f", 1, 1, "wrong", "a\x1b[2Jb\xFF"}),
            "f:1:1: wrong\n    a?[2Jb?\n    ^");
}

TEST(Problem, CutsALongLineAroundTheColumn) {
  const std::string line = std::string(500, 'a') + "X" + std::string(500, 'b');
  const std::string want = "f:1:501: wrong\n    ..." + std::string(80, 'a') + "X" +
                           std::string(39, 'b') + "...\n" + std::string(87, ' ') + "^";
  EXPECT_EQ(to_string(Problem{"f", 1, 501, "wrong", line}), want);
}

TEST(Problems, AreListedOneAfterTheOther) {
  EXPECT_EQ(to_string(Problems{{"a", 0, 0, "x", ""}, {"b", 3, 0, "y", ""}}), "a: x\nb:3: y");
}

TEST(Problems, AreListedUpToALimit) {
  const std::string said = to_string(Problems(53, Problem{"a", 0, 0, "x", ""}));
  EXPECT_TRUE(said.ends_with("a: x\nand 3 problems more")) << said;
}

}  // namespace
}  // namespace config
