// What every outbox shows to people, and lets them decide: the sentences of
// store/outbox.hpp on dead letters, messages and connectors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "store/outbox.hpp"
#include "store/test_support/backends.hpp"
#include "store/test_support/outbox_fixture.hpp"
#include "test_support/manual_clock.hpp"

namespace store {
namespace {

using store::test_support::Backend;
using store::test_support::Desk;
using testing::ElementsAre;
using testing::IsEmpty;

class OutboxInspection : public testing::TestWithParam<test_support::BackendKind> {
 protected:
  OutboxInspection()
      : backend_(test_support::make_backend(GetParam(), clock_)),
        outbox_(backend_->outbox()),
        desk_(outbox_) {}

  ~OutboxInspection() override { outbox_.close(); }

  std::vector<DiscardedEntry> await_discarded(ConnectorId connector, std::size_t count) {
    for (int round = 0; round < 5000; ++round) {
      auto found = outbox_.discarded(connector, EntryId{}, 1000).value();
      if (found.size() == count) return found;
      static_cast<void>(::poll(nullptr, 0, 2));
    }
    ADD_FAILURE() << "not written in ten seconds";
    return {};
  }

  ::test_support::ManualClock clock_;
  std::unique_ptr<Backend> backend_;
  Outbox& outbox_;
  Desk desk_;
};

TEST_P(OutboxInspection, ADiscardedEntryIsGoneAndItsReasonStays) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId bad = desk_.put("bad", {{ehr}});
  const EntryId worse = desk_.put("worse", {{ehr}});
  ASSERT_EQ(desk_.claim(ehr).size(), 2u);
  EXPECT_FALSE(outbox_.discard(ehr, bad, {"no", {}}).value()) << "in flight";
  for (const EntryId id : {bad, worse}) desk_.settle(ehr, id, Parked{"refused", "w"});

  ASSERT_TRUE(outbox_.discard(ehr, bad, {"a test message", {}}).value());
  ASSERT_TRUE(outbox_.discard(ehr, worse, {"corrected", EntryId{99}}).value());
  EXPECT_FALSE(outbox_.discard(ehr, bad, {"again", {}}).value());
  EXPECT_FALSE(outbox_.release(ehr, bad).value());
  EXPECT_THAT(desk_.claim(ehr), IsEmpty());
  EXPECT_THAT(outbox_.parked(ehr, EntryId{}, 10).value(), IsEmpty());
  EXPECT_EQ(outbox_.status(ehr).parked_count, 0u);

  const base::WallTime now = clock_.wall_now();
  EXPECT_THAT(await_discarded(ehr, 2),
              ElementsAre(DiscardedEntry{bad, now, "refused", "a test message", {}},
                          DiscardedEntry{worse, now, "refused", "corrected", EntryId{99}}));
  EXPECT_THAT(outbox_.attempts(ehr, bad).value(), IsEmpty());
  EXPECT_EQ(outbox_.discarded(ehr, bad, 10).value().size(), 1u) << "by pages";
  EXPECT_EQ(outbox_.discarded(ehr, EntryId{}, 1).value().size(), 1u);
}

TEST_P(OutboxInspection, WhatHasExpiredIsOwedNoMoreAndSaysWhy) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId id = desk_.put("question", {{ehr}});
  ASSERT_EQ(desk_.claim(ehr).size(), 1u);
  desk_.settle(ehr, id, Expired{"nobody waits for its answer"});
  EXPECT_EQ(outbox_.status(ehr).waiting_count, 0u);
  EXPECT_THAT(desk_.claim(ehr), IsEmpty());
  EXPECT_EQ(outbox_.status(ehr).parked_count, 0u);
  const auto ended = await_discarded(ehr, 1);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].id, id);
  EXPECT_EQ(ended[0].reason, kExpiredReason);
  EXPECT_EQ(ended[0].failure, "nobody waits for its answer");
}

TEST_P(OutboxInspection, WhatWaitsIsGivenUpAndItsReasonStays) {
  const ConnectorId ehr = desk_.connector("ehr");
  const ConnectorId lab = desk_.connector("lab");
  std::vector<EntryId> ids;
  for (int number = 0; number < 6; ++number) {
    ids.push_back(desk_.put(std::to_string(number), {{ehr, 7}, {lab}}));
  }
  ASSERT_EQ(desk_.claim(ehr, 3).size(), 3u);
  desk_.settle(ehr, ids[0], Delivered{});
  desk_.settle(ehr, ids[1], Retry{clock_.wall_now() + std::chrono::hours(1), "later"});

  EXPECT_THAT(outbox_.give_up(ehr, 2, {"it is gone", {}}).value(), ElementsAre(ids[1], ids[3]))
      << "the third is in flight";
  EXPECT_THAT(outbox_.give_up(ehr, 1000, {"it is gone", {}}).value(), ElementsAre(ids[4], ids[5]));
  EXPECT_THAT(outbox_.give_up(ehr, 1000, {"it is gone", {}}).value(), IsEmpty());
  desk_.settle(ehr, ids[2], Delivered{});
  EXPECT_EQ(outbox_.status(ehr).waiting_count, 0u);
  EXPECT_EQ(outbox_.status(ehr).waiting_bytes, 0u);
  clock_.advance(std::chrono::hours(2));
  EXPECT_THAT(desk_.claim(ehr), IsEmpty());
  EXPECT_THAT(outbox_.attempts(ehr, ids[1]).value(), IsEmpty());

  const auto ended = await_discarded(ehr, 4);
  ASSERT_EQ(ended.size(), 4u);
  EXPECT_EQ(ended[0].id, ids[1]);
  EXPECT_EQ(ended[0].reason, "it is gone");
  EXPECT_EQ(ended[0].failure, kGivenUpFailure);
  EXPECT_EQ(outbox_.debt(ehr, ids[3]).value(), DebtState::kDiscarded);
  EXPECT_EQ(outbox_.debt(ehr, ids[0]).value(), DebtState::kDelivered);
  EXPECT_EQ(desk_.claim(lab).size(), 6u) << "others have theirs";
  const EntryId next = desk_.put("next", {{ehr, 7}});
  ASSERT_EQ(desk_.claim(ehr).size(), 1u);
  desk_.settle(ehr, next, Delivered{});
}

TEST_P(OutboxInspection, AParkedEntrySaysWhichKeysItHad) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId id = desk_.put("x", {{ehr, 7, 9}});
  ASSERT_EQ(desk_.claim(ehr).size(), 1u);
  desk_.settle(ehr, id, Parked{"r", ""});
  const auto parked = outbox_.parked(ehr, EntryId{}, 10).value();
  ASSERT_EQ(parked.size(), 1u);
  EXPECT_EQ(parked[0].key_hash, 7u);
  EXPECT_EQ(parked[0].joined_hash, 9u);
}

TEST_P(OutboxInspection, NamesEveryConnectorThatWasRegistered) {
  const ConnectorId lab = desk_.connector("lab");
  const ConnectorId ehr = desk_.connector("ehr");
  EXPECT_THAT(outbox_.connectors(), ElementsAre(Registered{lab, "lab"}, Registered{ehr, "ehr"}));
}

TEST_P(OutboxInspection, TellsTheOldestThatWaits) {
  const ConnectorId ehr = desk_.connector("ehr");
  const ConnectorId lab = desk_.connector("lab");
  EXPECT_FALSE(outbox_.oldest(ehr).value());
  desk_.put("not ehr's", {{lab}});
  const EntryId id2 = desk_.put("2", {{ehr, 2}});
  const EntryId id3 = desk_.put("3", {{ehr, 3}});
  ASSERT_TRUE(outbox_.oldest(ehr).value());
  EXPECT_EQ(outbox_.oldest(ehr).value()->id, id2);
  ASSERT_EQ(desk_.claim(ehr).size(), 2u);
  EXPECT_EQ(outbox_.oldest(ehr).value()->id, id2) << "in flight is not gone";
  desk_.settle(ehr, id2, Parked{"r", ""});
  EXPECT_EQ(outbox_.oldest(ehr).value()->id, id3) << "a dead letter does not wait";
  desk_.settle(ehr, id3, Delivered{});
  EXPECT_FALSE(outbox_.oldest(ehr).value());
}

TEST_P(OutboxInspection, TellsWhatBecameOfEachDebt) {
  EXPECT_EQ(outbox_.last(), EntryId{0});
  const ConnectorId ehr = desk_.connector("ehr");
  std::vector<EntryId> ids;
  for (std::uint64_t key = 1; key <= 5; ++key) ids.push_back(desk_.put("x", {{ehr, key}}));
  EXPECT_EQ(outbox_.last(), ids.back());
  const auto states = [&] {
    std::vector<DebtState> all;
    for (const EntryId id : ids) all.push_back(outbox_.debt(ehr, id).value());
    return all;
  };
  using enum DebtState;
  EXPECT_THAT(states(), ElementsAre(kWaiting, kWaiting, kWaiting, kWaiting, kWaiting))
      << "not read from the log yet";
  ASSERT_EQ(desk_.claim(ehr, 4).size(), 4u);
  desk_.settle(ehr, ids[0], Delivered{});
  desk_.settle(ehr, ids[1], Parked{"r", ""});
  desk_.settle(ehr, ids[2], Parked{"r", ""});
  ASSERT_TRUE(outbox_.discard(ehr, ids[2], {"no", {}}).value());
  EXPECT_THAT(states(), ElementsAre(kDelivered, kParked, kDiscarded, kWaiting, kWaiting));
  await_discarded(ehr, 1);
  EXPECT_THAT(states(), ElementsAre(kDelivered, kParked, kDiscarded, kWaiting, kWaiting))
      << "as lanes.db has it";
  ASSERT_TRUE(outbox_.release(ehr, ids[1]).value());
  EXPECT_THAT(states(), ElementsAre(kDelivered, kWaiting, kDiscarded, kWaiting, kWaiting));
}

TEST_P(OutboxInspection, ReadsAMessageAsItWasReceived) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId id = desk_.put("octets", {{ehr}});
  const auto found = outbox_.message(id).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(base::as_text(found->message), "octets");
  EXPECT_EQ(found->size_bytes, 6u);
  EXPECT_EQ(found->message_id, test_support::message_id_of("octets"));
  EXPECT_EQ(found->control_id, test_support::control_id_of("octets"));
  for (const EntryId none : {EntryId{0}, EntryId{id.value + 1}}) {
    EXPECT_FALSE(outbox_.message(none).value()) << none.value;
  }
}

TEST_P(OutboxInspection, ListsTheNewestFirstByPages) {
  const ConnectorId ehr = desk_.connector("ehr");
  std::vector<EntryId> ids;
  for (int index = 0; index < 5; ++index) ids.push_back(desk_.put("x", {{ehr}}));
  std::vector<EntryId> listed;
  for (EntryId before; true; before = listed.back()) {
    const auto page = outbox_.newest(before, 2).value();
    ASSERT_LE(page.size(), 2u);
    if (page.empty()) break;
    for (const StoredMessage& message : page) {
      listed.push_back(message.id);
      EXPECT_EQ(message.size_bytes, 1u);
      EXPECT_THAT(message.message, IsEmpty());
    }
  }
  std::ranges::reverse(ids);
  EXPECT_EQ(listed, ids);
}

INSTANTIATE_TEST_SUITE_P(Every, OutboxInspection, testing::ValuesIn(test_support::kBackends),
                         [](const auto& each) { return std::string(to_string(each.param)); });

}  // namespace
}  // namespace store
