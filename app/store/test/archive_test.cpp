// What was received is found again: the sentences of store/archive.hpp.
#include "store/archive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "store/sqlite/sqlite_outbox.hpp"
#include "store/test_support/outbox_fixture.hpp"
#include "store/test_support/temporary_folder.hpp"
#include "telemetry/metrics.hpp"
#include "test_support/manual_clock.hpp"

namespace store {
namespace {

using namespace std::chrono_literals;
using store::test_support::Collector;
using testing::ElementsAre;
using testing::IsEmpty;

// A message as its sender would describe it; what is left out is the same for all.
struct Sent {
  std::string control_id;
  std::string type = "ADT";
  std::string trigger = "A01";
  std::string patient = "4711";
  std::string sender = "HIS";
  std::string answer = "AA";
  std::string payload = "octets";
};

class ArchiveTest : public testing::Test {
 protected:
  ArchiveTest() {
    archive_options_.search_wait = 60s;  // a search misses nothing
    open();
  }

  ~ArchiveTest() override { shut(); }

  void open() {
    SqliteOptions options;
    options.data_dir = data_dir();
    options.clock = &clock_;
    options.segment_bytes = segment_bytes_;
    store_ = open_sqlite_store(std::move(options), archive_options_).value();
  }

  void shut() {
    if (store_.archive) store_.archive->close();
    store_.archive.reset();
    store_.outbox.reset();
  }

  void restart() {
    shut();
    open();
  }

  [[nodiscard]] std::string data_dir() const { return folder_.path() + "/data"; }

  EntryId put(const Sent& sent, std::vector<LaneKey> lanes = {}) {
    auto append = std::make_unique<Append>();
    append->keep_alive = std::make_shared<Sent>(sent);
    const auto& kept = *static_cast<const Sent*>(append->keep_alive.get());
    Draft& draft = append->drafts.emplace_back();
    draft.facts.id = test_support::message_id_of(kept.control_id);
    draft.facts.received_at = clock_.wall_now();
    draft.facts.listener = "default";
    draft.facts.peer = "192.0.2.7:51034";
    draft.facts.control_id = kept.control_id;
    draft.facts.type = kept.type;
    draft.facts.trigger = kept.trigger;
    draft.facts.patient_key = kept.patient;
    draft.facts.sending_application = kept.sender;
    draft.facts.sending_facility = "CENTRAL";
    draft.facts.answer_code = kept.answer;
    draft.facts.answer = base::as_bytes("MSH|the answer");
    draft.payload = base::as_bytes(kept.payload);
    draft.lanes = std::move(lanes);
    append->sink = &sink_;
    std::vector<std::unique_ptr<Append>> batch;
    batch.push_back(std::move(append));
    store_.outbox->append(std::move(batch));
    const auto back = sink_.take(1);
    return back.at(0)->outcome.value();
  }

  void reject(const std::string& control_id, const std::string& octets = "refused octets") {
    Rejected rejected;
    rejected.received_at = clock_.wall_now();
    rejected.control_id = control_id;
    rejected.type = "ADT";
    rejected.trigger = "A01";
    rejected.answer_code = "AR";
    rejected.outcome = "rule_failed";
    rejected.reason = "need-id: PID-3.1 is required";
    rejected.answer = "MSH|MSA|AR";
    rejected.size_bytes = octets.size();
    const base::ByteView view = base::as_bytes(octets);
    rejected.message.assign(view.begin(), view.end());
    store_.archive->keep(std::move(rejected));
  }

  FoundPage page(const Search& search, std::optional<MessageKey> after = {},
                 std::size_t count_max = 1000) {
    auto found = store_.archive->search(search, after, count_max);
    EXPECT_TRUE(found.has_value());
    return found ? std::move(found).value() : FoundPage{};
  }

  // The control ids of all that is found, newest first, by pages of `count_max`.
  std::vector<std::string> find(const Search& search, std::size_t count_max = 1000) {
    std::vector<std::string> ids;
    std::optional<MessageKey> after;
    do {
      const FoundPage found = page(search, after, count_max);
      EXPECT_LE(found.found.size(), count_max);
      EXPECT_EQ(found.indexed_to, found.last);
      for (const Found& each : found.found) ids.push_back(each.control_id);
      after = found.after;
    } while (after);
    return ids;
  }

  std::uint64_t segment_bytes_ = std::uint64_t{1} << 30U;
  ArchiveOptions archive_options_;
  ::test_support::ManualClock clock_;
  test_support::TemporaryFolder folder_;
  Collector sink_;
  SqliteStore store_;
};

TEST_F(ArchiveTest, WhatIsGivenMustHold) {
  put({.control_id = "A"});
  put({.control_id = "B", .type = "ORU", .trigger = "R01", .patient = "\xE9", .sender = "LAB"});
  put({.control_id = "C", .trigger = "A08", .patient = "", .sender = "", .answer = ""});
  put({.control_id = "A", .patient = "1", .answer = "CA"});
  reject("A");
  const std::vector<std::pair<Search, std::vector<std::string>>> kCases = {
      {{}, {"A", "A", "C", "B", "A"}},
      {{.control_id = "A"}, {"A", "A", "A"}},
      {{.control_id = "A", .patient = "1"}, {"A"}},
      {{.control_id = "a"}, {}},
      {{.patient = "4711"}, {"A"}},
      {{.patient = "\xE9"}, {"B"}},
      {{.type = "ADT"}, {"A", "A", "C", "A"}},
      {{.type = "ADT^A01"}, {"A", "A", "A"}},
      {{.type = "ADT^"}, {}},
      {{.sender = "LAB"}, {"B"}},
      {{.sender = "LAB|CENTRAL"}, {"B"}},
      {{.sender = "LAB|NORTH"}, {}},
      {{.answer = "AA"}, {"B", "A"}},
      {{.answer = "CA"}, {"A"}},
      {{.answer = "AR"}, {"A"}},
      {{.state = MessageState::kRejected}, {"A"}},
      {{.state = MessageState::kUnrouted}, {"A", "C", "B", "A"}},
  };
  for (const auto& [search, want] : kCases) {
    for (const std::size_t count_max : {1u, 2u, 1000u}) {
      EXPECT_EQ(find(search, count_max), want)
          << search.control_id << search.patient << search.type << search.sender << search.answer
          << " by " << count_max;
    }
  }
}

TEST_F(ArchiveTest, TimesBoundASearchAlsoWhereTheClockJumped) {
  clock_.jump_wall(1h);
  put({.control_id = "LATE"});
  const base::WallTime late = clock_.wall_now();
  clock_.jump_wall(-30min);
  put({.control_id = "EARLY"});
  const base::WallTime early = clock_.wall_now();
  EXPECT_THAT(find({.from = early, .until = late}), ElementsAre("EARLY"));
  EXPECT_THAT(find({.from = late}), ElementsAre("LATE"));
  EXPECT_THAT(find({.from = early}), ElementsAre("EARLY", "LATE"));
  EXPECT_THAT(find({.until = early}), IsEmpty());
  EXPECT_THAT(find({.control_id = "LATE", .until = late}), IsEmpty());
}

TEST_F(ArchiveTest, TellsWhatBecameOfEachDebt) {
  Outbox& outbox = *store_.outbox;
  const ConnectorId ehr = outbox.connector_id("ehr").value();
  const ConnectorId lab = outbox.connector_id("lab").value();
  put({.control_id = "1"}, {{ehr, 1}, {lab, 1}});
  put({.control_id = "2"}, {{ehr, 2}});
  put({.control_id = "3"}, {{ehr, 3}});
  put({.control_id = "4"});
  const auto claims = outbox.claim({ehr, 0, 1}, 2).value();
  ASSERT_EQ(claims.size(), 2u);
  outbox.settle(ehr, {{claims[0].id, Delivered{}}, {claims[1].id, Parked{"r", "w"}}});
  for (const bool restarts : {false, true}) {
    if (restarts) restart();
    EXPECT_THAT(find({.state = MessageState::kDelivered}), ElementsAre("1"));
    EXPECT_THAT(find({.state = MessageState::kParked}), ElementsAre("2"));
    EXPECT_THAT(find({.state = MessageState::kWaiting}), ElementsAre("3", "1"));
    EXPECT_THAT(find({.connector = "ehr", .state = MessageState::kWaiting}), ElementsAre("3"));
    EXPECT_THAT(find({.connector = "lab"}), ElementsAre("1"));
    EXPECT_THAT(find({.state = MessageState::kUnrouted}), ElementsAre("4"));
    EXPECT_THAT(page({.control_id = "1"}).found.at(0).debts,
                ElementsAre(Debt{"ehr", DebtState::kDelivered}, Debt{"lab", DebtState::kWaiting}));
  }
}

TEST_F(ArchiveTest, ARefusedMessageStandsBehindTheLastThatWasAccepted) {
  reject("r-first");
  put({.control_id = "1"});
  reject("r-second");
  reject("r-third");
  put({.control_id = "2"});
  const std::vector<std::string> want = {"2", "r-third", "r-second", "1", "r-first"};
  EXPECT_EQ(find({}), want);
  EXPECT_EQ(find({}, 1), want);
  EXPECT_EQ(find({}, 2), want);
  restart();
  EXPECT_EQ(find({}, 1), want);
  EXPECT_EQ(to_string(page({}).found.at(1).key), "r3");
}

TEST_F(ArchiveTest, ARecordTellsAllThatIsKnown) {
  const ConnectorId ehr = store_.outbox->connector_id("ehr").value();
  const EntryId id = put({.control_id = "X"}, {{ehr}});
  const auto record = store_.archive->record({id.value, false}).value().value();
  EXPECT_EQ(record.found.control_id, "X");
  EXPECT_EQ(record.found.message_id, test_support::message_id_of("X"));
  EXPECT_EQ(record.peer, "192.0.2.7:51034");
  EXPECT_EQ(record.answer, "MSH|the answer");
  EXPECT_THAT(record.found.debts, ElementsAre(Debt{"ehr", DebtState::kWaiting}));

  reject("bad", std::string(kRejectedBytesMax + 1, 'x').substr(0, kRejectedBytesMax));
  ASSERT_EQ(find({.control_id = "bad"}).size(), 1u);
  const auto refused = store_.archive->record({1, true}).value().value();
  EXPECT_EQ(refused.outcome, "rule_failed");
  EXPECT_EQ(refused.answer_reason, "need-id: PID-3.1 is required");
  EXPECT_EQ(refused.answer, "MSH|MSA|AR");
  EXPECT_EQ(refused.rejected_message.size(), kRejectedBytesMax);
  for (const MessageKey none : {MessageKey{id.value + 1, false}, MessageKey{2, true}}) {
    EXPECT_FALSE(store_.archive->record(none).value()) << to_string(none);
  }
}

class SegmentedArchiveTest : public ArchiveTest {
 protected:
  SegmentedArchiveTest() {
    segment_bytes_ = 64 * base::kKiB;
    archive_options_.batch_rows = 7;
    restart();
    for (int number = 0; number < 60; ++number) {
      put({.control_id = std::to_string(number),
           .patient = std::to_string(number % 3),
           .payload = std::string(8000, 'x')});
      want_.insert(want_.begin(), std::to_string(number));
    }
  }

  [[nodiscard]] std::vector<std::filesystem::path> index_files() const {
    std::vector<std::filesystem::path> files;
    for (const auto& each : std::filesystem::directory_iterator(data_dir() + "/index")) {
      if (each.path().extension() == ".db") files.push_back(each.path());
    }
    std::ranges::sort(files);
    return files;
  }

  std::vector<std::string> want_;
};

TEST_F(SegmentedArchiveTest, ASearchGoesOverAllSegments) {
  EXPECT_EQ(find({}), want_);
  EXPECT_EQ(find({}, 7), want_);
  EXPECT_EQ(find({.patient = "1"}).size(), 20u);
  EXPECT_GT(index_files().size(), 5u);
  restart();
  put({.control_id = "new"});
  EXPECT_EQ(find({}).at(0), "new");
  EXPECT_EQ(find({}).size(), 61u);
}

TEST_F(SegmentedArchiveTest, AnIndexThatIsGoneOrDamagedIsMadeAnew) {
  ASSERT_EQ(find({}), want_);
  shut();
  const auto files = index_files();
  std::filesystem::remove(files[1]);
  std::ofstream(files[2], std::ios::trunc) << "not a database, but long enough to look at it";
  open();
  EXPECT_EQ(find({}), want_);
}

TEST_F(ArchiveTest, RefusedMessagesGoByAgeAndBySize) {
  archive_options_.retain_rejected = 1h;
  archive_options_.rejected_bytes_max = 100'000;
  restart();
  reject("old");
  EXPECT_THAT(find({}), ElementsAre("old"));
  clock_.jump_wall(1h + 1s);
  for (int number = 0; number < 20; ++number)
    reject(std::to_string(number), std::string(9000, 'x'));
  restart();  // which looks at once
  for (int round = 0; round < 500 && find({}).size() != 11; ++round) {
    static_cast<void>(::poll(nullptr, 0, 10));
  }
  EXPECT_EQ(find({}).size(), 11u);
  EXPECT_EQ(find({}).at(0), "19");
  EXPECT_THAT(find({.control_id = "old"}), IsEmpty());
}

TEST_F(ArchiveTest, WithoutRetentionNoneIsKept) {
  archive_options_.retain_rejected = 0s;
  restart();
  reject("none");
  EXPECT_THAT(find({}), IsEmpty());
}

TEST_F(ArchiveTest, WhatCannotBeKeptIsCounted) {
  const std::uint64_t before = telemetry::counted(telemetry::Counter::kRejectedNotKept);
  store_.archive->close();
  reject("late");
  EXPECT_EQ(telemetry::counted(telemetry::Counter::kRejectedNotKept), before + 1);
}

TEST(MessageKeyTest, IsANumberWithAnRForTheRefused) {
  EXPECT_EQ(parse_message_key("17"), (MessageKey{17, false}));
  EXPECT_EQ(parse_message_key("r5"), (MessageKey{5, true}));
  for (const char* const wrong : {"", "r", "0", "r0", "x", "1x", "-1", "99999999999999999999"}) {
    EXPECT_FALSE(parse_message_key(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace store
