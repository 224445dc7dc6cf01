#include "store/sqlite/sealed_copy.hpp"

#include <array>
#include <string>
#include <utility>

#include "base/try.hpp"

namespace store::sqlite {
namespace {

constexpr std::uint64_t kRowsAtOnce = 256;
constexpr std::uint64_t kBytesAtOnce = base::kMiB;
constexpr std::uint64_t kSurveyRows = 2048;
constexpr int kCheckpointPages = 1000;

constexpr const char* kRows =
    "SELECT seq, lanes, size, place, codec, key_id, id, received_at, listener, peer, tls_identity,"
    " config_revision, type, trigger, version, control_id, sending_application, sending_facility,"
    " patient_key, charset, sha256, answer_code, answer_reason, answer, trace_id, envelope, payload"
    " FROM message WHERE seq > ?1 ORDER BY seq LIMIT ?2";
constexpr const char* kInsert =
    "INSERT INTO message VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,"
    " ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)";

// By what messages are known again: nothing of them can be read in it.
constexpr const char* kKnown =
    "SELECT last_seq, entries FROM known WHERE last_seq > ?1 ORDER BY last_seq LIMIT ?2";

// Of kRows, from 0.
constexpr int kSeq = 0;
constexpr int kPlace = 3;
constexpr int kCodec = 4;
constexpr int kKey = 5;
constexpr int kDigest = 20;
constexpr int kAnswer = 23;
constexpr int kPayload = 26;
constexpr std::array kTexts = {8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 25};
constexpr std::array kNumbers = {0, 2, 3, 7, 11};
constexpr std::array kBlobs = {1, 6, 24};

MessageFacts clear_facts(const Statement& row) {
  MessageFacts facts;
  facts.listener = row.column_text(8);
  facts.peer = row.column_text(9);
  facts.tls_identity = row.column_text(10);
  facts.type = row.column_text(12);
  facts.trigger = row.column_text(13);
  facts.version = row.column_text(14);
  facts.control_id = row.column_text(15);
  facts.sending_application = row.column_text(16);
  facts.sending_facility = row.column_text(17);
  facts.patient_key = row.column_text(18);
  facts.charset = row.column_text(19);
  facts.sha256 = base::as_text(row.column_blob(kDigest));
  facts.answer_code = row.column_text(21);
  facts.answer_reason = row.column_text(22);
  facts.answer = row.column_blob(kAnswer);
  facts.envelope = row.column_text(25);
  return facts;
}

bool is_sealed(const Statement& row) noexcept {
  return row.column_number(kCodec) == static_cast<std::uint8_t>(Codec::kSealed);
}

base::Status<OpenError> remove_old(const Place& to, const std::string& path) {
  for (const char* const end : {"-journal", "-wal", "-shm", ""}) {
    static_cast<void>(TRY(at_open(path, to.disk->remove(path + end))));
  }
  return base::Done{};
}

// The copy's database with all but its messages.
base::Result<Connection, OpenError> make_target(const Place& place, const Place& to,
                                                SegmentNumber number) {
  const std::string path = to.layout.segment_file(number);
  if (number == kKept) {
    KeptTable kept = TRY(KeptTable::open(to));
    for (const GoneSegment& each : TRY(read_gone(place))) {
      static_cast<void>(TRY(at_open(path, kept.name_gone(each))));
    }
  } else {
    const SegmentFacts facts = TRY(facts_of(place, number));
    const auto first = [&facts] { return base::Result<EntryId, OpenError>(facts.first); };
    static_cast<void>(TRY(open_to_append(to, number, first, facts.created_at)));
  }
  Connection connection = TRY(at_open(path, Connection::open(path, to.vfs, OpenMode::kExisting)));
  connection.wait_for_locks();
  static_cast<void>(TRY(at_open(path, set_up_to_write(connection))));
  return connection;
}

}  // namespace

Place rekey_place(const Place& place) {
  return {Layout(place.layout.root() + "/rekey"), place.disk, place.vfs, place.cipher};
}

base::Result<std::unique_ptr<SealedCopy>, OpenError> SealedCopy::begin(const Place& place,
                                                                       SegmentNumber number) {
  const Place to = rekey_place(place);
  const std::string from_path = place.layout.segment_file(number);
  const std::string to_path = to.layout.segment_file(number);
  static_cast<void>(TRY(make_root(to)));
  const std::string folder = to.layout.log_folder();
  static_cast<void>(TRY(at_open(folder, to.disk->make_folder(folder))));
  static_cast<void>(TRY(remove_old(to, to_path)));
  Connection target = TRY(make_target(place, to, number));
  Connection source = TRY(open_to_read(place, number));
  Statement rows = TRY(at_open(from_path, Statement::prepare(source, kRows)));
  Statement insert = TRY(at_open(to_path, Statement::prepare(target, kInsert)));
  std::unique_ptr<SealedCopy> copy(new SealedCopy(
      place, number, std::move(source), std::move(target), std::move(rows), std::move(insert)));
  static_cast<void>(TRY(at_open(to_path, copy->copy_known())));
  return copy;
}

SealedCopy::SealedCopy(Place place, SegmentNumber number, Connection from, Connection to,
                       Statement rows, Statement insert)
    : place_(std::move(place)),
      number_(number),
      from_(std::move(from)),
      to_(std::move(to)),
      wal_(to_),
      rows_(std::move(rows)),
      insert_(std::move(insert)) {}

// As it stands.
Status SealedCopy::copy_known() {
  Statement rows = TRY(Statement::prepare(from_, kKnown));
  Statement insert = TRY(Statement::prepare(to_, "INSERT INTO known VALUES(?1, ?2)"));
  std::uint64_t after = 0;
  for (std::uint64_t count = kSurveyRows; count == kSurveyRows;) {
    const ResetAtEnd reset(rows);
    rows.bind(1, after).bind(2, kSurveyRows);
    static_cast<void>(TRY(to_.run("BEGIN IMMEDIATE")));
    for (count = 0; TRY(rows.step()); ++count) {
      after = rows.column_bits(0);
      static_cast<void>(TRY(insert.bind(1, after).bind(2, rows.column_blob(1)).finish()));
    }
    static_cast<void>(TRY(to_.run("COMMIT")));
    static_cast<void>(TRY(wal_.checkpoint_beyond(to_, kCheckpointPages)));
  }
  return base::Done{};
}

base::Result<bool, StoreError> SealedCopy::step() {
  static_cast<void>(TRY(to_.run("BEGIN IMMEDIATE")));
  bool is_more = false;
  {
    const ResetAtEnd reset(rows_);
    rows_.bind(1, after_.value).bind(2, kRowsAtOnce);
    std::uint64_t copied_bytes = 0;
    while (!is_more && TRY(rows_.step())) {
      static_cast<void>(TRY(copy_row()));
      copied_bytes += rows_.column_blob(kPayload).size();
      is_more = copied_bytes >= kBytesAtOnce;
      after_ = {rows_.column_bits(kSeq)};
      if (is_more) break;
    }
  }
  static_cast<void>(TRY(to_.run("COMMIT")));
  static_cast<void>(TRY(wal_.checkpoint_beyond(to_, kCheckpointPages)));
  if (is_more) return true;
  const std::string sql = "SELECT count(*) FROM (SELECT 1 FROM message WHERE seq > " +
                          std::to_string(after_.value) + " LIMIT 1)";
  return TRY(from_.number(sql.c_str())) != 0;
}

Status SealedCopy::copy_row() {
  const EntryId id{rows_.column_bits(kSeq)};
  for (const int column : kNumbers) insert_.bind(column + 1, rows_.column_number(column));
  for (const int column : kBlobs) insert_.bind(column + 1, rows_.column_blob(column));
  const Status bound = bind_anew(id);
  if (!bound && bound.error().fault != StoreFault::kDamaged) return bound;
  if (!bound) static_cast<void>(TRY(bind_as_it_is()));
  return insert_.finish();
}

Status SealedCopy::bind_anew(EntryId id) {
  const bool was_sealed = is_sealed(rows_);
  const bool is_in_row = rows_.column_number(kPlace) == 0;
  MessageFacts facts = clear_facts(rows_);
  base::ByteView payload = rows_.column_blob(kPayload);
  if (was_sealed) {
    static_cast<void>(
        TRY(open_facts(place_.cipher, id, rows_.column_blob(kAnswer), facts_, facts)));
    if (is_in_row) {
      static_cast<void>(TRY(open_sealed(place_.cipher, payload_place(id), payload, payload_)));
      payload = payload_;
    }
  }
  const RowSealer::Sealed sealed = sealer_.seal(*place_.cipher, id, facts, payload, is_in_row);
  for (const int column : kTexts) insert_.bind(column + 1, std::string_view());
  insert_.bind(kCodec + 1, std::int64_t{static_cast<std::uint8_t>(Codec::kSealed)})
      .bind(kKey + 1, std::int64_t{sealed.key.value})
      .bind(kDigest + 1, base::ByteView())
      .bind(kAnswer + 1, sealed.facts)
      .bind(kPayload + 1, sealed.payload);
  return base::Done{};
}

Status SealedCopy::bind_as_it_is() {
  for (const int column : kTexts) insert_.bind(column + 1, rows_.column_text(column));
  for (const int column : {kDigest, kAnswer, kPayload}) {
    insert_.bind(column + 1, rows_.column_blob(column));
  }
  insert_.bind(kCodec + 1, rows_.column_number(kCodec)).bind(kKey + 1, rows_.column_number(kKey));
  return base::Done{};
}

// Closing the last connection moves what is left of the write-ahead log into the database and
// removes it; told here, as closing tells of no failure.
base::Status<OpenError> SealedCopy::finish(std::unique_ptr<SealedCopy> copy) {
  const Place to = rekey_place(copy->place_);
  const std::string path = to.layout.segment_file(copy->number_);
  static_cast<void>(TRY(at_open(path, copy->wal_.give_room_back(copy->to_))));
  copy.reset();
  const auto left = TRY(at_open(path, to.disk->size_bytes(path + "-wal")));
  if (left && *left > 0) return cannot_open(path, {StoreFault::kIo, 0});
  return base::Done{};
}

base::Result<KeySurvey, OpenError> KeySurvey::begin(const Place& place, SegmentNumber number) {
  const std::string path = place.layout.segment_file(number);
  Connection connection = TRY(open_to_read(place, number));
  Statement rows = TRY(at_open(
      path, Statement::prepare(connection,
                               "SELECT count(*), max(seq), sum(key_id <> ?2) FROM (SELECT seq,"
                               " key_id FROM message WHERE seq > ?1 ORDER BY seq LIMIT ?3)")));
  return KeySurvey(std::move(connection), std::move(rows), place.cipher->current());
}

base::Result<bool, StoreError> KeySurvey::step() {
  const ResetAtEnd reset(rows_);
  rows_.bind(1, after_.value).bind(2, std::int64_t{key_.value}).bind(3, kSurveyRows);
  if (!TRY(rows_.step())) return false;
  after_ = {rows_.column_bits(1)};
  has_found_ = rows_.column_bits(2) > 0;
  return !has_found_ && rows_.column_bits(0) == kSurveyRows;
}

// The order matters: what is left in the old write-ahead log goes into the old file, then that
// log's name goes, durably, and only then does the new file take the old one's. A log that came
// back after a power cut would write old pages into the new file.
Status take_place(const Place& place, SegmentNumber number) {
  const std::string path = place.layout.segment_file(number);
  const std::string folder = place.layout.log_folder();
  Disk& disk = *place.disk;
  {
    Connection old = TRY(Connection::open(path, place.vfs, OpenMode::kExisting));
    old.wait_for_locks();
    static_cast<void>(TRY(old.run("PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0")));
    static_cast<void>(TRY(old.number("SELECT count(*) FROM sqlite_schema")));
    const int code = sqlite3_wal_checkpoint_v2(old.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                               nullptr, nullptr);
    if (code != SQLITE_OK) return base::fail(old.error(code));
  }
  static_cast<void>(TRY(disk.remove(path + "-wal")));
  static_cast<void>(TRY(disk.remove(path + "-shm")));
  static_cast<void>(TRY(disk.sync_folder(folder)));
  static_cast<void>(TRY(disk.rename(rekey_place(place).layout.segment_file(number), path)));
  return disk.sync_folder(folder);
}

}  // namespace store::sqlite
