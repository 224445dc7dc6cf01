#include "store/sqlite/log_writer.hpp"

#include <utility>

#include "base/check.hpp"
#include "base/try.hpp"
#include "store/sqlite/lanes_blob.hpp"
#include "store/sqlite/wal_extent.hpp"

namespace store::sqlite {
namespace {

constexpr std::uint64_t kRowOverheadBytes = 256;  // facts, sums and page heads, about

constexpr const char* kInsert = R"sql(
INSERT INTO message(seq, lanes, size, place, codec, key_id, id, received_at, listener, peer,
  tls_identity, config_revision, type, trigger, version, control_id, sending_application,
  sending_facility, patient_key, charset, sha256, answer_code, answer_reason, answer, trace_id,
  envelope, payload)
VALUES(?1, ?2, ?3, ?4, 0, 0, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
  ?20, ?21, ?22, ?23, ?24, ?25)
)sql";

constexpr const char* kInsertKnown = "INSERT INTO known(last_seq, entries) VALUES(?1, ?2)";
// See sealed_row.hpp.
constexpr const char* kInsertSealed = R"sql(
INSERT INTO message(seq, lanes, size, place, codec, key_id, id, received_at, listener, peer,
  tls_identity, config_revision, type, trigger, version, control_id, sending_application,
  sending_facility, patient_key, charset, sha256, answer_code, answer_reason, answer, trace_id,
  envelope, payload)
VALUES(?1, ?2, ?3, ?4, 1, ?7, ?5, ?6, '', '', '', ?10, '', '', '', '', '', '', '', '', x'', '',
  '', ?8, ?23, '', ?9)
)sql";

base::ByteView octets_of(const base::Uuid& id) { return std::as_bytes(std::span(id.octets)); }

void bind_head(Statement& insert, const MessageFacts& facts) {
  insert.bind(5, octets_of(facts.id))
      .bind(6, std::int64_t{facts.received_at.time_since_epoch().count()})
      .bind(10, facts.config_revision)
      .bind(23, base::as_bytes(facts.trace_id));
}

void bind_clear(Statement& insert, const MessageFacts& facts, base::ByteView payload) {
  insert.bind(7, facts.listener)
      .bind(8, facts.peer)
      .bind(9, facts.tls_identity)
      .bind(11, facts.type)
      .bind(12, facts.trigger)
      .bind(13, facts.version)
      .bind(14, facts.control_id)
      .bind(15, facts.sending_application)
      .bind(16, facts.sending_facility)
      .bind(17, facts.patient_key)
      .bind(18, facts.charset)
      .bind(19, base::as_bytes(facts.sha256))
      .bind(20, facts.answer_code)
      .bind(21, facts.answer_reason)
      .bind(22, facts.answer)
      .bind(24, facts.envelope)
      .bind(25, payload);
}

void bind_sealed_row(Statement& insert, const RowSealer::Sealed& sealed) {
  insert.bind(7, std::int64_t{sealed.key.value}).bind(8, sealed.facts).bind(9, sealed.payload);
}

}  // namespace

base::Result<LogWriter, OpenError> LogWriter::open(const Place& place, SegmentNumber number,
                                                   const FirstEntry& first, base::WallTime now) {
  OpenSegment segment = TRY(open_to_append(place, number, first, now));
  const std::string path = place.layout.segment_file(number);
  const char* const sql = place.cipher == nullptr ? kInsert : kInsertSealed;
  Statement insert = TRY(at_open(path, Statement::prepare(segment.connection, sql)));
  Statement known = TRY(at_open(path, Statement::prepare(segment.connection, kInsertKnown)));
  Statement begin = TRY(at_open(path, Statement::prepare(segment.connection, "BEGIN IMMEDIATE")));
  Statement commit = TRY(at_open(path, Statement::prepare(segment.connection, "COMMIT")));
  LogWriter writer(place, number, std::move(segment),
                   {std::move(insert), std::move(known), std::move(begin), std::move(commit)});
  writer.files_.remove_orphans(number, writer.last());
  return writer;
}

LogWriter::LogWriter(Place place, SegmentNumber number, OpenSegment segment, Statements statements)
    : place_(std::move(place)),
      number_(number),
      facts_(segment.facts),
      connection_(std::move(segment.connection)),
      wal_(connection_),
      statements_(std::move(statements)),
      files_(*place_.disk, place_.layout, place_.cipher),
      next_{facts_.last.value + 1} {}

Status LogWriter::insert(const Draft& draft) {
  if (!is_open_) static_cast<void>(TRY(begin()));
  const bool in_file = draft.payload.size() > kInlineBytesMax;
  if (in_file)
    static_cast<void>(TRY(files_.write(number_, {next_, draft.facts.id}, draft.payload)));
  static_cast<void>(TRY(put_row(draft, in_file)));
  fresh_bytes_ += kRowOverheadBytes + draft.payload.size() + draft.facts.answer.size();
  ++next_.value;
  return base::Done{};
}

Status LogWriter::begin() {
  static_cast<void>(TRY(statements_.begin.finish()));
  is_open_ = true;
  return base::Done{};
}

Status LogWriter::put_row(const Draft& draft, bool in_file) {
  encode_lanes(draft.lanes, lanes_);
  Statement& insert = statements_.insert;
  const base::ByteView payload = in_file ? base::ByteView() : draft.payload;
  bind_head(insert, draft.facts);
  insert.bind(1, next_.value)
      .bind(2, base::ByteView(lanes_))
      .bind(3, std::uint64_t{draft.payload.size()})
      .bind(4, std::int64_t{in_file ? 1 : 0});
  if (place_.cipher == nullptr) {
    bind_clear(insert, draft.facts, payload);
  } else {
    bind_sealed_row(insert, sealer_.seal(*place_.cipher, next_, draft.facts, payload, !in_file));
  }
  return insert.finish();
}

Status LogWriter::insert_known(base::ByteView entries) {
  CHECK(is_open_);
  fresh_bytes_ += entries.size();
  return statements_.insert_known.bind(1, next_.value - 1).bind(2, entries).finish();
}

Status LogWriter::commit() {
  if (!is_open_) return base::Done{};
  static_cast<void>(TRY(files_.sync(number_)));
  static_cast<void>(TRY(statements_.commit.finish()));
  is_open_ = false;
  files_.keep(number_);
  facts_.last = {next_.value - 1};
  facts_.size_bytes += std::exchange(fresh_bytes_, 0);
  return base::Done{};
}

void LogWriter::roll_back() {
  // SQLite has often done so by itself. Its answer does not matter: whatever fails
  // in it, the transaction is over and nothing of it shows.
  if (connection_.in_transaction()) static_cast<void>(connection_.run("ROLLBACK"));
  CHECK(!connection_.in_transaction());
  is_open_ = false;
  files_.set_aside();
  next_ = {facts_.last.value + 1};
  fresh_bytes_ = 0;
}

Status LogWriter::extend_wal(int page_count) { return sqlite::extend_wal(connection_, page_count); }

Status LogWriter::checkpoint_beyond(int page_count) {
  return wal_.checkpoint_beyond(connection_, page_count);
}

}  // namespace store::sqlite
