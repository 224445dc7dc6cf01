// Each look and decision is recorded first, and neither shown nor done where that fails.
#include "control/audited_operations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/test/scratch_folder.hpp"
#include "control/control_client.hpp"
#include "control/control_server.hpp"
#include "control/store_operations.hpp"
#include "store/memory_outbox.hpp"

namespace control {
namespace {

using store::EntryId;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kMessage = "MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5\rPID|1||4711\r";

// Keeps what it is told, or says why it cannot.
class PaperJournal final : public audit::Journal {
 public:
  std::vector<std::string> records;
  bool fails = false;

  void attempts(std::span<const audit::AttemptMade>) override {}

  base::Result<std::uint64_t, std::string> record_now(audit::RecordText record) override {
    if (fails) return base::fail(std::string("the audit trail cannot be written (full)"));
    records.push_back(std::move(record).take());
    return std::uint64_t{records.size()};
  }
};

class NoSink final : public store::AppendSink {
 public:
  void appended(std::vector<std::unique_ptr<store::Append>> batch) override {
    last_id = batch.front()->outcome.value();
  }

  EntryId last_id;
};

class AuditedTest : public testing::Test {
 protected:
  AuditedTest() : outbox_(store::make_memory_outbox(clock_, {})) {
    lanes_.views = [] { return std::vector<LaneView>(); };
    lanes_.resume = [](const std::string& name) { return name == "lab"; };
    direct_ = std::make_unique<StoreOperations>(*outbox_, nullptr, clock_, lanes_);
    audited_ = std::make_unique<AuditedOperations>(*direct_, journal_, clock_);
    audited_->called_by(own_caller());
    lab_ = outbox_->connector_id("lab").value();
  }

  ~AuditedTest() override { outbox_->close(); }

  EntryId park() {
    auto append = std::make_unique<store::Append>();
    store::Draft& draft = append->drafts.emplace_back();
    draft.facts.control_id = "C1";
    draft.payload = base::as_bytes(kMessage);
    draft.lanes = {{lab_, 7}};
    append->sink = &sink_;
    std::vector<std::unique_ptr<store::Append>> batch;
    batch.push_back(std::move(append));
    outbox_->append(std::move(batch));
    EXPECT_EQ(outbox_->claim({lab_, 0, 1}, 1).value().size(), 1U);
    outbox_->settle(lab_, {{sink_.last_id, store::Parked{"answer_code: AR", "words"}}});
    return sink_.last_id;
  }

  std::uint64_t parked_count() { return outbox_->status(lab_).parked_count; }

  const base::Clock& clock_ = base::Clock::system();
  NoSink sink_;
  Lanes lanes_;
  std::unique_ptr<store::Outbox> outbox_;
  PaperJournal journal_;
  std::unique_ptr<StoreOperations> direct_;
  std::unique_ptr<AuditedOperations> audited_;
  store::ConnectorId lab_;
};

TEST_F(AuditedTest, LooksSayWhatWasShownAndToWhom) {
  const EntryId id = park();
  ASSERT_TRUE(audited_->letters({}, std::nullopt, 10));
  ASSERT_TRUE(audited_->message(id));
  ASSERT_TRUE(audited_->record({id.value, false}));
  store::Search search;
  search.control_id = "C1";
  ASSERT_TRUE(audited_->search(search, std::nullopt, 10));
  EXPECT_THAT(journal_.records,
              ElementsAre(HasSubstr("\"what\":\"letters\""), HasSubstr("\"what\":\"message\""),
                          HasSubstr("\"what\":\"record\""),
                          AllOf(HasSubstr("\"conditions\":[\"control_id\"]"),
                                HasSubstr("\"messages\":[\"1\"]"), Not(HasSubstr("C1")))));
  const std::string who = "\"by\":\"command\",\"uid\":" + std::to_string(::getuid()) +
                          ",\"pid\":" + std::to_string(::getpid());
  for (const std::string& record : journal_.records) EXPECT_THAT(record, HasSubstr(who));
}

TEST_F(AuditedTest, WhatShowsNothingOfPatientsLeavesNoRecord) {
  ASSERT_TRUE(audited_->queues());
  ASSERT_TRUE(audited_->discarded("lab", {}, 10));
  ASSERT_TRUE(audited_->letters({}, std::nullopt, 10)) << "there is none";
  ASSERT_FALSE(audited_->message({99}).value());
  EXPECT_THAT(journal_.records, IsEmpty());
}

TEST_F(AuditedTest, ADecisionStandsBeforeWhatCameOfIt) {
  const EntryId id = park();
  EXPECT_EQ(audited_->replay("lab", {id, {99}}).value(), 1U);
  EXPECT_FALSE(audited_->discard("lab", {id}, ""));
  ASSERT_TRUE(audited_->resume("lab"));
  EXPECT_FALSE(audited_->resume("lap"));
  EXPECT_THAT(journal_.records,
              ElementsAre(HasSubstr("\"connector\":\"lab\",\"letters\":[\"1\",\"99\"]"),
                          HasSubstr("\"kind\":\"outcome\",\"of\":1,\"done\":1"),
                          HasSubstr("\"what\":\"discard\""), HasSubstr("\"of\":3,\"failed\":true"),
                          HasSubstr("\"what\":\"resume\""), HasSubstr("\"connector\":\"lap\""),
                          HasSubstr("\"of\":6,\"failed\":true")));
}

TEST_F(AuditedTest, WhatWasGivenUpIsTold) {
  const EntryId id = park();
  EXPECT_EQ(audited_->give_up("lab", "moved away").value().letters.size(), 1U);
  EXPECT_FALSE(audited_->give_up("lap", "moved away"));
  EXPECT_THAT(
      journal_.records,
      ElementsAre(AllOf(HasSubstr("\"what\":\"give_up\""), HasSubstr("\"connector\":\"lab\"")),
                  AllOf(HasSubstr("\"of\":1,\"done\":1"),
                        HasSubstr("\"letters\":[\"" + std::to_string(id.value) + "\"]")),
                  HasSubstr("\"what\":\"give_up\""), HasSubstr("\"of\":3,\"failed\":true")));
  journal_.fails = true;
  EXPECT_THAT(audited_->give_up("lab", "x").error(), HasSubstr("so nothing was done"));
}

TEST_F(AuditedTest, AnEditTellsItsNewVersion) {
  const EntryId id = park();
  const EntryId stored = audited_->edit({"lab", id}, base::as_bytes(kMessage)).value();
  EXPECT_THAT(journal_.records,
              ElementsAre(HasSubstr("\"what\":\"edit\""),
                          HasSubstr("\"of\":1,\"replaced_by\":" + std::to_string(stored.value))));
}

TEST_F(AuditedTest, ABackupIsADecision) {
  EXPECT_FALSE(audited_->begin_backup("/copy")) << "there is none of a store in memory";
  EXPECT_THAT(journal_.records, ElementsAre(AllOf(HasSubstr("\"kind\":\"decision\""),
                                                  HasSubstr("\"what\":\"backup\""),
                                                  HasSubstr("\"folder\":\"/copy\"")),
                                            HasSubstr("\"of\":1,\"failed\":true")));
  journal_.fails = true;
  EXPECT_THAT(audited_->begin_backup("/copy").error(), HasSubstr("so nothing was done"));
}

TEST_F(AuditedTest, ARekeyIsADecision) {
  EXPECT_FALSE(audited_->begin_rekey()) << "there is nothing of a store in memory";
  EXPECT_THAT(journal_.records, ElementsAre(AllOf(HasSubstr("\"kind\":\"decision\""),
                                                  HasSubstr("\"what\":\"rekey\"")),
                                            HasSubstr("\"of\":1,\"failed\":true")));
  journal_.fails = true;
  EXPECT_THAT(audited_->begin_rekey().error(), HasSubstr("so nothing was done"));
}

TEST_F(AuditedTest, WhatCannotBeRecordedIsNeitherShownNorDone) {
  const EntryId id = park();
  journal_.fails = true;
  const auto shown = audited_->message(id);
  ASSERT_FALSE(shown);
  EXPECT_THAT(shown.error(), HasSubstr("(full), so nothing is shown"));
  EXPECT_FALSE(audited_->letters({}, std::nullopt, 10));
  EXPECT_FALSE(audited_->record({id.value, false}));
  EXPECT_FALSE(audited_->search({}, std::nullopt, 10));
  const auto done = audited_->discard("lab", {id}, "a reason");
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error(), HasSubstr("so nothing was done"));
  EXPECT_FALSE(audited_->replay("lab", {id}));
  EXPECT_FALSE(audited_->edit({"lab", id}, base::as_bytes(kMessage)));
  EXPECT_FALSE(audited_->resume("lab"));
  EXPECT_EQ(parked_count(), 1U);
}

TEST_F(AuditedTest, ByTheSocketItIsTheSocketsPeer) {
  const EntryId id = park();
  const cli::ScratchFolder folder;
  const auto server = ControlServer::open(folder.path(), *audited_, clock_).value();
  const auto client = ControlClient::find(folder.path(), clock_);
  ASSERT_TRUE(client->message(id));
  EXPECT_THAT(
      journal_.records,
      ElementsAre(HasSubstr("\"by\":\"control.sock\",\"uid\":" + std::to_string(::getuid()) +
                            ",\"pid\":" + std::to_string(::getpid()))));
}

}  // namespace
}  // namespace control
