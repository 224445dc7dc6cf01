#include "connect/sql_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace connectors {
namespace {

TEST(SqlState, TellsTheMessageFromTheTarget) {
  struct Case {
    std::string_view state;
    FailureClass what;
    Blame blame;
  };

  const Case cases[] = {
      {"23505", FailureClass::kSqlState, Blame::kMessage},  // unique
      {"23514", FailureClass::kSqlState, Blame::kMessage},  // check
      {"22001", FailureClass::kSqlState, Blame::kMessage},  // too long
      {"54000", FailureClass::kSqlState, Blame::kMessage},
      {"P0001", FailureClass::kSqlState, Blame::kUnclear},
      {"57014", FailureClass::kTimeout, Blame::kUnclear},
      {"57P01", FailureClass::kSqlState, Blame::kTarget},  // shutting down
      {"53100", FailureClass::kDisk, Blame::kTarget},
      {"08006", FailureClass::kConnect, Blame::kTarget},
      {"28P01", FailureClass::kSqlState, Blame::kTarget},  // password
      {"42P01", FailureClass::kSqlState, Blame::kTarget},  // no such table
      {"42501", FailureClass::kSqlState, Blame::kTarget},  // rights
      {"40P01", FailureClass::kSqlState, Blame::kTarget},  // deadlock
      {"25006", FailureClass::kSqlState, Blame::kTarget},  // read only
      {"", FailureClass::kSqlState, Blame::kTarget},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(class_for_sql_state(each.state), each.what) << each.state;
    EXPECT_EQ(blame_for_sql_state(each.state), each.blame) << each.state;
  }
}

}  // namespace
}  // namespace connectors
