#include "session/append_gate.hpp"

#include <gtest/gtest.h>

#include "session/test/gated_outbox.hpp"

namespace session {
namespace {

class AppendGateTest : public testing::Test {
 protected:
  void submit(std::string_view control_id) {
    std::vector<std::unique_ptr<store::Append>> appends;
    appends.push_back(std::make_unique<store::Append>());
    appends.back()->sink = &sink_;
    appends.back()->drafts.emplace_back().facts.control_id = control_id;
    gate_.submit(appends);
    EXPECT_TRUE(appends.empty());
  }

  // What was handed in before, behind it.
  void end_round() {
    loop_.context().restart();
    loop_.context().poll();
  }

  class Nobody final : public store::AppendSink {
   public:
    void appended(std::vector<std::unique_ptr<store::Append>>) override {}
  };

  net::BufferPool pool_{1 << 20};
  net::Loop loop_{pool_, base::Clock::system()};
  Nobody sink_;
  GatedOutbox outbox_;
  AppendGate gate_{loop_, outbox_};
};

TEST_F(AppendGateTest, WhatIsHandedInDuringARoundReachesTheStoreAtOnceAndInOrder) {
  submit("1");
  submit("2");
  submit("3");
  EXPECT_EQ(outbox_.batch_count(), 0U);
  end_round();
  EXPECT_EQ(outbox_.batch_count(), 1U);
  submit("4");
  end_round();
  EXPECT_EQ(outbox_.batch_count(), 2U);
  EXPECT_EQ(outbox_.commit(), 4U);
  ASSERT_EQ(outbox_.kept().size(), 4U);
  for (std::size_t index = 0; index < 4; ++index) {
    EXPECT_EQ(outbox_.kept()[index].control_id, std::to_string(index + 1));
  }
}

TEST_F(AppendGateTest, ARoundWithoutMessagesDoesNotTroubleTheStore) {
  end_round();
  EXPECT_EQ(outbox_.batch_count(), 0U);
}

}  // namespace
}  // namespace session
