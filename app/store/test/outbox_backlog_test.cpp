// What every outbox does where what waits for a connector is limited: the sentences of
// store/outbox.hpp on BacklogLimit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/outbox.hpp"
#include "store/test_support/backends.hpp"
#include "store/test_support/outbox_fixture.hpp"
#include "test_support/manual_clock.hpp"

namespace store {
namespace {

using store::test_support::Backend;
using store::test_support::Desk;
using store::test_support::make_append;
using store::test_support::texts_of;
using testing::ElementsAre;

class OutboxBacklog : public testing::TestWithParam<test_support::BackendKind> {
 protected:
  OutboxBacklog()
      : backend_(test_support::make_backend(GetParam(), clock_)),
        outbox_(backend_->outbox()),
        desk_(outbox_) {}

  ~OutboxBacklog() override { outbox_.close(); }

  // Hands these over in one call and returns them as they came back.
  std::vector<std::unique_ptr<Append>> append_all(std::vector<std::unique_ptr<Append>> batch) {
    const std::size_t count = batch.size();
    outbox_.append(std::move(batch));
    return desk_.sink().take(count);
  }

  std::unique_ptr<Append> append_of(std::string text, std::vector<LaneKey> lanes) {
    return make_append({{std::move(text), std::move(lanes)}}, desk_.sink());
  }

  // One append by itself: its outcome.
  base::Result<EntryId, StoreError> append_one(std::unique_ptr<Append> append) {
    std::vector<std::unique_ptr<Append>> batch;
    batch.push_back(std::move(append));
    auto back = append_all(std::move(batch));
    if (back.empty()) return base::fail(StoreError{});
    return back.front()->outcome;
  }

  ::test_support::ManualClock clock_;
  std::unique_ptr<Backend> backend_;
  Outbox& outbox_;
  Desk desk_;
};

TEST_P(OutboxBacklog, AFullBacklogFailsTheAppendAndThoseBehindItInItsStream) {
  const ConnectorId ehr = desk_.connector("ehr");
  outbox_.limit_backlog(ehr, {2, 0, OnFull::kRefuse});
  const EntryId first = desk_.put("first", {{ehr}});
  desk_.put("second", {{ehr}});
  const auto stream = std::make_shared<Stream>();
  std::vector<std::unique_ptr<Append>> batch;
  batch.push_back(append_of("over", {{ehr}}));
  batch.push_back(append_of("behind, for nobody", {}));
  for (const auto& append : batch) {
    append->stream = stream;
    append->give_up_at = clock_.steady_now();
  }
  const auto back = append_all(std::move(batch));
  ASSERT_EQ(back.size(), 2u);
  ASSERT_FALSE(back[0]->outcome);
  EXPECT_EQ(back[0]->outcome.error().fault, StoreFault::kBacklogFull);
  ASSERT_FALSE(back[1]->outcome);
  EXPECT_EQ(back[1]->outcome.error().fault, StoreFault::kOvertaken);
  EXPECT_EQ(outbox_.status(ehr).refused_count, 1u);

  // What was on its way when the refusal came is not let in, though there is room.
  ASSERT_EQ(desk_.claim(ehr, 1).size(), 1u);
  desk_.settle(ehr, first, Delivered{});
  auto late = append_of("late", {{ehr}});
  late->stream = stream;
  const auto overtaken = append_one(std::move(late));
  ASSERT_FALSE(overtaken);
  EXPECT_EQ(overtaken.error().fault, StoreFault::kOvertaken);
  auto again = append_of("over", {{ehr}});
  again->stream = stream;
  again->epoch = 2;
  EXPECT_TRUE(append_one(std::move(again)));
  EXPECT_THAT(texts_of(desk_.claim(ehr)), ElementsAre("second", "over"));
}

TEST_P(OutboxBacklog, AFullBacklogIsNobodyElses) {
  const ConnectorId dead = desk_.connector("dead");
  const ConnectorId ehr = desk_.connector("ehr");
  outbox_.limit_backlog(dead, {1, 0, OnFull::kRefuse});
  desk_.put("one", {{dead}});
  auto refused = append_of("two", {{dead}, {ehr}});
  refused->give_up_at = clock_.steady_now();
  EXPECT_FALSE(append_one(std::move(refused)));
  desk_.put("three", {{ehr}});
  EXPECT_THAT(texts_of(desk_.claim(ehr)), ElementsAre("three")) << "all of it or nothing";
  EXPECT_EQ(outbox_.status(dead).waiting_count, 1u);
}

TEST_P(OutboxBacklog, ABacklogIsLimitedInOctetsAsWell) {
  const ConnectorId ehr = desk_.connector("ehr");
  outbox_.limit_backlog(ehr, {0, 10, OnFull::kRefuse});
  const EntryId first = desk_.put("123456789", {{ehr}});
  desk_.put("beyond it, but taken whole", {{ehr}});
  EXPECT_EQ(outbox_.status(ehr).waiting_bytes, 35u);
  auto refused = append_of("x", {{ehr}});
  refused->give_up_at = clock_.steady_now();
  EXPECT_FALSE(append_one(std::move(refused)));
  ASSERT_EQ(desk_.claim(ehr).size(), 2u);
  desk_.settle(ehr, first, Delivered{});
  EXPECT_EQ(outbox_.status(ehr).waiting_bytes, 26u);
  outbox_.limit_backlog(ehr, {});
  desk_.put("without a limit", {{ehr}});
}

TEST_P(OutboxBacklog, AFullBacklogMayPutAsideInstead) {
  const ConnectorId dead = desk_.connector("dead");
  const ConnectorId ehr = desk_.connector("ehr");
  outbox_.limit_backlog(dead, {2, 0, OnFull::kPark});
  for (const char* const text : {"a", "b", "c", "d"}) desk_.put(text, {{dead, 7}, {ehr}});
  EXPECT_THAT(texts_of(desk_.claim(dead)), ElementsAre("a", "b"));
  EXPECT_THAT(texts_of(desk_.claim(ehr)), ElementsAre("a", "b", "c", "d"));
  const auto parked = outbox_.parked(dead, {}, 10).value();
  ASSERT_EQ(parked.size(), 2u);
  EXPECT_EQ(parked[0].reason, kOverflowReason);
  EXPECT_EQ(parked[0].attempts, 0u);
  EXPECT_EQ(parked[1].control_id, test_support::control_id_of("d"));
  const LaneStatus status = outbox_.status(dead);
  EXPECT_EQ(status.waiting_count, 2u);
  EXPECT_EQ(status.parked_count, 2u);
  EXPECT_EQ(status.overflow_count, 2u);

  EXPECT_TRUE(outbox_.release(dead, parked[0].id).value());
  EXPECT_TRUE(outbox_.discard(dead, parked[1].id, {"not wanted", {}}).value());
  EXPECT_THAT(texts_of(desk_.claim(dead)), ElementsAre("c"));
  EXPECT_EQ(outbox_.status(dead).waiting_count, 3u);
}

INSTANTIATE_TEST_SUITE_P(Every, OutboxBacklog, testing::ValuesIn(test_support::kBackends),
                         [](const auto& each) { return std::string(to_string(each.param)); });

}  // namespace
}  // namespace store
