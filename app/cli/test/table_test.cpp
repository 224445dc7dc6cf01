#include "cli/table.hpp"

#include <gtest/gtest.h>

namespace cli {
namespace {

TEST(Table, HasColumnsForAPersonAndTabsForAPipe) {
  Table table({"ID", "REASON"});
  EXPECT_TRUE(table.is_empty());
  table.add({"lab/1", "r\xC3\xA9sum\xC3\xA9"});
  table.add({"archive/22", "x"});
  EXPECT_EQ(table.render(TableStyle::kColumns),
            "ID          REASON\n"
            "lab/1       r\xC3\xA9sum\xC3\xA9\n"
            "archive/22  x\n");
  EXPECT_EQ(table.render(TableStyle::kTabs), "lab/1\tr\xC3\xA9sum\xC3\xA9\narchive/22\tx\n");
}

TEST(Table, ACellMovesNoCursorAndHasNoTab) {
  EXPECT_EQ(to_cell("a\tb\x1B[2J\n", 80), "a\\tb\\x1B[2J\\n");
  EXPECT_EQ(to_cell("M\xFCller", 80), "M\\xFCller");
  EXPECT_EQ(to_cell("abcdef", 3).substr(0, 3), "abc");
}

}  // namespace
}  // namespace cli
