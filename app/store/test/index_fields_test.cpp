// Messages are found by fields of one's own: the sentences of store/index_fields.hpp.
#include "store/index_fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/sqlite/sqlite_outbox.hpp"
#include "store/test_support/field_words.hpp"
#include "store/test_support/keys.hpp"
#include "store/test_support/outbox_fixture.hpp"
#include "store/test_support/temporary_folder.hpp"
#include "test_support/manual_clock.hpp"

namespace store {
namespace {

using namespace std::chrono_literals;
using store::test_support::Desk;
using testing::ElementsAre;
using testing::IsEmpty;

namespace fs = std::filesystem;

// In clear, and with a key.
class IndexFieldsTest : public testing::TestWithParam<bool> {
 protected:
  IndexFieldsTest() {
    archive_options_.search_wait = 60s;  // a search misses nothing
    archive_options_.batch_rows = 7;
    archive_options_.fields = &words_;
    open();
  }

  ~IndexFieldsTest() override { shut(); }

  void open() {
    SqliteOptions options;
    options.data_dir = data_dir();
    options.clock = &clock_;
    options.segment_bytes = 64 * base::kKiB;
    if (GetParam()) options.cipher = test_support::cipher_of({test_support::kKeyOne});
    store_ = open_sqlite_store(std::move(options), archive_options_).value();
    desk_ = std::make_unique<Desk>(*store_.outbox);
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

  std::uint64_t put(const std::string& words) { return desk_->put(words, {}).value; }

  // Ids of what is found, newest first, by pages of `count_max`.
  std::vector<std::uint64_t> find(const Search& search, std::size_t count_max = 1000) {
    std::vector<std::uint64_t> ids;
    std::optional<MessageKey> after;
    do {
      auto page = store_.archive->search(search, after, count_max);
      EXPECT_TRUE(page.has_value());
      if (!page) return ids;
      for (const Found& each : page->found) ids.push_back(each.key.value);
      after = page->after;
    } while (after);
    return ids;
  }

  std::vector<std::uint64_t> find_by(const std::string& field, const std::string& value) {
    return find({.fields = {{field, value}}});
  }

  [[nodiscard]] std::vector<FieldValue> fields_of(std::uint64_t id) {
    return store_.archive->record({id, false}).value().value().fields;
  }

  std::vector<std::string> unknown(const std::string& field) {
    return store_.archive->unknown_fields({.fields = {{field, "x"}}}).value();
  }

  // Every index as it was before there were fields.
  void make_indexes_old() const {
    for (const auto& each : fs::directory_iterator(data_dir() + "/index")) {
      if (each.path().extension() != ".db") continue;
      auto connection =
          sqlite::Connection::open(each.path(), "", sqlite::OpenMode::kExisting).value();
      ASSERT_TRUE(
          connection.run("DROP TABLE field_value; DROP TABLE field;"
                         "ALTER TABLE entry DROP COLUMN sealed;"
                         "ALTER TABLE state DROP COLUMN key_id;"
                         "PRAGMA user_version=1"));
    }
  }

  test_support::FieldWords words_{{"visit", "ward"}};
  ArchiveOptions archive_options_;
  ::test_support::ManualClock clock_;
  test_support::TemporaryFolder folder_;
  SqliteStore store_;
  std::unique_ptr<Desk> desk_;
};

TEST_P(IndexFieldsTest, FindsByOneAndByAllThatAreGiven) {
  put("visit=V1 ward=ICU");
  put("visit=V2 ward=ICU");
  put("visit=V1 ward=ER");
  put("nothing");
  EXPECT_THAT(find_by("visit", "V1"), ElementsAre(3, 1));
  EXPECT_THAT(find_by("ward", "ICU"), ElementsAre(2, 1));
  EXPECT_THAT(find({.fields = {{"visit", "V1"}, {"ward", "ICU"}}}), ElementsAre(1));
  EXPECT_THAT(find({.fields = {{"visit", "V2"}, {"ward", "ER"}}}), IsEmpty());
  EXPECT_THAT(find_by("visit", "v1"), IsEmpty()) << "octet by octet";
  EXPECT_THAT(find_by("ward", "V1"), IsEmpty()) << "a value belongs to its field";
  restart();
  EXPECT_THAT(find_by("visit", "V1"), ElementsAre(3, 1));
}

TEST_P(IndexFieldsTest, AListIsFoundByEachOfItsValues) {
  const auto id = put("ward=ICU ward=ER ward=ICU");
  EXPECT_THAT(find_by("ward", "ICU"), ElementsAre(id));
  EXPECT_THAT(find_by("ward", "ER"), ElementsAre(id));
  EXPECT_THAT(find({.fields = {{"ward", "ER"}, {"ward", "ICU"}}}), ElementsAre(id));
  EXPECT_THAT(fields_of(id), ElementsAre(FieldValue{"ward", "ER"}, FieldValue{"ward", "ICU"}));
}

TEST_P(IndexFieldsTest, OtherConditionsHoldBeside) {
  const auto first = put("visit=V1 a");
  const auto second = put("visit=V1 b");
  const std::string control_id = test_support::control_id_of("visit=V1 b");
  const Search by_id{.control_id = control_id, .fields = {{"visit", "V1"}}};
  EXPECT_THAT(find(by_id), ElementsAre(second));
  EXPECT_THAT(find({.control_id = control_id, .fields = {{"visit", "V2"}}}), IsEmpty());
  EXPECT_THAT(find({.type = "none", .fields = {{"visit", "V1"}}}), IsEmpty());
  EXPECT_THAT(find({.until = base::WallTime(), .fields = {{"visit", "V1"}}}), IsEmpty());
  EXPECT_THAT(find({.from = base::WallTime(), .fields = {{"visit", "V1"}}}),
              ElementsAre(second, first));
  EXPECT_THAT(find({.state = MessageState::kUnrouted, .fields = {{"visit", "V1"}}}),
              ElementsAre(second, first));
  EXPECT_THAT(find({.state = MessageState::kDelivered, .fields = {{"visit", "V1"}}}), IsEmpty());
}

TEST_P(IndexFieldsTest, PagesGoOnOverAllSegmentsNewestFirst) {
  std::vector<std::uint64_t> want;
  for (int number = 0; number < 60; ++number) {
    const auto id = put("visit=V" + std::to_string(number % 2) + " " + std::string(8000, 'x') +
                        std::to_string(number));
    if (number % 2 == 0) want.insert(want.begin(), id);
  }
  for (const std::size_t count_max : {1u, 4u, 1000u}) {
    EXPECT_EQ(find({.fields = {{"visit", "V0"}}}, count_max), want) << count_max;
  }
}

TEST_P(IndexFieldsTest, ADefinitionCountsForWhatIsIndexedFromThenOn) {
  put("visit=V1 doctor=HOUSE");
  EXPECT_THAT(find_by("visit", "V1"), ElementsAre(1));
  EXPECT_THAT(unknown("doctor"), ElementsAre("doctor"));
  words_.set_names({"doctor"});
  put("visit=V1 doctor=HOUSE");
  EXPECT_THAT(find_by("doctor", "HOUSE"), ElementsAre(2));
  EXPECT_THAT(find_by("visit", "V1"), ElementsAre(1));
  EXPECT_THAT(unknown("doctor"), IsEmpty());
  EXPECT_THAT(unknown("visit"), IsEmpty()) << "messages have it still";
  words_.set_names({});
  restart();
  put("visit=V1 doctor=HOUSE");
  EXPECT_THAT(find_by("visit", "V1"), ElementsAre(1));
  EXPECT_THAT(unknown("doctor"), IsEmpty());
  EXPECT_THAT(unknown("visti"), ElementsAre("visti"));
}

// There was no key then.
class OldIndexTest : public IndexFieldsTest {};

TEST_P(OldIndexTest, IsTakenOver) {
  for (int number = 0; number < 20; ++number) {
    put("visit=OLD " + std::string(8000, 'x') + std::to_string(number));
  }
  EXPECT_EQ(find_by("visit", "OLD").size(), 20u);
  shut();
  make_indexes_old();
  open();
  EXPECT_EQ(find({}).size(), 20u);
  EXPECT_THAT(find_by("visit", "OLD"), IsEmpty());
  EXPECT_THAT(fields_of(1), IsEmpty());
  const auto id = put("visit=NEW");
  EXPECT_THAT(find_by("visit", "NEW"), ElementsAre(id));
}

TEST_P(IndexFieldsTest, AnIndexThatIsMadeAnewHasThemAll) {
  for (int number = 0; number < 20; ++number) {
    put("visit=V1 " + std::string(8000, 'x') + std::to_string(number));
  }
  EXPECT_EQ(find_by("visit", "V1").size(), 20u);
  shut();
  fs::remove_all(data_dir() + "/index");
  open();
  EXPECT_EQ(find_by("visit", "V1").size(), 20u);
}

TEST_P(IndexFieldsTest, LargeMessagesAreReadAndOneThatIsMissingHasNone) {
  std::vector<std::uint64_t> want;
  for (int number = 0; number < 4; ++number) {
    want.insert(want.begin(), put("visit=V1 " + std::string(3'000'000, 'x')));
  }
  EXPECT_EQ(find_by("visit", "V1"), want);
  shut();
  fs::remove_all(data_dir() + "/index");
  std::vector<fs::path> payloads;
  for (const auto& each : fs::recursive_directory_iterator(data_dir() + "/payload")) {
    if (each.is_regular_file()) payloads.push_back(each.path());
  }
  ASSERT_EQ(payloads.size(), 4u);
  std::ranges::sort(payloads);
  fs::remove(payloads[1]);
  open();
  EXPECT_EQ(find({}).size(), 4u);
  EXPECT_EQ(find_by("visit", "V1").size(), 3u);
}

TEST_P(IndexFieldsTest, RefusedMessagesAreNotFoundByThem) {
  put("visit=V1");
  Rejected rejected;
  rejected.received_at = clock_.wall_now();
  rejected.control_id = "visit=V1";
  store_.archive->keep(std::move(rejected));
  EXPECT_EQ(find({}).size(), 2u);
  EXPECT_THAT(find_by("visit", "V1"), ElementsAre(1));
}

TEST_P(IndexFieldsTest, WithAKeyNoFileHoldsAValue) {
  put("visit=QxCanary1q");
  EXPECT_THAT(find_by("visit", "QxCanary1q"), ElementsAre(1));
  bool is_there = false;
  for (const auto& each : fs::recursive_directory_iterator(data_dir())) {
    if (!each.is_regular_file()) continue;
    std::ifstream file(each.path(), std::ios::binary);
    const std::string octets((std::istreambuf_iterator<char>(file)), {});
    is_there = is_there || octets.find("QxCanary1q") != std::string::npos;
  }
  EXPECT_EQ(is_there, !GetParam());
}

INSTANTIATE_TEST_SUITE_P(Clear, OldIndexTest, testing::Values(false));

INSTANTIATE_TEST_SUITE_P(Each, IndexFieldsTest, testing::Bool(),
                         [](const auto& each) { return each.param ? "sealed" : "clear"; });

}  // namespace
}  // namespace store
