#include "connect/http_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace connectors {
namespace {

TEST(HttpStatus, EveryNumberHasSomebodyToBlameUnlessItIsTaken) {
  for (long status = -1; status <= 1000; ++status) {
    const bool taken = status >= 200 && status <= 299;
    EXPECT_EQ(blame_for_status(status).has_value(), !taken) << status;
    const bool refused = status >= 400 && status <= 499;
    if (taken || refused) continue;
    EXPECT_EQ(blame_for_status(status), Blame::kTarget) << status;
  }
}

}  // namespace
}  // namespace connectors
