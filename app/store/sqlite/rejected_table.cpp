#include "store/sqlite/rejected_table.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/try.hpp"
#include "store/sqlite/identifiers.hpp"
#include "store/sqlite/sealed_texts.hpp"
#include "store/sqlite/side_database.hpp"

namespace store::sqlite {
namespace {

constexpr int kCheckpointPages = 1000;
constexpr std::uint64_t kTrimRows = 200;

constexpr const char* kInsert = R"sql(
INSERT INTO rejected(behind, received_at, size, kept, answer_code, type, trigger, control_id,
  patient_key, sending_application, sending_facility, listener, peer, tls_identity,
  config_revision, version, charset, outcome, reason, answer, key_id, id)
VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
  ?21, ?22)
)sql";

constexpr const char* kColumns =
    "SELECT id, behind, received_at, size, answer_code, type, trigger, control_id, patient_key,"
    " sending_application, sending_facility, listener, peer, tls_identity, version, charset,"
    " reason, answer, key_id";

// What of a row is sealed where there is a key, packed in this order: add at the end. The
// columns of kColumns from 5 on are the same.
constexpr std::size_t kTextCount = 13;
constexpr std::size_t kPeer = 7;
constexpr std::size_t kTlsIdentity = 8;
constexpr std::size_t kVersion = 9;
constexpr std::size_t kCharset = 10;
constexpr std::size_t kReason = 11;
constexpr std::size_t kAnswer = 12;

using Packed = std::array<std::string_view, kTextCount>;

Packed texts_of(const Rejected& rejected) {
  return {rejected.type,
          rejected.trigger,
          rejected.control_id,
          rejected.patient_key,
          rejected.sending_application,
          rejected.sending_facility,
          rejected.listener,
          rejected.peer,
          rejected.tls_identity,
          rejected.version,
          rejected.charset,
          rejected.reason,
          rejected.answer};
}

SealPlace refused_place(SealedAs what, std::uint64_t id) noexcept { return {what, id, 0}; }

Found found_of(const Statement& row, const Packed& texts) {
  Found found;
  found.key = {row.column_bits(0), true};
  found.received_at = base::WallTime(std::chrono::microseconds(row.column_number(2)));
  found.size_bytes = row.column_bits(3);
  found.answer_code = row.column_text(4);
  found.type = texts[0];
  found.trigger = texts[1];
  found.control_id = texts[2];
  found.patient_key = texts[3];
  found.sending_application = texts[4];
  found.sending_facility = texts[5];
  found.listener = texts[6];
  return found;
}

bool is_sealed(const Statement& row) noexcept { return row.column_number(18) != 0; }

// The texts of a row, views into it or into `clear`. One that was changed on disk has none.
base::Result<Packed, StoreError> texts_of(const Statement& row, const PayloadCipher* cipher,
                                          std::vector<std::byte>& clear) {
  Packed texts;
  if (!is_sealed(row)) {
    for (std::size_t index = 0; index < texts.size(); ++index) {
      texts[index] = row.column_text(5 + static_cast<int>(index));
    }
    return texts;
  }
  const SealPlace place = refused_place(SealedAs::kRefusedFacts, row.column_bits(0));
  const auto opened = open_sealed(cipher, place, row.column_blob(17), clear);
  if (!opened && opened.error().fault != StoreFault::kDamaged) return base::fail(opened.error());
  if (!opened || !unpack_texts(clear, texts)) texts = {};
  return texts;
}

// The indexes that there are for refused messages: the others are few enough to be looked at.
SearchPath rejected_path_of(const Search& search) {
  if (!search.control_id.empty()) {
    return {"INDEXED BY by_control_id", "control_id", search.control_id, kControlIdField};
  }
  if (!search.patient.empty()) {
    return {"INDEXED BY by_patient", "patient_key <> '' AND patient_key", search.patient,
            kPatientField};
  }
  return {};
}

// What may stand for a value: rows are in clear, or of any key.
std::vector<PayloadCipher::Mac> macs_of(const SearchPath& path, const PayloadCipher* cipher) {
  std::vector<PayloadCipher::Mac> macs;
  if (path.field.empty() || cipher == nullptr) return macs;
  for (const KeyId key : cipher->keys()) macs.push_back(cipher->mac(key, path.field, path.value));
  return macs;
}

}  // namespace

// ── Writing ─────────────────────────────────────────────────────────────────

base::Result<RejectedTable, OpenError> RejectedTable::open(const Place& place) {
  auto opened = open_once(place);
  if (opened || opened.error().fault == OpenFault::kDisk) return opened;
  remove_side(place, place.layout.rejected_file());
  return open_once(place);
}

base::Result<RejectedTable, OpenError> RejectedTable::open_once(const Place& place) {
  const std::string path = place.layout.rejected_file();
  Connection connection = TRY(open_side(place, path, rejected_schema()));
  const auto prepare = [&](const char* sql) {
    return at_open(path, Statement::prepare(connection, sql));
  };
  Statement insert = TRY(prepare(kInsert));
  Statement octets = TRY(prepare("INSERT INTO octets VALUES(last_insert_rowid(), ?1)"));
  Statement oldest = TRY(
      prepare("SELECT id, received_at, kept + length(answer) FROM rejected ORDER BY id LIMIT ?1"));
  Statement drop = TRY(prepare("DELETE FROM rejected WHERE id <= ?1"));
  Statement drop_octets = TRY(prepare("DELETE FROM octets WHERE id <= ?1"));
  const auto size =
      TRY(at_open(path, connection.number("SELECT sum(kept + length(answer)) FROM rejected")));
  const auto behind = TRY(at_open(path, connection.number("SELECT max(behind) FROM rejected")));
  const auto last_id = TRY(
      at_open(path, connection.number("SELECT seq FROM sqlite_sequence WHERE name = 'rejected'")));
  RejectedTable table(place, std::move(connection),
                      {std::move(insert), std::move(octets), std::move(oldest), std::move(drop),
                       std::move(drop_octets)});
  table.last_id_ = static_cast<std::uint64_t>(last_id);
  table.size_bytes_ = static_cast<std::uint64_t>(size);
  table.behind_ = {static_cast<std::uint64_t>(behind)};
  return table;
}

RejectedTable::RejectedTable(const Place& place, Connection connection, Statements statements)
    : cipher_(place.cipher),
      connection_(std::move(connection)),
      wal_(connection_),
      statements_(std::move(statements)) {}

template <class Change>
Status RejectedTable::in_transaction(Change change) {
  static_cast<void>(TRY(connection_.run("BEGIN IMMEDIATE")));
  Status done = change();
  if (done) done = connection_.run("COMMIT");
  if (!done && connection_.in_transaction()) static_cast<void>(connection_.run("ROLLBACK"));
  return done;
}

Status RejectedTable::add(const std::vector<RejectedRow>& rows) {
  const EntryId behind_before = behind_;
  const std::uint64_t id_before = last_id_;
  std::uint64_t added_bytes = 0;
  const Status added = in_transaction([&]() -> Status {
    for (const RejectedRow& row : rows) {
      behind_ = std::max(behind_, row.behind);
      static_cast<void>(TRY(insert(row)));
      const Rejected& rejected = row.rejected;
      added_bytes += rejected.message.size();
      added_bytes += cipher_ == nullptr ? rejected.answer.size() : sealed_facts_.size();
    }
    return base::Done{};
  });
  if (!added) {
    behind_ = behind_before;
    last_id_ = id_before;
    return added;
  }
  size_bytes_ += added_bytes;
  return wal_.checkpoint_beyond(connection_, kCheckpointPages);
}

Status RejectedTable::insert(const RejectedRow& row) {
  const Rejected& rejected = row.rejected;
  const std::uint64_t id = ++last_id_;
  statements_.insert.bind(1, behind_.value)
      .bind(2, std::int64_t{rejected.received_at.time_since_epoch().count()})
      .bind(3, rejected.size_bytes)
      .bind(4, std::uint64_t{rejected.message.size()})
      .bind(5, std::string_view(rejected.answer_code))
      .bind(15, rejected.config_revision)
      .bind(18, std::string_view(rejected.outcome))
      .bind(22, id);
  if (cipher_ == nullptr) {
    bind_clear(rejected);
  } else {
    bind_sealed_columns(rejected, id);
  }
  static_cast<void>(TRY(statements_.insert.finish()));
  return statements_.insert_octets.finish();
}

void RejectedTable::bind_clear(const Rejected& rejected) {
  statements_.insert.bind(6, std::string_view(rejected.type))
      .bind(7, std::string_view(rejected.trigger))
      .bind(8, std::string_view(rejected.control_id))
      .bind(9, std::string_view(rejected.patient_key))
      .bind(10, std::string_view(rejected.sending_application))
      .bind(11, std::string_view(rejected.sending_facility))
      .bind(12, std::string_view(rejected.listener))
      .bind(13, std::string_view(rejected.peer))
      .bind(14, std::string_view(rejected.tls_identity))
      .bind(16, std::string_view(rejected.version))
      .bind(17, std::string_view(rejected.charset))
      .bind(19, std::string_view(rejected.reason))
      .bind(20, base::as_bytes(rejected.answer))
      .bind(21, std::int64_t{0});
  statements_.insert_octets.bind(1, base::ByteView(rejected.message));
}

void RejectedTable::bind_sealed_columns(const Rejected& rejected, std::uint64_t id) {
  Statement& insert = statements_.insert;
  pack_texts(texts_of(rejected), packed_);
  const KeyId key =
      cipher_->seal(refused_place(SealedAs::kRefusedFacts, id), packed_, sealed_facts_);
  const Identifiers identifiers(*cipher_, key);
  for (const int parameter : {6, 7, 10, 11, 12, 13, 14, 16, 17, 19}) {
    insert.bind(parameter, std::string_view());
  }
  identifiers.bind(insert, 8, kControlIdField, rejected.control_id, macs_[0]);
  identifiers.bind(insert, 9, kPatientField, rejected.patient_key, macs_[1]);
  insert.bind(20, base::ByteView(sealed_facts_)).bind(21, std::int64_t{key.value});
  cipher_->seal(refused_place(SealedAs::kRefusedPayload, id), rejected.message, sealed_message_);
  statements_.insert_octets.bind(1, base::ByteView(sealed_message_));
}

base::Result<bool, StoreError> RejectedTable::trim(base::WallTime since, std::uint64_t bytes_max) {
  std::uint64_t dropped_bytes = 0;
  const Status dropped = in_transaction([&]() -> Status {
    dropped_bytes = TRY(drop_oldest(since, bytes_max));
    return base::Done{};
  });
  if (!dropped) return base::fail(dropped.error());
  if (dropped_bytes == 0) return false;
  size_bytes_ -= std::min(dropped_bytes, size_bytes_);
  static_cast<void>(TRY(connection_.run("PRAGMA incremental_vacuum(4096)")));
  // With the last of them what is measured shrinks too, before anything else has to go.
  if (size_bytes_ == 0) {
    static_cast<void>(TRY(wal_.give_room_back(connection_)));
    return true;
  }
  static_cast<void>(TRY(wal_.checkpoint_beyond(connection_, kCheckpointPages)));
  return true;
}

// How many octets went.
base::Result<std::uint64_t, StoreError> RejectedTable::drop_oldest(base::WallTime since,
                                                                   std::uint64_t bytes_max) {
  const std::int64_t since_us = since.time_since_epoch().count();
  std::uint64_t dropped_bytes = 0;
  std::uint64_t last = 0;
  {
    const ResetAtEnd reset(statements_.oldest);
    statements_.oldest.bind(1, kTrimRows);
    while (TRY(statements_.oldest.step())) {
      const bool is_old = statements_.oldest.column_number(1) < since_us;
      if (!is_old && size_bytes_ - dropped_bytes <= bytes_max) break;
      last = statements_.oldest.column_bits(0);
      dropped_bytes += statements_.oldest.column_bits(2);
    }
  }
  if (last == 0) return std::uint64_t{0};
  static_cast<void>(TRY(statements_.drop.bind(1, last).finish()));
  static_cast<void>(TRY(statements_.drop_octets.bind(1, last).finish()));
  return std::max<std::uint64_t>(dropped_bytes, 1);
}

// ── Searching ───────────────────────────────────────────────────────────────

base::Result<RejectedReader, OpenError> RejectedReader::open(const Place& place) {
  Connection connection = TRY(open_side_to_read(place, place.layout.rejected_file()));
  return RejectedReader(std::move(connection), place.cipher);
}

// Their order by id is that by place.
base::Result<bool, StoreError> RejectedReader::scan(const Search& search, SearchPlace before,
                                                    const Visit& visit) {
  const SearchPath path = rejected_path_of(search);
  const std::vector<PayloadCipher::Mac> macs = macs_of(path, cipher_);
  const bool is_narrow = !path.field.empty();
  std::string sql = std::string(kColumns) + " FROM rejected " + path.index;
  sql += " WHERE (behind < ?1 OR (behind = ?1 AND id < ?2))";
  if (is_narrow) sql += std::string(" AND ") + path.condition + " IN (?3";
  for (std::size_t index = 0; index < macs.size(); ++index) sql += ", ?";
  if (is_narrow) sql += ")";
  sql += " ORDER BY id DESC";
  Statement rows = TRY(Statement::prepare(connection_, sql));
  constexpr std::uint64_t kMost = INT64_MAX;
  rows.bind(1, std::min(before.seq, kMost)).bind(2, std::min(before.rejected, kMost));
  if (is_narrow) rows.bind(3, path.value);
  for (std::size_t index = 0; index < macs.size(); ++index) {
    rows.bind(4 + static_cast<int>(index), base::ByteView(macs[index]));
  }
  std::vector<std::byte> clear;
  while (TRY(rows.step())) {
    SearchRow row;
    row.found = found_of(rows, TRY(texts_of(rows, cipher_, clear)));
    const SearchPlace place{rows.column_bits(1), rows.column_bits(0)};
    if (!visit(place, std::move(row))) return false;
  }
  return true;
}

base::Result<std::optional<MessageRecord>, StoreError> RejectedReader::record(std::uint64_t id) {
  Statement row = TRY(Statement::prepare(
      connection_, std::string(kColumns) + ", config_revision, outcome, message FROM rejected"
                                           " JOIN octets USING(id) WHERE id = ?1"));
  row.bind(1, id);
  if (!TRY(row.step())) return std::optional<MessageRecord>();
  std::vector<std::byte> clear;
  const Packed texts = TRY(texts_of(row, cipher_, clear));
  MessageRecord record;
  record.found = found_of(row, texts);
  record.peer = texts[kPeer];
  record.tls_identity = texts[kTlsIdentity];
  record.version = texts[kVersion];
  record.charset = texts[kCharset];
  record.answer_reason = texts[kReason];
  record.answer = texts[kAnswer];
  record.config_revision = row.column_bits(19);
  record.outcome = row.column_text(20);
  const base::ByteView message = row.column_blob(21);
  if (is_sealed(row)) {
    const SealPlace place = refused_place(SealedAs::kRefusedPayload, id);
    static_cast<void>(TRY(open_sealed(cipher_, place, message, record.rejected_message)));
  } else {
    record.rejected_message.assign(message.begin(), message.end());
  }
  return std::optional<MessageRecord>(std::move(record));
}

base::Result<std::optional<std::uint64_t>, StoreError> RejectedReader::behind(std::uint64_t id) {
  auto rows = TRY(Statement::prepare(
      connection_, "SELECT behind FROM rejected WHERE id >= ?1 ORDER BY id LIMIT 1"));
  rows.bind(1, id);
  if (!TRY(rows.step())) return std::optional<std::uint64_t>();
  return std::optional<std::uint64_t>(rows.column_bits(0));
}

}  // namespace store::sqlite
