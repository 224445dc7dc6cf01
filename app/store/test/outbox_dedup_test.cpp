// What every outbox does with messages that came before: the sentences of store/dedup.hpp and
// store/dedup_window.hpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "store/outbox.hpp"
#include "store/test_support/backends.hpp"
#include "store/test_support/outbox_fixture.hpp"
#include "test_support/manual_clock.hpp"

namespace store {
namespace {

using namespace std::chrono_literals;
using store::test_support::Backend;
using store::test_support::Collector;
using store::test_support::Desk;
using store::test_support::make_append;
using store::test_support::texts_of;
using testing::ElementsAre;

constexpr DedupSecret kSecret = {1, 2};

// Asks for it by a control id and a body.
DedupQuery query_of(std::string_view control_id, std::string_view body) {
  FingerprintSource source;
  source.listener = "default";
  source.control_id = control_id;
  source.after_time = base::as_bytes(body);
  return {fingerprint_of(kSecret, source)};
}

class OutboxDedup : public testing::TestWithParam<test_support::BackendKind> {
 protected:
  OutboxDedup()
      : backend_(test_support::make_backend(GetParam(), clock_)),
        outbox_(backend_->outbox()),
        desk_(outbox_),
        lab_(desk_.connector("lab")) {}

  ~OutboxDedup() override { outbox_.close(); }

  std::unique_ptr<Append> asking(std::string_view control_id, const std::string& body) {
    auto append = make_append({{body, {{lab_}}}}, desk_.sink());
    append->drafts.front().dedup = query_of(control_id, body);
    return append;
  }

  std::unique_ptr<Append> put(std::unique_ptr<Append> append) {
    std::vector<std::unique_ptr<Append>> batch;
    batch.push_back(std::move(append));
    outbox_.append(std::move(batch));
    auto back = desk_.sink().take(1);
    return back.empty() ? nullptr : std::move(back.front());
  }

  // Its first draft as the store gave it back, committed.
  Draft put_one(std::string_view control_id, const std::string& body) {
    const auto back = put(asking(control_id, body));
    EXPECT_TRUE(back != nullptr && back->outcome.has_value());
    return back->drafts.front();
  }

  ::test_support::ManualClock clock_;
  std::unique_ptr<Backend> backend_;
  Outbox& outbox_;
  Desk desk_;
  ConnectorId lab_;
};

TEST_P(OutboxDedup, ADuplicateIsNotStoredAndIsToldWhichOneItRepeats) {
  EXPECT_EQ(put_one("1", "a").recognition.sighting, Sighting::kNew);
  const EntryId last = outbox_.last();
  const Draft again = put_one("1", "a");
  EXPECT_EQ(again.recognition.sighting, Sighting::kDuplicate);
  EXPECT_EQ(again.recognition.earlier, last);
  EXPECT_EQ(again.recognition.answer_code, "AA");
  EXPECT_FALSE(again.is_stored);
  EXPECT_EQ(outbox_.last(), last);
  EXPECT_THAT(texts_of(desk_.claim(lab_)), ElementsAre("a"));
}

TEST_P(OutboxDedup, WithoutAQueryNothingIsKnownAgain) {
  for (int count = 0; count < 2; ++count) {
    const auto back = put(make_append({{"a", {{lab_}}}}, desk_.sink()));
    EXPECT_TRUE(back->drafts.front().is_stored);
  }
  EXPECT_EQ(desk_.claim(lab_).size(), 2U);
}

TEST_P(OutboxDedup, AnotherBodyIsAConflictAndIsStoredOrNot) {
  put_one("1", "a");
  const EntryId first = outbox_.last();
  auto refused = asking("1", "b");
  refused->drafts.front().dedup->on_conflict = OnConflict::kReject;
  const auto back = put(std::move(refused));
  EXPECT_EQ(back->drafts.front().recognition.sighting, Sighting::kConflict);
  EXPECT_EQ(back->drafts.front().recognition.earlier, first);
  EXPECT_FALSE(back->drafts.front().is_stored);

  const Draft taken = put_one("1", "c");
  EXPECT_EQ(taken.recognition.sighting, Sighting::kConflict);
  EXPECT_TRUE(taken.is_stored);
  EXPECT_EQ(put_one("1", "b").recognition.sighting, Sighting::kConflict);  // it was never stored
  EXPECT_THAT(texts_of(desk_.claim(lab_)), ElementsAre("a", "c", "b"));
}

TEST_P(OutboxDedup, AfterAConflictBothAreKnown) {
  put_one("1", "a");
  put_one("1", "b");
  EXPECT_EQ(put_one("1", "a").recognition.sighting, Sighting::kDuplicate);
  EXPECT_EQ(put_one("1", "b").recognition.sighting, Sighting::kDuplicate);
  EXPECT_THAT(texts_of(desk_.claim(lab_)), ElementsAre("a", "b"));
}

TEST_P(OutboxDedup, OfAnAppendOnlyWhatIsNewIsStored) {
  put_one("2", "b");
  const EntryId before = outbox_.last();
  auto append = make_append({{"a", {{lab_}}}, {"b", {{lab_}}}, {"c", {{lab_}}}, {"a", {{lab_}}}},
                            desk_.sink());
  const char* const ids[] = {"1", "2", "3", "1"};
  const char* const bodies[] = {"a", "b", "c", "a"};
  for (std::size_t index = 0; index < 4; ++index) {
    append->drafts[index].dedup = query_of(ids[index], bodies[index]);
  }
  const auto back = put(std::move(append));
  ASSERT_TRUE(back->outcome);
  EXPECT_EQ(back->outcome->value, before.value + 1);
  EXPECT_EQ(stored_count(*back), 2U);
  EXPECT_EQ(back->drafts[1].recognition.earlier, before);
  EXPECT_EQ(back->drafts[3].recognition.sighting, Sighting::kDuplicate);
  EXPECT_EQ(back->drafts[3].recognition.earlier, *back->outcome);
  EXPECT_EQ(outbox_.last().value, before.value + 2);
  EXPECT_THAT(texts_of(desk_.claim(lab_)), ElementsAre("b", "a", "c"));
}

TEST_P(OutboxDedup, AProbeIsNeverStoredAndLeavesNoTrace) {
  const auto probe = [this] {
    auto append = asking("1", "a");
    append->drafts.front().dedup->is_probe = true;
    return put(std::move(append));
  };
  EXPECT_EQ(probe()->drafts.front().recognition.sighting, Sighting::kNew);
  EXPECT_EQ(put_one("1", "a").recognition.sighting, Sighting::kNew);
  EXPECT_EQ(probe()->drafts.front().recognition.sighting, Sighting::kDuplicate);
  EXPECT_EQ(desk_.claim(lab_).size(), 1U);
}

TEST_P(OutboxDedup, BeyondTheWindowAMessageIsNew) {
  const auto at_minute = [this](int minute) {
    auto append = asking("1", "a");
    append->drafts.front().facts.received_at += std::chrono::minutes(minute);
    return put(std::move(append))->drafts.front().recognition.sighting;
  };
  EXPECT_EQ(at_minute(0), Sighting::kNew);
  EXPECT_EQ(at_minute(59), Sighting::kDuplicate);  // and it is no new beginning
  EXPECT_EQ(at_minute(61), Sighting::kNew);
  EXPECT_EQ(at_minute(120), Sighting::kDuplicate);
}

TEST_P(OutboxDedup, WhatWasNotStoredIsNew) {
  backend_->set_full(true);
  auto refused = asking("1", "a");
  refused->give_up_at = clock_.steady_now();
  EXPECT_FALSE(put(std::move(refused))->outcome);
  backend_->set_full(false);
  EXPECT_EQ(put_one("1", "a").recognition.sighting, Sighting::kNew);
  EXPECT_EQ(put_one("1", "a").recognition.sighting, Sighting::kDuplicate);
}

TEST_P(OutboxDedup, OfTheSameMessagesFromManyThreadsEachIsStoredOnce) {
  constexpr int kThreads = 4;
  constexpr int kMessages = 500;
  std::vector<std::unique_ptr<Collector>> sinks;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    sinks.push_back(std::make_unique<Collector>());
    threads.emplace_back([this, &sink = *sinks.back()] {
      for (int number = 0; number < kMessages; ++number) {
        const std::string body = "m" + std::to_string(number);
        auto append = make_append({{body, {{lab_}}}}, sink);
        append->drafts.front().dedup = query_of(body, body);
        std::vector<std::unique_ptr<Append>> batch;
        batch.push_back(std::move(append));
        outbox_.append(std::move(batch));
      }
    });
  }
  threads.clear();
  std::size_t stored = 0;
  for (const auto& sink : sinks) {
    const auto back = sink->take(kMessages);
    ASSERT_EQ(back.size(), static_cast<std::size_t>(kMessages));
    for (const auto& append : back) {
      EXPECT_TRUE(append->outcome);
      stored += stored_count(*append);
    }
  }
  EXPECT_EQ(stored, static_cast<std::size_t>(kMessages));
  std::set<std::string> texts;
  for (;;) {
    const auto claims = desk_.claim(lab_);
    if (claims.empty()) break;
    for (const Claim& claim : claims) {
      EXPECT_TRUE(texts.insert(test_support::text_of(claim)).second);
      desk_.settle(lab_, claim.id, Delivered{});
    }
  }
  EXPECT_EQ(texts.size(), static_cast<std::size_t>(kMessages));
}

INSTANTIATE_TEST_SUITE_P(Outboxes, OutboxDedup, testing::ValuesIn(test_support::kBackends),
                         [](const auto& each) {
                           return std::string(test_support::to_string(each.param));
                         });

}  // namespace
}  // namespace store
