#include "store/sqlite/lane_sealing.hpp"

#include <array>
#include <string>
#include <utility>

#include "base/try.hpp"
#include "store/sqlite/statement.hpp"

namespace store::sqlite {
namespace {

constexpr std::int64_t kRowsAtOnce = 256;

struct Column {
  const char* table;
  const char* number;  // the part of the key behind connector and seq; "0": there is none
  const char* name;
  SealedAs what;
};

constexpr std::array<Column, 7> kColumns = {{
    {"waiting", "0", "reason", SealedAs::kWaitReason},
    {"parked", "0", "reason", SealedAs::kParkReason},
    {"parked", "0", "words", SealedAs::kParkWords},
    {"attempt", "number", "reason", SealedAs::kAttemptReason},
    {"attempt", "number", "words", SealedAs::kAttemptWords},
    {"discarded", "0", "failure", SealedAs::kDiscardFailure},
    {"discarded", "0", "reason", SealedAs::kDiscardReason},
}};

std::string select_of(const Column& column) {
  const std::string number = column.number;
  return std::string("SELECT connector, seq, ") + number + ", " + column.name + " FROM " +
         column.table + " WHERE (connector, seq, " + number +
         ") > (?1, ?2, ?3) AND connector >= ?1 ORDER BY connector, seq" +
         (number == "0" ? "" : ", number") + " LIMIT ?4";
}

std::string update_of(const Column& column) {
  return std::string("UPDATE ") + column.table + " SET " + column.name +
         " = ?4 WHERE connector = ?1 AND seq = ?2 AND " + column.number + " = ?3";
}

}  // namespace

base::Result<bool, StoreError> LaneSealing::step(Connection& connection,
                                                 const PayloadCipher& cipher) {
  if (column_ == kColumns.size()) {
    if (TRY(write_anew(connection))) return true;
    *this = {};
    return false;
  }
  static_cast<void>(TRY(connection.run("BEGIN IMMEDIATE")));
  Status sealed = seal_some(connection, cipher);
  if (sealed) sealed = connection.run("COMMIT");
  if (!sealed) {
    if (connection.in_transaction()) static_cast<void>(connection.run("ROLLBACK"));
    return base::fail(sealed.error());
  }
  if (is_end_) {
    ++column_;
    behind_ = {};
    is_end_ = false;
  }
  return true;
}

Status LaneSealing::seal_some(Connection& connection, const PayloadCipher& cipher) {
  const std::vector<Found> all = TRY(find_some(connection, cipher));
  auto update = TRY(Statement::prepare(connection, update_of(kColumns[column_])));
  for (const Found& each : all) {
    update.bind(1, each.row.connector)
        .bind(2, each.row.entry)
        .bind(3, each.row.number)
        .bind(4, base::ByteView(each.sealed));
    static_cast<void>(TRY(update.finish()));
  }
  return base::Done{};
}

// Those that the current key has not sealed. One that does not open stays as it is.
base::Result<std::vector<LaneSealing::Found>, StoreError> LaneSealing::find_some(
    Connection& connection, const PayloadCipher& cipher) {
  const Column& column = kColumns[column_];
  auto rows = TRY(Statement::prepare(connection, select_of(column)));
  rows.bind(1, behind_.connector)
      .bind(2, behind_.entry)
      .bind(3, behind_.number)
      .bind(4, kRowsAtOnce);
  std::vector<Found> all;
  std::vector<std::byte> clear;
  std::int64_t count = 0;
  while (TRY(rows.step())) {
    ++count;
    const Row row{rows.column_number(0), rows.column_number(1), rows.column_number(2)};
    behind_ = row;
    const base::ByteView text = rows.column_blob(3);
    const bool is_sealed = rows.is_blob(3);
    if (text.empty() || (is_sealed && sealed_by(text) == cipher.current())) continue;
    const SealPlace place = lane_text_place(
        column.what, {static_cast<std::uint32_t>(row.connector)},
        {static_cast<std::uint64_t>(row.entry)}, static_cast<std::uint32_t>(row.number));
    if (is_sealed) {
      const auto opened = cipher.open(place, text, clear);
      if (!opened && opened.error().fault == StoreFault::kDamaged) continue;
      if (!opened) return base::fail(opened.error());
    } else {
      clear.assign(text.begin(), text.end());
    }
    Found found;
    found.row = row;
    cipher.seal(place, clear, found.sealed);
    all.push_back(std::move(found));
  }
  is_end_ = count < kRowsAtOnce;
  return all;
}

base::Result<bool, StoreError> LaneSealing::write_anew(Connection& connection) {
  if (!is_written_) {
    static_cast<void>(TRY(connection.run("PRAGMA temp_store=MEMORY; VACUUM")));
    is_written_ = true;
  }
  const int code = sqlite3_wal_checkpoint_v2(connection.handle(), nullptr,
                                             SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if ((code & 0xFF) == SQLITE_BUSY) return true;  // somebody reads: it is tried again
  if (code != SQLITE_OK) return base::fail(connection.error(code));
  return false;
}

}  // namespace store::sqlite
