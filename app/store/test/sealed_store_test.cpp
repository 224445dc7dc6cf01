// A store with a key: nothing of a message is in any file, all is found as without one, and a
// key that is missing or wrong is told at the start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sqlite3.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "store/sqlite/sqlite_outbox.hpp"
#include "store/sqlite/store_check.hpp"
#include "store/test_support/keys.hpp"
#include "store/test_support/outbox_fixture.hpp"
#include "store/test_support/temporary_folder.hpp"
#include "telemetry/log.hpp"
#include "test_support/manual_clock.hpp"

namespace store {
namespace {

using namespace std::chrono_literals;
using store::test_support::cipher_of;
using store::test_support::Desk;
using store::test_support::kKeyOne;
using store::test_support::kKeyOneName;
using store::test_support::kKeyTwo;
using store::test_support::text_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace fs = std::filesystem;

constexpr std::size_t kLarge = 300'000;  // in a file of its own

// Every text of a message is a canary with a number of its own.
std::string canary(int number) { return "QxCanary" + std::to_string(number) + "q"; }

struct Text {
  std::string payload;
  std::vector<std::string> facts;
};

std::shared_ptr<Text> make_text(const std::string& payload) {
  auto text = std::make_shared<Text>();
  text->payload = payload;
  for (int number = 0; number < 16; ++number) text->facts.push_back(canary(number));
  text->facts[15] = std::string(32, 'h');
  return text;
}

MessageFacts facts_of(const Text& text, int id) {
  const auto& all = text.facts;
  MessageFacts facts;
  facts.id.octets[15] = static_cast<std::uint8_t>(id);
  facts.received_at = base::WallTime(std::chrono::seconds(1'775'217'600));
  facts.listener = all[0];
  facts.peer = all[1];
  facts.tls_identity = all[2];
  facts.type = all[3];
  facts.trigger = all[4];
  facts.version = all[5];
  facts.control_id = all[6];
  facts.sending_application = all[7];
  facts.sending_facility = all[8];
  facts.patient_key = all[9];
  facts.charset = all[10];
  facts.answer_code = "AA";
  facts.answer_reason = all[11];
  facts.answer = base::as_bytes(all[12]);
  facts.envelope = all[13];
  facts.sha256 = all[15];
  return facts;
}

Rejected refused() {
  Rejected rejected;
  rejected.received_at = base::WallTime(std::chrono::seconds(1'775'217'601));
  rejected.listener = canary(20);
  rejected.peer = canary(21);
  rejected.tls_identity = canary(22);
  rejected.type = canary(3);
  rejected.trigger = canary(24);
  rejected.version = canary(25);
  rejected.control_id = canary(26);
  rejected.sending_application = canary(27);
  rejected.sending_facility = canary(28);
  rejected.patient_key = canary(29);
  rejected.charset = canary(30);
  rejected.answer_code = "AR";
  rejected.outcome = "rule_failed";
  rejected.reason = canary(31);
  rejected.answer = canary(32);
  rejected.size_bytes = 9;
  const std::string text = canary(33);
  const base::ByteView octets = base::as_bytes(text);
  rejected.message.assign(octets.begin(), octets.end());
  return rejected;
}

class SealedStoreTest : public testing::Test {
 protected:
  SealedStoreTest() {
    telemetry::start_log(telemetry::Level::kOff, telemetry::LogFormat::kText);
    archive_options_.search_wait = 60s;
    archive_options_.look_every = 5ms;
  }

  ~SealedStoreTest() override { shut(); }

  [[nodiscard]] std::string data_dir() const { return folder_.path() + "/data"; }

  base::Result<SqliteStore, OpenError> try_open(std::shared_ptr<PayloadCipher> cipher) {
    SqliteOptions options;
    options.data_dir = data_dir();
    options.clock = &clock_;
    options.cipher = std::move(cipher);
    options.segment_bytes = 64 * base::kKiB;
    options.retry_every = 5ms;
    return open_sqlite_store(std::move(options), archive_options_);
  }

  void open(std::shared_ptr<PayloadCipher> cipher) {
    shut();
    store_ = try_open(std::move(cipher)).value();
    desk_ = std::make_unique<Desk>(*store_.outbox);
    lab_ = desk_->connector("lab");
  }

  void shut() {
    if (store_.archive) store_.archive->close();
    store_.archive.reset();
    store_.outbox.reset();
  }

  EntryId put(const std::string& payload) {
    const auto text = make_text(payload);
    auto append = std::make_unique<Append>();
    const MessageFacts facts = facts_of(*text, ++put_count_);
    Draft draft;
    draft.facts = facts;
    draft.payload = base::as_bytes(text->payload);
    draft.lanes = {{lab_}};
    append->drafts.push_back(std::move(draft));
    append->sink = &desk_->sink();
    append->keep_alive = text;
    std::vector<std::unique_ptr<Append>> batch;
    batch.push_back(std::move(append));
    store_.outbox->append(std::move(batch));
    const auto back = desk_->sink().take(1);
    return back.front()->outcome.value();
  }

  // Messages in rows and in files, refused ones, dead letters with words, and what was discarded.
  void fill() {
    put(canary(40));
    put(canary(41) + std::string(kLarge, 'L'));
    for (int count = 0; count < 12; ++count) put(canary(42) + std::string(8000, 'm'));
    put(canary(43));
    put(canary(44));
    store_.archive->keep(refused());
    const auto claims = desk_->claim(lab_, 4);
    ASSERT_THAT(claims, SizeIs(4));
    settle(claims[0], Parked{canary(50), canary(51)});
    settle(claims[1], Retry{clock_.wall_now() + 1h, canary(52), canary(53)});
    settle(claims[2], Parked{canary(54), canary(55)});
    settle(claims[3], Delivered{});
    ASSERT_TRUE(store_.outbox->discard(lab_, claims[2].id, {canary(56), {}}).value());
    ASSERT_TRUE(eventually([&] { return rows_of("discarded") == 1; }));
    ASSERT_THAT(found({}), SizeIs(17)) << "all is in the index";
  }

  void settle(const Claim& claim, Verdict verdict) {
    desk_->settle(lab_, claim.id, std::move(verdict));
  }

  std::vector<std::string> found(const Search& search) {
    std::vector<std::string> keys;
    const auto page = store_.archive->search(search, {}, 100);
    if (!page) return {std::string(to_string(page.error().fault))};
    for (const Found& each : page->found) keys.push_back(to_string(each.key));
    return keys;
  }

  [[nodiscard]] std::int64_t rows_of(const std::string& table) const {
    return number("lanes.db", "SELECT count(*) FROM " + table);
  }

  [[nodiscard]] std::int64_t number(const std::string& file, const std::string& sql) const {
    sqlite3* handle = nullptr;
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_open((data_dir() + "/" + file).c_str(), &handle), SQLITE_OK);
    sqlite3_busy_timeout(handle, 2000);
    EXPECT_EQ(sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr), SQLITE_OK) << sql;
    const bool has_row = sqlite3_step(statement) == SQLITE_ROW;
    const std::int64_t found = has_row ? sqlite3_column_int64(statement, 0) : -1;
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return found;
  }

  // Files below a folder in which a text stands.
  static std::vector<std::string> files_with(const std::string& folder, const std::string& text) {
    std::vector<std::string> names;
    for (const auto& each : fs::recursive_directory_iterator(folder)) {
      if (!each.is_regular_file()) continue;
      std::ifstream file(each.path(), std::ios::binary);
      const std::string octets((std::istreambuf_iterator<char>(file)), {});
      if (octets.find(text) != std::string::npos) names.push_back(each.path().filename().string());
    }
    return names;
  }

  static bool eventually(const std::function<bool()>& holds) {
    for (int round = 0; round < 3000; ++round) {
      if (holds()) return true;
      static_cast<void>(::poll(nullptr, 0, 10));
    }
    return false;
  }

  std::string back_up() {
    const std::string folder = folder_.path() + "/backup";
    Care& care = store_.archive->care();
    EXPECT_TRUE(care.begin_backup(folder));
    EXPECT_TRUE(eventually([&] { return care.backup_state().phase != BackupPhase::kRunning; }));
    EXPECT_EQ(care.backup_state().error, "");
    return folder;
  }

  [[nodiscard]] CheckReport check(std::shared_ptr<PayloadCipher> cipher) const {
    CheckOptions options;
    options.data_dir = data_dir();
    options.cipher = std::move(cipher);
    options.sha256 = [](base::ByteView) { return std::string(32, 'h'); };
    return check_store(options).value();
  }

  ::test_support::ManualClock clock_;
  test_support::TemporaryFolder folder_;
  ArchiveOptions archive_options_;
  SqliteStore store_;
  std::unique_ptr<Desk> desk_;
  ConnectorId lab_;
  int put_count_ = 0;
};

TEST_F(SealedStoreTest, NoFileHoldsAnythingOfAMessage) {
  open(cipher_of({kKeyOne}));
  fill();
  EXPECT_THAT(files_with(data_dir(), "QxCanary"), IsEmpty()) << "with write-ahead logs";
  const std::string backup = back_up();
  EXPECT_THAT(files_with(backup, "QxCanary"), IsEmpty());
  shut();
  EXPECT_THAT(files_with(data_dir(), "QxCanary"), IsEmpty()) << "after the end";
}

// The test above can fail: without a key the same is found in every kind of file.
TEST_F(SealedStoreTest, WithoutAKeyItIsThere) {
  open(nullptr);
  fill();
  shut();
  const auto files = files_with(data_dir(), "QxCanary");
  for (const char* const name : {"00000001.db", "lanes.db", "rejected.db"}) {
    EXPECT_THAT(files, testing::Contains(name));
  }
  EXPECT_THAT(files_with(data_dir() + "/payload", canary(41)), SizeIs(1));
  EXPECT_THAT(files_with(data_dir() + "/index", canary(6)), SizeIs(testing::Gt(0u)));
}

TEST_F(SealedStoreTest, AllIsFoundAsWithoutAKey) {
  open(cipher_of({kKeyOne}));
  fill();
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(found({.control_id = canary(6)}), SizeIs(16));
    EXPECT_THAT(found({.patient = canary(9)}), SizeIs(16));
    EXPECT_THAT(found({.type = canary(3)}), SizeIs(17)) << "the refused one is of that type";
    EXPECT_THAT(found({.type = canary(3) + "^" + canary(4)}), SizeIs(16));
    EXPECT_THAT(found({.sender = canary(7) + "|" + canary(8)}), SizeIs(16));
    EXPECT_THAT(found({.sender = canary(7) + "|x"}), IsEmpty());
    EXPECT_THAT(found({.control_id = canary(26)}), ElementsAre("r1"));
    EXPECT_THAT(found({.patient = canary(29)}), ElementsAre("r1"));
    EXPECT_THAT(found({.control_id = "QxCanary"}), IsEmpty());
    const auto record = store_.archive->record({2, false}).value();
    ASSERT_TRUE(record);
    EXPECT_EQ(record->found.control_id, canary(6));
    EXPECT_EQ(record->found.patient_key, canary(9));
    EXPECT_EQ(record->peer, canary(1));
    EXPECT_EQ(record->answer, canary(12));
    EXPECT_EQ(record->envelope, canary(13));
    const auto rejected = store_.archive->record({1, true}).value();
    ASSERT_TRUE(rejected);
    EXPECT_EQ(rejected->answer_reason, canary(31));
    EXPECT_EQ(rejected->answer, canary(32));
    EXPECT_EQ(rejected->peer, canary(21));
    EXPECT_EQ(rejected->found.trigger, canary(24));
    EXPECT_EQ(base::as_text(rejected->rejected_message), canary(33));
    EXPECT_EQ(base::as_text(store_.outbox->message({1}).value()->message), canary(40));
    EXPECT_EQ(store_.outbox->message({2}).value()->message.size(), canary(41).size() + kLarge);
    const auto parked = store_.outbox->parked(lab_, {}, 10).value();
    ASSERT_THAT(parked, SizeIs(1));
    EXPECT_EQ(parked[0].reason, canary(50));
    EXPECT_EQ(parked[0].words, canary(51));
    EXPECT_EQ(parked[0].control_id, canary(6));
    const auto attempts = store_.outbox->attempts(lab_, {2}).value();
    ASSERT_THAT(attempts, SizeIs(1));
    EXPECT_EQ(attempts[0].reason, canary(52));
    EXPECT_EQ(attempts[0].words, canary(53));
    const auto discarded = store_.outbox->discarded(lab_, {}, 10).value();
    ASSERT_THAT(discarded, SizeIs(1));
    EXPECT_EQ(discarded[0].failure, canary(54));
    EXPECT_EQ(discarded[0].reason, canary(56));
    open(cipher_of({kKeyOne}));
  }
  EXPECT_EQ(check(cipher_of({kKeyOne})).finding_count, 0u);
  EXPECT_EQ(check(cipher_of({kKeyOne})).message_count, 16u);
}

TEST_F(SealedStoreTest, AKeyThatIsMissingOrWrongIsTold) {
  open(cipher_of({kKeyOne}));
  put(canary(40));
  shut();
  const auto without = try_open(nullptr);
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().fault, OpenFault::kNoKey);
  EXPECT_THAT(to_string(without.error()),
              HasSubstr("encrypted with the key " + std::string(kKeyOneName) +
                        ", and neither ENCRYPTION_KEY_FILE nor ENCRYPTION_KEY is set"));
  const auto wrong = try_open(cipher_of({kKeyTwo}));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().fault, OpenFault::kWrongKey);
  EXPECT_THAT(to_string(wrong.error()),
              HasSubstr("the key " + std::string(kKeyOneName) + ", which is not among those"));
  CheckOptions options;
  options.data_dir = data_dir();
  EXPECT_EQ(check_store(options).error().fault, OpenFault::kNoKey);
  EXPECT_TRUE(try_open(cipher_of({kKeyTwo, kKeyOne}))) << "the newest first, the older behind it";
  EXPECT_FALSE(try_open(cipher_of({kKeyTwo}))) << "nothing is under the new one alone";
}

TEST_F(SealedStoreTest, AStoreThatWasBegunInClearGoesOnWithAKey) {
  open(nullptr);
  fill();
  open(cipher_of({kKeyOne}));
  const EntryId sealed = put("QxSealed");
  store_.archive->keep(refused());
  EXPECT_THAT(found({.control_id = canary(6)}), SizeIs(17));
  EXPECT_THAT(found({.control_id = canary(26)}), ElementsAre("r2", "r1"));
  EXPECT_EQ(base::as_text(store_.outbox->message({1}).value()->message), canary(40));
  EXPECT_EQ(base::as_text(store_.outbox->message(sealed).value()->message), "QxSealed");
  EXPECT_EQ(store_.outbox->parked(lab_, {}, 10).value()[0].words, canary(51));
  EXPECT_EQ(store_.outbox->discarded(lab_, {}, 10).value()[0].reason, canary(56));
  shut();
  EXPECT_THAT(files_with(data_dir(), "QxSealed"), IsEmpty());
  EXPECT_FALSE(try_open(nullptr)) << "from now on it needs the key";
}

TEST_F(SealedStoreTest, NewKeysAndOldOnesAreReadTogether) {
  open(cipher_of({kKeyOne}));
  put(canary(40));
  EXPECT_THAT(found({.control_id = canary(6)}), SizeIs(1));
  store_.archive->keep(refused());
  open(cipher_of({kKeyTwo, kKeyOne}));
  put(canary(41));
  store_.archive->keep(refused());
  EXPECT_THAT(found({.control_id = canary(6)}), SizeIs(2));
  EXPECT_THAT(found({.patient = canary(29)}), ElementsAre("r2", "r1"));
  std::vector<std::string> texts;
  for (const Claim& claim : desk_->claim(lab_)) texts.push_back(text_of(claim));
  EXPECT_THAT(texts, ElementsAre(canary(40), canary(41)));
}

// Whoever can write to the disk cannot exchange one message for another.
TEST_F(SealedStoreTest, ARowThatWasExchangedForAnotherIsFound) {
  open(cipher_of({kKeyOne}));
  put(canary(40));
  put(canary(41));
  put(canary(42));
  shut();
  EXPECT_EQ(number("log/00000001.db",
                   "UPDATE message SET payload = (SELECT payload FROM message WHERE seq = 1),"
                   " size = (SELECT size FROM message WHERE seq = 1) WHERE seq = 2 RETURNING seq"),
            2);
  EXPECT_EQ(number("log/00000001.db",
                   "UPDATE message SET answer = (SELECT answer FROM message WHERE seq = 1)"
                   " WHERE seq = 3 RETURNING seq"),
            3);
  EXPECT_EQ(check(cipher_of({kKeyOne})).finding_count, 2u);
  open(cipher_of({kKeyOne}));
  std::vector<std::string> texts;
  while (true) {
    const auto claims = desk_->claim(lab_);
    const bool is_lost = store_.outbox->status(lab_).waiting_count > 0;
    if (claims.empty() && !is_lost) break;
    for (const Claim& claim : claims) {
      texts.push_back(text_of(claim));
      settle(claim, Delivered{});
    }
  }
  EXPECT_THAT(texts, ElementsAre(canary(40))) << "the others are dead letters";
  EXPECT_EQ(store_.outbox->status(lab_).parked_count, 2u);
  EXPECT_THAT(found({}), SizeIs(3)) << "and nothing stands still";
}

TEST_F(SealedStoreTest, ABackupIsOpenedWithItsKey) {
  open(cipher_of({kKeyOne}));
  fill();
  const std::string backup = back_up();
  shut();
  fs::remove_all(data_dir());
  fs::copy(backup, data_dir(), fs::copy_options::recursive);
  EXPECT_EQ(try_open(nullptr).error().fault, OpenFault::kNoKey);
  open(cipher_of({kKeyOne}));
  EXPECT_THAT(found({.patient = canary(9)}), SizeIs(16));
  EXPECT_EQ(store_.outbox->parked(lab_, {}, 10).value()[0].words, canary(51));
}

// ── Another key ─────────────────────────────────────────────────────────────

class RekeyTest : public SealedStoreTest {
 protected:
  RekeyTest() {
    archive_options_.load_keys = [this]() -> base::Result<EncryptionKeys, std::string> {
      return EncryptionKeys::parse(key_file_);
    };
  }

  // The sentence with which it ended; "" where it is done.
  std::string rekey(const std::string& key_file) {
    key_file_ = key_file;
    Care& care = store_.archive->care();
    if (const auto begun = care.begin_rekey(); !begun) return begun.error();
    EXPECT_TRUE(eventually([&] { return care.rekey_state().phase != RekeyPhase::kRunning; }));
    return care.rekey_state().error;
  }

  // All that fill() has put there.
  void expect_all() {
    EXPECT_THAT(found({.control_id = canary(6)}), SizeIs(16));
    EXPECT_THAT(found({.patient = canary(29)}), ElementsAre("r1"));
    EXPECT_EQ(base::as_text(store_.archive->record({1, true}).value()->rejected_message),
              canary(33));
    EXPECT_EQ(base::as_text(store_.outbox->message({1}).value()->message), canary(40));
    EXPECT_EQ(store_.outbox->message({2}).value()->message.size(), canary(41).size() + kLarge);
    EXPECT_EQ(store_.outbox->parked(lab_, {}, 10).value()[0].words, canary(51));
    EXPECT_EQ(store_.outbox->attempts(lab_, {2}).value()[0].words, canary(53));
    EXPECT_EQ(store_.outbox->discarded(lab_, {}, 10).value()[0].reason, canary(56));
  }

  // Whether any file holds what was sealed with a key: its id stands before each nonce.
  [[nodiscard]] std::vector<std::string> files_under(const char* key) const {
    const KeyId id = EncryptionKeys::parse(key)->current().id();
    std::string mark(1, '\x01');
    for (unsigned shift = 32; shift > 0;) {
      shift -= 8;
      mark += static_cast<char>(id.value >> shift & 0xFFU);
    }
    return files_with(data_dir(), mark);
  }

  std::string key_file_;
};

const std::string kBoth = std::string(kKeyTwo) + "\n" + kKeyOne;

TEST_F(RekeyTest, NothingIsUnderTheOldKeyAndAllIsThere) {
  open(cipher_of({kKeyOne}));
  fill();
  EXPECT_THAT(files_under(kKeyOne), testing::Not(IsEmpty()));
  EXPECT_EQ(rekey(kBoth), "");
  EXPECT_GE(store_.archive->care().rekey_state().copied_count, 2u);
  expect_all();
  EXPECT_THAT(files_under(kKeyOne), IsEmpty()) << "with write-ahead logs";
  open(cipher_of({kKeyTwo}));
  expect_all();
  EXPECT_THAT(files_under(kKeyOne), IsEmpty());
  EXPECT_EQ(check(cipher_of({kKeyTwo})).finding_count, 0u);
  EXPECT_EQ(rekey(kKeyTwo), "");
  EXPECT_EQ(store_.archive->care().rekey_state().copied_count, 0u) << "there is nothing to do";
}

TEST_F(RekeyTest, SealsWhatWasThereInClear) {
  open(nullptr);
  fill();
  EXPECT_THAT(rekey(kKeyOne), HasSubstr("the server has no key"));
  open(cipher_of({kKeyOne}));
  EXPECT_EQ(rekey(kKeyOne), "");
  expect_all();
  EXPECT_THAT(files_with(data_dir(), "QxCanary"), IsEmpty());
  shut();
  EXPECT_THAT(files_with(data_dir(), "QxCanary"), IsEmpty());
}

TEST_F(RekeyTest, SealsWhatIsKeptOfSegmentsThatAreGone) {
  archive_options_.retain = 1h;
  open(cipher_of({kKeyOne}));
  fill();
  clock_.advance(2h);  // the retry is due
  for (const Claim& claim : desk_->claim(lab_)) {
    const bool is_letter = claim.id.value == 2 || claim.id.value == 5;
    if (is_letter) settle(claim, Parked{canary(52), canary(53)});
    if (!is_letter) settle(claim, Delivered{});
  }
  put("QxLast");
  ASSERT_TRUE(eventually([&] { return store_.archive->care().stats()->gone_count > 0; }));
  ASSERT_EQ(store_.archive->care().stats()->kept_count, 1u);
  EXPECT_EQ(rekey(kBoth), "");
  EXPECT_THAT(files_under(kKeyOne), IsEmpty());
  EXPECT_GE(store_.archive->care().stats()->kept_count, 1u) << "another segment may have gone";
  open(cipher_of({kKeyTwo}));
  EXPECT_EQ(base::as_text(store_.outbox->message({1}).value()->message), canary(40));
  EXPECT_EQ(base::as_text(store_.outbox->message({5}).value()->message),
            canary(42) + std::string(8000, 'm'));
  EXPECT_EQ(store_.outbox->message({2}).value()->message.size(), canary(41).size() + kLarge);
}

TEST_F(RekeyTest, LanesAndSearchesGoOnMeanwhile) {
  open(cipher_of({kKeyOne}));
  fill();
  key_file_ = kBoth;
  ASSERT_TRUE(store_.archive->care().begin_rekey());
  int count = 0;
  while (store_.archive->care().rekey_state().phase == RekeyPhase::kRunning) {
    put("QxMore" + std::to_string(count++));
    for (const Claim& claim : desk_->claim(lab_, 5)) settle(claim, Delivered{});
    EXPECT_TRUE(store_.outbox->message({1}).value());
  }
  EXPECT_EQ(store_.archive->care().rekey_state().error, "");
  EXPECT_THAT(files_under(kKeyOne), IsEmpty());
  EXPECT_GE(store_.outbox->last().value, 16u + static_cast<std::uint64_t>(count));
}

TEST_F(RekeyTest, AKeyThatIsStillNeededMustBeThere) {
  open(cipher_of({kKeyOne}));
  fill();
  EXPECT_THAT(rekey(kKeyTwo),
              HasSubstr("the store still needs the key " + std::string(kKeyOneName)));
  EXPECT_THAT(rekey("hunter2"), HasSubstr("line 1"));
  expect_all();
  open(cipher_of({kKeyOne}));
  expect_all();
}

TEST_F(RekeyTest, ABackupBehindItHoldsNothingUnderTheOldKey) {
  open(cipher_of({kKeyOne}));
  fill();
  const std::string backup = back_up();
  EXPECT_EQ(rekey(kBoth), "");
  static_cast<void>(back_up());
  shut();
  fs::remove_all(data_dir());
  fs::copy(backup, data_dir(), fs::copy_options::recursive);
  EXPECT_THAT(files_under(kKeyOne), IsEmpty());
  open(cipher_of({kKeyTwo}));
  expect_all();
}

}  // namespace
}  // namespace store
