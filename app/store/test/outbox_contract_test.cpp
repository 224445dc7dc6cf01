// What every outbox promises, whatever stands behind it: the sentences of
// store/outbox.hpp and store/append.hpp.
#include "store/outbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "store/test_support/backends.hpp"
#include "store/test_support/outbox_fixture.hpp"
#include "test_support/manual_clock.hpp"

namespace store {
namespace {

using namespace std::chrono_literals;
using store::test_support::Backend;
using store::test_support::Collector;
using store::test_support::Desk;
using store::test_support::Letter;
using store::test_support::make_append;
using store::test_support::text_of;
using store::test_support::texts_of;
using testing::ElementsAre;
using testing::IsEmpty;

class OutboxContract : public testing::TestWithParam<test_support::BackendKind> {
 protected:
  OutboxContract()
      : backend_(test_support::make_backend(GetParam(), clock_)),
        outbox_(backend_->outbox()),
        desk_(outbox_) {}

  // What a failed test left in the outbox must not come back to a sink that is gone.
  ~OutboxContract() override { outbox_.close(); }

  // Hands these over in one call and returns them as they came back.
  std::vector<std::unique_ptr<Append>> append_all(std::vector<std::unique_ptr<Append>> batch) {
    const std::size_t count = batch.size();
    outbox_.append(std::move(batch));
    return desk_.sink().take(count);
  }

  // The tries of an entry once the last of them is written; none when `last` is 0.
  std::vector<Attempt> await_attempts(ConnectorId connector, EntryId id, std::uint32_t last) {
    for (int round = 0; round < 5000; ++round) {
      auto attempts = outbox_.attempts(connector, id).value();
      if ((attempts.empty() ? 0 : attempts.back().number) == last) return attempts;
      static_cast<void>(::poll(nullptr, 0, 2));
    }
    ADD_FAILURE() << "not written in ten seconds";
    return {};
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

  base::WallTime in(base::Duration wait) const {
    return clock_.wall_now() + std::chrono::duration_cast<std::chrono::microseconds>(wait);
  }

  ::test_support::ManualClock clock_;
  std::unique_ptr<Backend> backend_;
  Outbox& outbox_;
  Desk desk_;
};

// ── append ──────────────────────────────────────────────────────────────────

TEST_P(OutboxContract, IdsGrowAndAreNeverZero) {
  const EntryId first = desk_.put("one", {});
  const EntryId second = desk_.put("two", {});
  EXPECT_GT(first, EntryId{0});
  EXPECT_GT(second, first);
}

TEST_P(OutboxContract, TheDraftsOfAnAppendFollowItsFirstId) {
  const ConnectorId ehr = desk_.connector("ehr");
  const auto first =
      append_one(make_append({{"a", {{ehr}}}, {"b", {}}, {"c", {{ehr}}}}, desk_.sink()));
  ASSERT_TRUE(first);
  const auto claims = desk_.claim(ehr);
  ASSERT_THAT(texts_of(claims), ElementsAre("a", "c"));
  EXPECT_EQ(claims[0].id, *first);
  EXPECT_EQ(claims[1].id.value, first->value + 2);
}

TEST_P(OutboxContract, AppendsComeBackInOrderTheSameObjectsWithTheirOwnIds) {
  std::vector<std::unique_ptr<Append>> batch;
  std::vector<const Append*> handed_over;
  for (int index = 0; index < 3000; ++index) {
    batch.push_back(append_of("m" + std::to_string(index), {}));
    handed_over.push_back(batch.back().get());
  }
  const auto back = append_all(std::move(batch));
  ASSERT_EQ(back.size(), handed_over.size());
  EntryId before;
  for (std::size_t index = 0; index < back.size(); ++index) {
    ASSERT_EQ(back[index].get(), handed_over[index]);
    ASSERT_TRUE(back[index]->outcome);
    ASSERT_GT(*back[index]->outcome, before);
    before = *back[index]->outcome;
  }
}

TEST_P(OutboxContract, EachSinkGetsItsOwnAppends) {
  Collector other;
  std::vector<std::unique_ptr<Append>> batch;
  for (int index = 0; index < 10; ++index) {
    AppendSink& sink = index % 2 == 0 ? static_cast<AppendSink&>(desk_.sink()) : other;
    batch.push_back(make_append({{std::to_string(index), {}}}, sink));
  }
  outbox_.append(std::move(batch));
  EXPECT_EQ(desk_.sink().take(5).size(), 5u);
  EXPECT_EQ(other.take(5).size(), 5u);
  EXPECT_EQ(desk_.sink().pending_count() + other.pending_count(), 0u);
}

TEST_P(OutboxContract, AClaimHoldsTheMessageAsItWasReceived) {
  const ConnectorId ehr = desk_.connector("ehr");
  std::string text = "MSH|^~\\&|A\r";
  for (int octet = 0; octet < 256; ++octet) text += static_cast<char>(octet);
  const EntryId id = desk_.put(text, {{ehr, 77}});
  const auto claims = desk_.claim(ehr);
  ASSERT_EQ(claims.size(), 1u);
  EXPECT_EQ(text_of(claims[0]), text);
  EXPECT_EQ(claims[0].id, id);
  EXPECT_EQ(claims[0].key_hash, 77u);
  EXPECT_EQ(claims[0].attempt, 1u);
  EXPECT_EQ(claims[0].message_id, test_support::message_id_of(text));
  EXPECT_EQ(claims[0].control_id, test_support::control_id_of(text));
  EXPECT_EQ(claims[0].type, "ADT");
  EXPECT_EQ(claims[0].trigger, "A01");
  EXPECT_EQ(claims[0].received_at.time_since_epoch(), 1'775'217'600'123'456us);
}

TEST_P(OutboxContract, EmptyAndLargePayloadsComeBackWhole) {
  const ConnectorId ehr = desk_.connector("ehr");
  const std::vector<std::string> texts = {"", std::string(256 * 1024, 'x'),
                                          std::string(256 * 1024 + 1, 'y'),
                                          std::string(5'000'000, 'z'), "after"};
  for (const std::string& text : texts) desk_.put(text, {{ehr}});
  EXPECT_EQ(texts_of(desk_.claim(ehr)), texts);
}

TEST_P(OutboxContract, WhatNobodyIsOwedHasAnIdAndIsClaimedByNobody) {
  const ConnectorId ehr = desk_.connector("ehr");
  EXPECT_GT(desk_.put("for nobody", {}), EntryId{0});
  EXPECT_THAT(desk_.claim(ehr), IsEmpty());
  EXPECT_EQ(outbox_.status(ehr).waiting_count, 0u);
}

// ── streams ─────────────────────────────────────────────────────────────────

TEST_P(OutboxContract, WhatIsBehindAFailureInItsStreamIsOvertaken) {
  const auto stream = std::make_shared<Stream>();
  stream->failed_epoch = 1;
  auto late = append_of("late", {});
  late->stream = stream;
  late->epoch = 1;
  const auto outcome = append_one(std::move(late));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().fault, StoreFault::kOvertaken);

  auto retried = append_of("retried", {});
  retried->stream = stream;
  retried->epoch = 2;
  EXPECT_TRUE(append_one(std::move(retried)));
}

TEST_P(OutboxContract, AFullStoreFailsTheAppendAndThoseBehindItInItsStream) {
  const ConnectorId ehr = desk_.connector("ehr");
  const auto stream = std::make_shared<Stream>();
  backend_->set_full(true);
  std::vector<std::unique_ptr<Append>> batch;
  for (int index = 0; index < 3; ++index) {
    batch.push_back(append_of("m" + std::to_string(index), {{ehr}}));
    batch.back()->stream = stream;
    batch.back()->give_up_at = clock_.steady_now();
  }
  const auto back = append_all(std::move(batch));
  ASSERT_EQ(back.size(), 3u);
  ASSERT_FALSE(back[0]->outcome);
  EXPECT_EQ(back[0]->outcome.error().fault, StoreFault::kFull);
  EXPECT_FALSE(back[1]->outcome);
  EXPECT_FALSE(back[2]->outcome);
  EXPECT_EQ(stream->failed_epoch.load(), 1u);
  backend_->set_full(false);

  auto behind = append_of("behind", {{ehr}});
  behind->stream = stream;
  const auto overtaken = append_one(std::move(behind));
  ASSERT_FALSE(overtaken);
  EXPECT_EQ(overtaken.error().fault, StoreFault::kOvertaken);

  auto again = append_of("again", {{ehr}});
  again->stream = stream;
  again->epoch = 2;
  EXPECT_TRUE(append_one(std::move(again)));
  EXPECT_THAT(texts_of(desk_.claim(ehr)), ElementsAre("again"));
}

TEST_P(OutboxContract, OneStreamsFailureIsNotAnothers) {
  const auto failed = std::make_shared<Stream>();
  failed->failed_epoch = 7;
  auto append = append_of("other", {});
  append->stream = std::make_shared<Stream>();
  EXPECT_TRUE(append_one(std::move(append)));
}

// ── connectors ──────────────────────────────────────────────────────────────

TEST_P(OutboxContract, AConnectorsNameHasOneId) {
  const ConnectorId ehr = desk_.connector("ehr");
  const ConnectorId lab = desk_.connector("lab");
  EXPECT_NE(ehr, lab);
  EXPECT_NE(ehr.value, 0u);
  EXPECT_EQ(desk_.connector("ehr"), ehr);
}

TEST_P(OutboxContract, EachConnectorGetsItsOwnDebts) {
  const ConnectorId ehr = desk_.connector("ehr");
  const ConnectorId lab = desk_.connector("lab");
  desk_.put("both", {{ehr}, {lab}});
  desk_.put("lab only", {{lab}});
  const auto for_ehr = desk_.claim(ehr);
  EXPECT_THAT(texts_of(for_ehr), ElementsAre("both"));
  desk_.settle(ehr, for_ehr[0].id, Delivered{});
  EXPECT_THAT(texts_of(desk_.claim(lab)), ElementsAre("both", "lab only"));
}

// ── claims, order and keys ──────────────────────────────────────────────────

TEST_P(OutboxContract, ClaimsAreInOrderAndNeverHandedOutTwice) {
  const ConnectorId ehr = desk_.connector("ehr");
  for (std::uint64_t key = 0; key < 6; ++key) {
    desk_.put(std::to_string(key), {{ehr, key}});
  }
  EXPECT_THAT(texts_of(desk_.claim(ehr, 2)), ElementsAre("0", "1"));
  EXPECT_THAT(texts_of(desk_.claim(ehr, 3)), ElementsAre("2", "3", "4"));
  EXPECT_THAT(texts_of(desk_.claim(ehr, 9)), ElementsAre("5"));
  EXPECT_THAT(desk_.claim(ehr), IsEmpty());
}

TEST_P(OutboxContract, OneClaimMayHoldManyOfAKeyButThenNoMoreUntilAllAreSettled) {
  const ConnectorId ehr = desk_.connector("ehr");
  for (const char* text : {"a1", "a2", "a3"}) desk_.put(text, {{ehr, 1}});
  desk_.put("b1", {{ehr, 2}});
  const auto first = desk_.claim(ehr, 2);
  ASSERT_THAT(texts_of(first), ElementsAre("a1", "a2"));
  EXPECT_THAT(texts_of(desk_.claim(ehr)), ElementsAre("b1")) << "a3 must wait, b1 need not";
  desk_.settle(ehr, first[0].id, Delivered{});
  EXPECT_THAT(desk_.claim(ehr), IsEmpty()) << "a2 is still in flight";
  desk_.settle(ehr, first[1].id, Delivered{});
  EXPECT_THAT(texts_of(desk_.claim(ehr)), ElementsAre("a3"));
}

TEST_P(OutboxContract, SlicesShareOutTheKeysWithoutGapOrOverlap) {
  const ConnectorId ehr = desk_.connector("ehr");
  std::vector<std::string> all;
  for (std::uint64_t key = 0; key < 12; ++key) {
    all.push_back("k" + std::to_string(key));
    desk_.put(all.back(), {{ehr, key * 7}});
  }
  std::vector<std::string> claimed;
  for (std::uint32_t index = 0; index < 3; ++index) {
    for (const Claim& claim : desk_.claim(LaneSlice{ehr, index, 3})) {
      EXPECT_EQ(claim.key_hash % 3, index);
      claimed.push_back(text_of(claim));
    }
  }
  EXPECT_THAT(claimed, testing::UnorderedElementsAreArray(all));
}

TEST_P(OutboxContract, WhatJoinsTwoKeysWaitsForBothAndHoldsBothUp) {
  const ConnectorId ehr = desk_.connector("ehr");
  const LaneSlice even{ehr, 0, 2};
  const LaneSlice odd{ehr, 1, 2};
  const EntryId older = desk_.put("older", {{ehr, 3}});
  const EntryId merge = desk_.put("merge", {{ehr, 2, 3}});
  desk_.put("younger", {{ehr, 3}});
  ASSERT_THAT(texts_of(desk_.claim(odd)), ElementsAre("older"));
  EXPECT_THAT(desk_.claim(even), IsEmpty());
  desk_.settle(ehr, older, Delivered{});
  EXPECT_THAT(desk_.claim(odd), IsEmpty());
  ASSERT_THAT(texts_of(desk_.claim(even)), ElementsAre("merge"));
  EXPECT_THAT(desk_.claim(odd), IsEmpty());
  desk_.settle(ehr, merge, Delivered{});
  EXPECT_THAT(texts_of(desk_.claim(odd)), ElementsAre("younger"));
}

TEST_P(OutboxContract, AClaimHoldsAtMostEightMebibytesButAtLeastOneEntry) {
  const ConnectorId ehr = desk_.connector("ehr");
  for (const std::size_t size_mib : {9U, 3U, 3U, 3U}) {
    desk_.put(std::string(size_mib << 20U, 'x'), {{ehr}});
  }
  for (const std::size_t want : {1U, 2U, 1U}) {
    const auto claims = desk_.claim(ehr);
    ASSERT_EQ(claims.size(), want);
    for (const Claim& claim : claims) desk_.settle(ehr, claim.id, Delivered{});
  }
}

TEST_P(OutboxContract, ReturnedClaimsAreDueAtOnceAndUntried) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId first = desk_.put("first", {{ehr}});
  const EntryId second = desk_.put("second", {{ehr}});
  ASSERT_EQ(desk_.claim(ehr).size(), 2u);
  const EntryId both[] = {first, second};
  outbox_.return_claims(ehr, both);
  const auto again = desk_.claim(ehr);
  ASSERT_THAT(texts_of(again), ElementsAre("first", "second"));
  EXPECT_EQ(again[0].attempt, 1u);
}

// ── verdicts ────────────────────────────────────────────────────────────────

TEST_P(OutboxContract, WhatIsDeliveredIsGone) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId id = desk_.put("one", {{ehr}});
  ASSERT_EQ(desk_.claim(ehr).size(), 1u);
  desk_.settle(ehr, id, Delivered{});
  EXPECT_THAT(desk_.claim(ehr), IsEmpty());
  EXPECT_EQ(outbox_.status(ehr).waiting_count, 0u);
  EXPECT_GE(outbox_.status(ehr).cursor, id);
}

TEST_P(OutboxContract, ARetryWaitsAndHoldsBackItsKeyOnly) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId a1 = desk_.put("a1", {{ehr, 1}});
  ASSERT_EQ(desk_.claim(ehr).size(), 1u);
  desk_.put("a2", {{ehr, 1}});
  desk_.put("b1", {{ehr, 2}});
  desk_.settle(ehr, a1, Retry{in(10s), "connect refused"});
  EXPECT_THAT(texts_of(desk_.claim(ehr)), ElementsAre("b1"));
  clock_.advance(9999ms);
  EXPECT_THAT(desk_.claim(ehr), IsEmpty());
  clock_.advance(1ms);
  const auto again = desk_.claim(ehr);
  ASSERT_THAT(texts_of(again), ElementsAre("a1", "a2"));
  EXPECT_EQ(again[0].attempt, 2u);
  EXPECT_EQ(again[1].attempt, 1u);
}

TEST_P(OutboxContract, AJumpOfTheWallClockNeitherSkipsNorStretchesARetry) {
  const ConnectorId ehr = desk_.connector("ehr");
  for (const base::Duration jump : {base::Duration(24h), base::Duration(-24h)}) {
    const EntryId id = desk_.put("x", {{ehr}});
    ASSERT_EQ(desk_.claim(ehr).size(), 1u);
    desk_.settle(ehr, id, Retry{in(10s), ""});
    clock_.jump_wall(jump);
    clock_.advance(9s);
    EXPECT_THAT(desk_.claim(ehr), IsEmpty());
    clock_.advance(1s);
    EXPECT_THAT(texts_of(desk_.claim(ehr)), ElementsAre("x"));
    desk_.settle(ehr, id, Delivered{});
  }
}

TEST_P(OutboxContract, ARetryInThePastIsDueAtOnce) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId id = desk_.put("x", {{ehr}});
  ASSERT_EQ(desk_.claim(ehr).size(), 1u);
  desk_.settle(ehr, id, Retry{in(-1h), ""});
  EXPECT_THAT(texts_of(desk_.claim(ehr)), ElementsAre("x"));
}

TEST_P(OutboxContract, AParkedEntryStepsOutOfItsLane) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId bad = desk_.put("bad", {{ehr}});
  desk_.put("next", {{ehr}});
  ASSERT_EQ(desk_.claim(ehr, 1).size(), 1u);
  clock_.advance(3s);
  desk_.settle(ehr, bad, Parked{"answer_code AR", "no such patient"});
  EXPECT_THAT(texts_of(desk_.claim(ehr)), ElementsAre("next"));

  const auto parked = outbox_.parked(ehr, EntryId{}, 10);
  ASSERT_TRUE(parked);
  ASSERT_EQ(parked->size(), 1u);
  const ParkedEntry& entry = parked->front();
  EXPECT_EQ(entry.id, bad);
  EXPECT_EQ(entry.message_id, test_support::message_id_of("bad"));
  EXPECT_EQ(entry.control_id, test_support::control_id_of("bad"));
  EXPECT_EQ(entry.type, "ADT");
  EXPECT_EQ(entry.trigger, "A01");
  EXPECT_EQ(entry.received_at.time_since_epoch(), 1'775'217'600'123'456us);
  EXPECT_EQ(entry.parked_at, clock_.wall_now());
  EXPECT_EQ(entry.attempts, 1u);
  EXPECT_EQ(entry.reason, "answer_code AR");
  EXPECT_EQ(entry.words, "no such patient");
}

TEST_P(OutboxContract, KeepsTheFirstAndTheLastTriesOfAnEntry) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId id = desk_.put("bad", {{ehr}});
  for (int number = 1; number <= 35; ++number) {
    ASSERT_EQ(desk_.claim(ehr).size(), 1u);
    clock_.advance(1s);
    desk_.settle(ehr, id, Retry{in(1s), "timeout: " + std::to_string(number), "words"});
    clock_.advance(1s);
  }
  ASSERT_EQ(desk_.claim(ehr).size(), 1u);
  desk_.settle(ehr, id, Parked{"answer_code: AR", std::string(5000, 'w')});

  const std::vector<Attempt> attempts = await_attempts(ehr, id, 36);
  ASSERT_EQ(attempts.size(), kAttemptsFirst + kAttemptsLast);
  EXPECT_EQ(attempts[0].reason, "timeout: 1");
  EXPECT_EQ(attempts[0].words, "words");
  EXPECT_EQ(attempts[9].number, 10u);
  EXPECT_EQ(attempts[10].number, 17u);
  EXPECT_LT(attempts[0].at, attempts[10].at);
  EXPECT_EQ(attempts.back().at, clock_.wall_now());
  EXPECT_EQ(attempts.back().reason, "answer_code: AR");
  EXPECT_EQ(attempts.back().words, std::string(kAttemptWordsMax, 'w'));
}

TEST_P(OutboxContract, ForgetsTheTriesOfWhatIsDeliveredOrReleased) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId good = desk_.put("good", {{ehr, 1}});
  const EntryId bad = desk_.put("bad", {{ehr, 2}});
  ASSERT_EQ(desk_.claim(ehr).size(), 2u);
  desk_.settle(ehr, good, Retry{in(1s), "timeout"});
  desk_.settle(ehr, bad, Parked{"answer_code", ""});
  EXPECT_EQ(await_attempts(ehr, good, 1).size(), 1u);
  EXPECT_EQ(await_attempts(ehr, bad, 1).size(), 1u);
  clock_.advance(1s);
  ASSERT_EQ(desk_.claim(ehr).size(), 1u);
  desk_.settle(ehr, good, Delivered{});
  ASSERT_TRUE(outbox_.release(ehr, bad).value());
  EXPECT_THAT(await_attempts(ehr, good, 0), IsEmpty());
  EXPECT_THAT(await_attempts(ehr, bad, 0), IsEmpty());
}

TEST_P(OutboxContract, ParkedEntriesAreListedInOrderByPages) {
  const ConnectorId ehr = desk_.connector("ehr");
  const ConnectorId lab = desk_.connector("lab");
  std::vector<EntryId> ids;
  for (int index = 0; index < 5; ++index) ids.push_back(desk_.put("x", {{ehr}, {lab}}));
  ASSERT_EQ(desk_.claim(ehr).size(), 5u);
  for (const EntryId id : ids) desk_.settle(ehr, id, Parked{"r", ""});

  std::vector<EntryId> listed;
  for (EntryId after; true; after = listed.back()) {
    const auto page = outbox_.parked(ehr, after, 2);
    ASSERT_TRUE(page);
    ASSERT_LE(page->size(), 2u);
    if (page->empty()) break;
    for (const ParkedEntry& entry : *page) listed.push_back(entry.id);
  }
  EXPECT_EQ(listed, ids);
  EXPECT_EQ(outbox_.status(ehr).parked_count, 5u);
  EXPECT_THAT(outbox_.parked(lab, EntryId{}, 10).value(), IsEmpty());
  EXPECT_EQ(outbox_.status(lab).waiting_count, 5u);
}

TEST_P(OutboxContract, AReleasedEntryIsDueBeforeAllLaterOnes) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId bad = desk_.put("bad", {{ehr}});
  desk_.put("next", {{ehr}});
  const EntryId ids[] = {bad};
  ASSERT_EQ(desk_.claim(ehr, 1).size(), 1u);
  outbox_.return_claims(ehr, ids);
  ASSERT_EQ(desk_.claim(ehr, 1).size(), 1u);
  desk_.settle(ehr, bad, Parked{"r", "w"});

  EXPECT_TRUE(outbox_.release(ehr, bad).value());
  const auto claims = desk_.claim(ehr);
  ASSERT_THAT(texts_of(claims), ElementsAre("bad", "next"));
  EXPECT_EQ(claims[0].attempt, 1u);
  EXPECT_EQ(outbox_.status(ehr).parked_count, 0u);
  EXPECT_THAT(outbox_.parked(ehr, EntryId{}, 10).value(), IsEmpty());
}

TEST_P(OutboxContract, OnlyWhatIsParkedCanBeReleased) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId id = desk_.put("x", {{ehr}});
  EXPECT_FALSE(outbox_.release(ehr, id).value()) << "due";
  EXPECT_FALSE(outbox_.release(ehr, EntryId{999'999}).value()) << "never seen";
  ASSERT_EQ(desk_.claim(ehr).size(), 1u);
  desk_.settle(ehr, id, Parked{"r", ""});
  EXPECT_TRUE(outbox_.release(ehr, id).value());
  EXPECT_FALSE(outbox_.release(ehr, id).value()) << "due again";
  ASSERT_EQ(desk_.claim(ehr).size(), 1u);
  desk_.settle(ehr, id, Delivered{});
  EXPECT_FALSE(outbox_.release(ehr, id).value()) << "gone";
}

TEST_P(OutboxContract, WhatWasPutAsideAtOnceIsDeliveredOnceItIsReleased) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId aside = desk_.put("aside", {{ehr, kParkAtOnce + 2}});
  const EntryId keyed = desk_.put("keyed", {{ehr, 7}});
  ASSERT_EQ(desk_.claim(ehr).size(), 2u);
  desk_.settle(ehr, aside, Parked{"filter_error", ""});
  desk_.settle(ehr, keyed, Parked{"r", ""});
  for (const EntryId id : {aside, keyed}) ASSERT_TRUE(outbox_.release(ehr, id).value());
  const auto claims = desk_.claim(ehr);
  ASSERT_THAT(texts_of(claims), ElementsAre("aside", "keyed"));
  EXPECT_EQ(claims[0].key_hash, 0u);
  EXPECT_EQ(claims[1].key_hash, 7u);
}

TEST_P(OutboxContract, AnEntryMayBeParkedAndReleasedAgain) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId id = desk_.put("x", {{ehr}});
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(desk_.claim(ehr).size(), 1u);
    desk_.settle(ehr, id, Retry{in(1s), "r"});
    clock_.advance(1s);
    ASSERT_EQ(desk_.claim(ehr).size(), 1u);
    desk_.settle(ehr, id, Parked{"r", ""});
    EXPECT_EQ(outbox_.parked(ehr, EntryId{}, 10).value().at(0).attempts, 2u);
    ASSERT_TRUE(outbox_.release(ehr, id).value());
  }
}

// ── status ──────────────────────────────────────────────────────────────────

TEST_P(OutboxContract, StatusCountsWhatWaitsAndWhatIsParked) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId id1 = desk_.put("1", {{ehr, 1}});
  const EntryId id2 = desk_.put("2", {{ehr, 2}});
  desk_.put("3", {{ehr, 3}});
  EXPECT_EQ(outbox_.status(ehr).waiting_count, 3u);
  EXPECT_LT(outbox_.status(ehr).cursor, id1);

  ASSERT_EQ(desk_.claim(ehr).size(), 3u);
  EXPECT_EQ(outbox_.status(ehr).waiting_count, 3u) << "in flight is not gone";
  desk_.settle(ehr, id2, Parked{"r", ""});
  EXPECT_EQ(outbox_.status(ehr).waiting_count, 2u);
  EXPECT_EQ(outbox_.status(ehr).parked_count, 1u);
  EXPECT_LT(outbox_.status(ehr).cursor, id1);
  desk_.settle(ehr, id1, Delivered{});
  EXPECT_EQ(outbox_.status(ehr).cursor, id2) << "3 is in flight";
}

// ── wait ────────────────────────────────────────────────────────────────────

TEST_P(OutboxContract, WaitReturnsAtOnceWhenThereIsSomethingToClaim) {
  const ConnectorId ehr = desk_.connector("ehr");
  desk_.put("x", {{ehr}});
  outbox_.wait({ehr, 0, 1}, base::SteadyTime::max(), {});
}

TEST_P(OutboxContract, WaitEndsAtItsTime) {
  const ConnectorId ehr = desk_.connector("ehr");
  outbox_.wait({ehr, 0, 1}, clock_.steady_now(), {});
  outbox_.wait({ehr, 0, 1}, clock_.steady_now() + 5ms, {});
}

TEST_P(OutboxContract, WaitEndsWhenAnEntryArrives) {
  const ConnectorId ehr = desk_.connector("ehr");
  std::jthread lane([&] {
    while (outbox_.claim({ehr, 0, 1}, 1).value().empty()) {
      outbox_.wait({ehr, 0, 1}, clock_.steady_now() + 1h, {});
    }
  });
  desk_.put("x", {{ehr}});
  lane.join();
}

TEST_P(OutboxContract, WaitEndsWhenAKeyIsFreeAgain) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId first = desk_.put("first", {{ehr}});
  ASSERT_EQ(desk_.claim(ehr).size(), 1u);
  desk_.put("second", {{ehr}});
  std::jthread lane([&] {
    while (outbox_.claim({ehr, 0, 1}, 1).value().empty()) {
      outbox_.wait({ehr, 0, 1}, clock_.steady_now() + 1h, {});
    }
  });
  desk_.settle(ehr, first, Delivered{});
  lane.join();
}

TEST_P(OutboxContract, WaitEndsWhenAStopIsAskedFor) {
  const ConnectorId ehr = desk_.connector("ehr");
  std::jthread lane([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) outbox_.wait({ehr, 0, 1}, clock_.steady_now() + 1h, stop);
  });
  lane.request_stop();
  lane.join();
}

TEST_P(OutboxContract, WaitEndsWhenARetryComesDue) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId id = desk_.put("x", {{ehr}});
  ASSERT_EQ(desk_.claim(ehr).size(), 1u);
  desk_.settle(ehr, id, Retry{in(5ms), ""});
  outbox_.wait({ehr, 0, 1}, clock_.steady_now() + 1h, {});
  clock_.advance(5ms);
  EXPECT_EQ(desk_.claim(ehr).size(), 1u);
}

// ── close ───────────────────────────────────────────────────────────────────

TEST_P(OutboxContract, CloseCommitsWhatWasAppendedAndRefusesWhatComesLater) {
  std::vector<std::unique_ptr<Append>> batch;
  for (int index = 0; index < 100; ++index) batch.push_back(append_of("x", {}));
  outbox_.append(std::move(batch));
  outbox_.close();
  outbox_.close();
  const auto back = desk_.sink().take(100);
  ASSERT_EQ(back.size(), 100u);
  for (const auto& append : back) EXPECT_TRUE(append->outcome);

  const auto late = append_one(append_of("late", {}));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().fault, StoreFault::kClosed);
}

TEST_P(OutboxContract, AfterCloseNothingIsClaimedAndSettlementsAreForgotten) {
  const ConnectorId ehr = desk_.connector("ehr");
  const EntryId id = desk_.put("x", {{ehr}});
  ASSERT_EQ(desk_.claim(ehr).size(), 1u);
  outbox_.close();
  desk_.settle(ehr, id, Delivered{});
  const auto claims = outbox_.claim({ehr, 0, 1}, 1);
  ASSERT_FALSE(claims);
  EXPECT_EQ(claims.error().fault, StoreFault::kClosed);
}

// ── all together ────────────────────────────────────────────────────────────

// Four senders, three lanes that now and then retry, park or give back: each
// entry ends once, and those of one key in order.
TEST_P(OutboxContract, ManyThreadsLoseNothingAndKeepEachKeysOrder) {
  constexpr int kSenders = 4;
  constexpr int kEach = 500;
  constexpr std::uint32_t kSlices = 3;
  const ConnectorId ehr = desk_.connector("ehr");

  std::mutex mutex;
  std::map<std::uint64_t, std::vector<EntryId>> ended;  // by key
  std::atomic<int> ended_count{0};
  std::vector<std::jthread> lanes;
  for (std::uint32_t index = 0; index < kSlices; ++index) {
    lanes.emplace_back([&, slice = LaneSlice{ehr, index, kSlices}](const std::stop_token& stop) {
      std::uint32_t turn = 0;
      while (!stop.stop_requested()) {
        const auto claims = outbox_.claim(slice, 7).value();
        if (claims.empty()) outbox_.wait(slice, clock_.steady_now() + 1h, stop);
        for (const Claim& claim : claims) {
          if (++turn % 11 == 0) {  // the rest of the batch is not tried
            std::vector<EntryId> rest;
            for (const Claim* at = &claim; at <= &claims.back(); ++at) rest.push_back(at->id);
            outbox_.return_claims(ehr, rest);
            break;
          }
          {
            const std::lock_guard lock(mutex);
            ended[claim.key_hash].push_back(claim.id);
          }
          desk_.settle(ehr, claim.id, Delivered{});
          ++ended_count;
        }
      }
    });
  }

  std::vector<std::jthread> senders;
  for (int sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&, sender] {
      Collector sink;
      const auto stream = std::make_shared<Stream>();
      for (int number = 0; number < kEach; number += 5) {
        std::vector<std::unique_ptr<Append>> batch;
        for (int index = 0; index < 5; ++index) {
          const auto key = static_cast<std::uint64_t>((number + index) % 10);
          batch.push_back(make_append({{std::to_string(sender), {{ehr, key}}}}, sink));
          batch.back()->stream = stream;
        }
        outbox_.append(std::move(batch));
        EXPECT_EQ(sink.take(5).size(), 5u);
      }
    });
  }
  senders.clear();
  const auto deadline = base::Clock::system().steady_now() + 20s;
  while (ended_count < kSenders * kEach && base::Clock::system().steady_now() < deadline) {
    std::this_thread::yield();
  }
  for (auto& lane : lanes) lane.request_stop();
  lanes.clear();

  std::set<EntryId> seen;
  for (const auto& [key, ids] : ended) {
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end())) << "key " << key;
    seen.insert(ids.begin(), ids.end());
  }
  EXPECT_EQ(ended_count, kSenders * kEach);
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kSenders * kEach));
  EXPECT_EQ(outbox_.status(ehr).waiting_count, 0u);
}

INSTANTIATE_TEST_SUITE_P(Every, OutboxContract, testing::ValuesIn(test_support::kBackends),
                         [](const auto& each) { return std::string(to_string(each.param)); });

}  // namespace
}  // namespace store
