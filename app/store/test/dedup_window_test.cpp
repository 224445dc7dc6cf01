// The window by itself: what is beyond the sentences that every outbox is held to.
#include "store/dedup_window.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>

#include "telemetry/metrics.hpp"

namespace store {
namespace {

using telemetry::Counter;

class DedupWindowTest : public testing::Test {
 protected:
  static Draft draft_of(std::uint64_t number) {
    FingerprintSource source;
    const std::string id = std::to_string(number);
    source.control_id = id;
    Draft draft;
    draft.facts.received_at = base::WallTime(std::chrono::seconds(1'800'000'000));
    draft.dedup = DedupQuery{fingerprint_of({1, 2}, source)};
    return draft;
  }
};

TEST_F(DedupWindowTest, WhatWasRolledBackIsNewAndIsNotCounted) {
  DedupWindow window({});
  const auto before = telemetry::counted(Counter::kDedupDuplicates);
  Draft first = draft_of(1);
  Draft second = draft_of(1);
  EXPECT_TRUE(window.admit(first, {1}));
  EXPECT_FALSE(window.admit(second, {2}));
  EXPECT_EQ(window.staged().size(), 1U);
  window.roll_back();
  EXPECT_EQ(telemetry::counted(Counter::kDedupDuplicates), before);
  EXPECT_TRUE(window.staged().empty());
  EXPECT_TRUE(window.admit(second, {1}));
  window.commit();
  EXPECT_FALSE(window.admit(first, {2}));
  window.commit();
  EXPECT_EQ(telemetry::counted(Counter::kDedupDuplicates), before + 1);
}

TEST_F(DedupWindowTest, WhatThereIsNoMemoryForIsForgottenAndCounted) {
  DedupOptions options;
  options.entries_max = 1;  // 64 of each shard all the same
  DedupWindow window(options);
  const auto before = telemetry::counted(Counter::kDedupForgotten);
  for (std::uint64_t number = 1; number <= 60'000; ++number) {
    Draft draft = draft_of(number);
    EXPECT_TRUE(window.admit(draft, {number}));
    window.commit();
  }
  EXPECT_GT(telemetry::counted(Counter::kDedupForgotten), before);
  Draft last = draft_of(60'000);
  EXPECT_FALSE(window.admit(last, {60'001}));
}

// What is not in memory yet.
class Past final : public DedupPast {
 public:
  explicit Past(const DedupEntry& entry) : entry_(entry) {}

  bool may_hold(const Fingerprint& /*print*/) const noexcept override { return true; }

  std::optional<DedupEntry> find(const Fingerprint& print, std::uint32_t since) override {
    if (!entry_.has_key_of(print) || entry_.seen_at < since) return std::nullopt;
    return entry_;
  }

 private:
  DedupEntry entry_;
};

TEST_F(DedupWindowTest, WhatIsNotInMemoryYetIsAskedOfThePast) {
  Draft known = draft_of(7);
  Past past(to_dedup_entry(known.dedup->print, {{40}, known.facts.received_at, KeptAnswer::kCA}));
  DedupWindow window({}, &past);
  EXPECT_FALSE(window.admit(known, {50}));
  EXPECT_EQ(known.recognition.earlier, EntryId{40});
  EXPECT_EQ(known.recognition.answer_code, "CA");
  Draft other = draft_of(8);
  EXPECT_TRUE(window.admit(other, {50}));
  Draft conflict = draft_of(7);
  conflict.dedup->print.body ^= 1U;
  EXPECT_TRUE(window.admit(conflict, {51}));
  EXPECT_EQ(conflict.recognition.sighting, Sighting::kConflict);
  EXPECT_FALSE(window.admit(known, {52}));  // a duplicate still, though the newest is the other
}

// A past that comes into memory as soon as it is asked whether it holds something.
class PassingPast final : public DedupPast {
 public:
  explicit PassingPast(const DedupEntry& entry) : entry_(entry) {}

  bool may_hold(const Fingerprint& /*print*/) const noexcept override {
    window->remember(entry_, at);
    return false;
  }

  std::optional<DedupEntry> find(const Fingerprint& /*print*/, std::uint32_t /*since*/) override {
    return std::nullopt;
  }

  DedupWindow* window = nullptr;
  base::WallTime at;

 private:
  DedupEntry entry_;
};

TEST_F(DedupWindowTest, WhatComesIntoMemoryMeanwhileIsKnown) {
  Draft known = draft_of(7);
  PassingPast past(
      to_dedup_entry(known.dedup->print, {{40}, known.facts.received_at, KeptAnswer::kAA}));
  DedupWindow window({}, &past);
  past.window = &window;
  past.at = known.facts.received_at;
  EXPECT_FALSE(window.admit(known, {50}));
}

}  // namespace
}  // namespace store
