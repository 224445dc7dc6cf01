// The operations as they are promised, on a store and by a socket alike.
#include "control/operations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "cli/test/scratch_folder.hpp"
#include "control/control_client.hpp"
#include "control/control_server.hpp"
#include "control/letter_filter.hpp"
#include "control/store_operations.hpp"
#include "control/unix_socket.hpp"
#include "control/wire_form.hpp"
#include "store/memory_outbox.hpp"

namespace control {
namespace {

using store::ConnectorId;
using store::EntryId;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

enum class Way : std::uint8_t { kStore, kSocket };

// Commits at once, as the memory outbox does.
class NoSink final : public store::AppendSink {
 public:
  void appended(std::vector<std::unique_ptr<store::Append>> batch) override {
    last_id = batch.front()->outcome.value();
  }

  EntryId last_id;
};

class OperationsTest : public testing::TestWithParam<Way> {
 protected:
  OperationsTest() : outbox_(store::make_memory_outbox(clock_, {})) {
    lanes_.views = [] { return std::vector<LaneView>{{"lab", "a target", "running", ""}}; };
    lanes_.resume = [this](const std::string& name) {
      resumed_ = name;
      return name == "lab";
    };
    direct_ = std::make_unique<StoreOperations>(*outbox_, nullptr, clock_, lanes_);
    lab_ = outbox_->connector_id("lab").value();
    old_ = outbox_->connector_id("old").value();
    if (GetParam() == Way::kStore) return;
    server_ = ControlServer::open(folder_.path(), *direct_, clock_).value();
    client_ = ControlClient::find(folder_.path(), clock_);
  }

  ~OperationsTest() override {
    server_.reset();
    outbox_->close();
  }

  Operations& operations() { return client_ ? static_cast<Operations&>(*client_) : *direct_; }

  // A dead letter of this connector.
  EntryId park(ConnectorId connector, const std::string& octets, const std::string& reason) {
    auto append = std::make_unique<store::Append>();
    store::Draft& draft = append->drafts.emplace_back();
    draft.facts.type = "ADT";
    draft.facts.trigger = "A01";
    draft.facts.control_id = "ID\xE9";
    draft.payload = base::as_bytes(octets);
    draft.lanes = {{connector, 7}};
    append->sink = &sink_;
    std::vector<std::unique_ptr<store::Append>> batch;
    batch.push_back(std::move(append));
    outbox_->append(std::move(batch));
    EXPECT_EQ(outbox_->claim({connector, 0, 1}, 1).value().size(), 1u);
    outbox_->settle(connector, {{sink_.last_id, store::Parked{reason, "its \xFF words"}}});
    return sink_.last_id;
  }

  std::vector<EntryId> ids(const LetterFilter& filter) {
    std::vector<EntryId> found;
    const auto page = operations().letters(filter, {}, 100);
    for (const Letter& letter : page.value().letters) {
      found.push_back(letter.entry.id);
    }
    return found;
  }

  const base::Clock& clock_ = base::Clock::system();
  NoSink sink_;
  Lanes lanes_;
  std::string resumed_;
  std::unique_ptr<store::Outbox> outbox_;
  std::unique_ptr<StoreOperations> direct_;
  cli::ScratchFolder folder_;
  std::unique_ptr<ControlServer> server_;
  std::unique_ptr<ControlClient> client_;
  ConnectorId lab_;
  ConnectorId old_;
};

constexpr const char* kMessage = "MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5\rPID|1||4711\r";

TEST_P(OperationsTest, QueuesOfWhatIsNotConfiguredAreShown) {
  park(old_, kMessage, "r");
  const auto queues = operations().queues().value();
  ASSERT_EQ(queues.size(), 2u);
  EXPECT_EQ(queues[0].lane.target, "a target");
  EXPECT_EQ(queues[1].lane.connector, "old");
  EXPECT_EQ(queues[1].lane.state, kNotConfigured);
  EXPECT_EQ(queues[1].parked_count, 1u);
  EXPECT_FALSE(queues[1].oldest);
}

TEST_P(OperationsTest, LettersComeByPagesInOrderWithEveryOctet) {
  const EntryId one = park(lab_, kMessage, "answer_code: AR");
  const EntryId two = park(old_, kMessage, "timeout: 30 s");
  const EntryId three = park(lab_, kMessage, "answer_code: AR");
  EXPECT_THAT(ids({}), ElementsAre(one, three, two));
  LetterFilter filter;
  filter.reason = "timeout";
  EXPECT_THAT(ids(filter), ElementsAre(two));

  const auto page = operations().letters({}, {}, 1).value();
  ASSERT_EQ(page.letters.size(), 1u);
  EXPECT_EQ(page.letters[0].entry.control_id, "ID\xE9");
  EXPECT_EQ(page.letters[0].entry.words, "its \xFF words");
  EXPECT_EQ(page.after, (LetterId{"lab", one}));
  EXPECT_EQ(operations().letters({}, page.after, 1).value().letters[0].entry.id, three);
  EXPECT_EQ(operations().attempts({"lab", one}).value().at(0).words, "its \xFF words");
}

TEST_P(OperationsTest, AnEditIsDueAndReplacesTheLetter) {
  const EntryId id = park(lab_, kMessage, "r");
  EXPECT_THAT(operations().edit({"lab", id}, base::as_bytes("nonsense")).error(),
              HasSubstr("no HL7 message"));
  EXPECT_THAT(ids({}), ElementsAre(id)) << "a refused edit changes nothing";
  std::string corrected(kMessage);
  corrected += "NTE|1||\xE9\r";
  const EntryId stored = operations().edit({"lab", id}, base::as_bytes(corrected)).value();
  EXPECT_THAT(ids({}), IsEmpty());
  const auto claims = outbox_->claim({lab_, 0, 1}, 10).value();
  ASSERT_EQ(claims.size(), 1u);
  EXPECT_EQ(claims[0].id, stored);
  EXPECT_EQ(claims[0].key_hash, 7u) << "among those of its key";
  EXPECT_EQ(claims[0].control_id, "1");
  EXPECT_EQ(base::as_text(claims[0].message), corrected);
  EXPECT_EQ(operations().discarded("lab", {}, 10).value().at(0).entry.replaced_by, stored);
  EXPECT_FALSE(operations().edit({"lab", id}, base::as_bytes(corrected))) << "is no letter now";
}

TEST_P(OperationsTest, ReplayAndDiscardCountWhatWasThere) {
  const EntryId one = park(lab_, kMessage, "r");
  const EntryId two = park(lab_, kMessage, "r");
  EXPECT_EQ(operations().replay("lab", {one, EntryId{99}}).value(), 1u);
  EXPECT_EQ(outbox_->claim({lab_, 0, 1}, 10).value().at(0).id, one);
  EXPECT_FALSE(operations().discard("lab", {two}, ""));
  EXPECT_FALSE(operations().discard("lab", {two}, std::string(501, 'x')));
  EXPECT_EQ(operations().discard("lab", {one, two}, "d\xC3\xA9j\xC3\xA0 vu").value(), 1u);
  EXPECT_EQ(operations().discarded("lab", {}, 10).value().at(0).entry.reason,
            "d\xC3\xA9j\xC3\xA0 vu");
}

TEST_P(OperationsTest, AQueueIsGivenUpWithItsLettersWhereNoConnectorIsLeft) {
  const EntryId letter = park(old_, kMessage, "r");
  const EntryId waiting = park(old_, kMessage, "r");
  EXPECT_EQ(operations().replay("old", {waiting}).value(), 1u);
  EXPECT_FALSE(operations().give_up("old", ""));
  EXPECT_FALSE(operations().give_up("old", std::string(501, 'x')));
  const GivenUp ended = operations().give_up("old", "moved away").value();
  EXPECT_THAT(ended.waiting, ElementsAre(waiting));
  EXPECT_THAT(ended.letters, ElementsAre(letter));
  EXPECT_EQ(operations().give_up("old", "again").value().count(), 0u);
  EXPECT_EQ(operations().discarded("old", {}, 10).value().size(), 2u);
  EXPECT_EQ(outbox_->status(old_).waiting_count, 0u);

  const EntryId kept = park(lab_, kMessage, "r");
  EXPECT_THAT(operations().give_up("lab", "no").error(), HasSubstr("lab is configured"));
  EXPECT_THAT(operations().give_up("lap", "no").error(), HasSubstr("no connector lap"));
  EXPECT_THAT(ids({}), ElementsAre(kept));
}

TEST_P(OperationsTest, MessagesAreReadWhole) {
  std::string octets(kMessage);
  for (int octet = 0; octet < 256; ++octet) octets += static_cast<char>(octet);
  const EntryId id = park(lab_, octets, "r");
  EXPECT_EQ(base::as_text(operations().message(id).value()->message), octets);
  EXPECT_FALSE(operations().message({99}).value());
  const auto page = operations().search({.control_id = "ID\xE9"}, {}, 10).value();
  EXPECT_EQ(page.found.at(0).key, (store::MessageKey{id.value, false}));
  EXPECT_EQ(operations().record({id.value, false}).value()->found.type, "ADT");
  EXPECT_THAT(operations().search({.patient = "4711"}, {}, 10).error(), HasSubstr("no archive"));
  EXPECT_THAT(operations().search({.fields = {{"visit", "V1"}}}, {}, 10).error(),
              HasSubstr("no archive"));
}

TEST_P(OperationsTest, WhatIsNotThereIsASentence) {
  EXPECT_THAT(operations().replay("lap", {}).error(), HasSubstr("no connector lap"));
  EXPECT_TRUE(operations().resume("lab"));
  EXPECT_EQ(resumed_, "lab");
  EXPECT_THAT(operations().resume("old").error(), HasSubstr("old"));
}

TEST_P(OperationsTest, WhatIsInMemoryHasNoFiles) {
  EXPECT_THAT(operations().store_stats().error(), HasSubstr("memory"));
  EXPECT_THAT(operations().begin_backup("/copy").error(), HasSubstr("memory"));
  EXPECT_THAT(operations().backup_state().error(), HasSubstr("memory"));
  EXPECT_THAT(operations().begin_rekey().error(), HasSubstr("memory"));
  EXPECT_THAT(operations().rekey_state().error(), HasSubstr("memory"));
}

INSTANTIATE_TEST_SUITE_P(Both, OperationsTest, testing::Values(Way::kStore, Way::kSocket),
                         [](const auto& each) {
                           return each.param == Way::kStore ? "Store" : "Socket";
                         });

TEST(CareFormTest, WhatIsToldOfFilesComesBackAsItWas) {
  const base::WallTime at(std::chrono::microseconds(1'775'217'600'123'456));
  store::SegmentStats segment{3, store::SegmentState::kHeld, {17}, {24}, at, at, 1, 2, 3, 4, at};
  store::StoreStats stats;
  stats.set_aside = {{2, {9}, {16}, at}};
  stats.missing = {1};
  stats.gone_count = 5;
  stats.kept_count = 6;
  stats.kept_bytes = 7;
  stats.lanes_bytes = 8;
  stats.rejected_bytes = 9;
  stats.known_bytes = 14;
  stats.total_bytes = 10;
  stats.bytes_max = 11;
  stats.free_bytes = 12;
  stats.min_free_bytes = 13;
  stats.retain = std::chrono::hours(720);
  stats.retain_rejected = std::chrono::hours(168);
  const store::BackupState state{
      store::BackupPhase::kFailed, "/copy", at, {24}, 100, 3, 2, "it is full"};
  const auto back = [](const Object& object, auto read) {
    const auto received = boost::json::parse(boost::json::serialize(object));
    Fields fields(received.as_object());
    auto value = read(fields);
    EXPECT_EQ(fields.fault(), "");
    return value;
  };
  EXPECT_EQ(back(to_json(segment), to_segment), segment);
  EXPECT_EQ(back(to_json(stats), to_stats), stats);
  EXPECT_EQ(back(to_json(state), to_backup_state), state);
  const store::RekeyState rekey{store::RekeyPhase::kDone, "1a2b3c4d", at, 7, 6, 5, ""};
  EXPECT_EQ(back(to_json(rekey), to_rekey_state), rekey);
}

TEST(ArchiveFormTest, FieldsOfOnesOwnComeBackAsTheyWere) {
  store::Search search;
  search.fields = {{"visit", "V=1"}, {"ward", "\xC3\x84"}};
  const auto received = boost::json::parse(boost::json::serialize(to_json(search)));
  Fields fields(received.as_object());
  EXPECT_EQ(to_search(fields).fields, search.fields);
  EXPECT_EQ(fields.fault(), "");
  for (const char* const wrong : {R"({"fields":["visit"]})", R"({"fields":["=V1"]})",
                                  R"({"fields":[1]})", R"({"fields":"visit=V1"})"}) {
    const auto object = boost::json::parse(wrong);
    Fields wrong_fields(object.as_object());
    static_cast<void>(to_search(wrong_fields));
    EXPECT_EQ(wrong_fields.fault(), "fields") << wrong;
  }
}

TEST(LetterIdTest, IsAConnectorAndAnEntry) {
  EXPECT_EQ(parse_letter_id("lab.2/17"), (LetterId{"lab.2", EntryId{17}}));
  for (const char* const wrong : {"", "17", "/17", "lab/", "lab/0", "lab/x", "lab/1x", "lab/-1",
                                  "lab/99999999999999999999"}) {
    EXPECT_FALSE(parse_letter_id(wrong)) << wrong;
  }
}

TEST(LetterFilterTest, AllThatIsGivenMustHold) {
  using std::chrono::seconds;
  store::ParkedEntry entry;
  entry.parked_at = base::WallTime(seconds(100));
  entry.type = "ADT";
  entry.trigger = "A01";
  entry.control_id = "X";
  entry.reason = "answer_code: AR";
  const auto at = [](int second) { return base::WallTime(seconds(second)); };
  EXPECT_TRUE(takes({}, entry));
  EXPECT_TRUE(takes({"", at(100), at(101), "ADT^A01", "X", "AR"}, entry));
  EXPECT_FALSE(takes({"", at(101), {}, "", "", ""}, entry));
  EXPECT_FALSE(takes({"", {}, at(100), "", "", ""}, entry));
  EXPECT_FALSE(takes({"", {}, {}, "ADT^A02", "", ""}, entry));
  EXPECT_FALSE(takes({"", {}, {}, "A01", "", ""}, entry));
  EXPECT_FALSE(takes({"", {}, {}, "", "x", ""}, entry));
  EXPECT_FALSE(takes({"", {}, {}, "", "", "AE"}, entry));
}

}  // namespace
}  // namespace control
