#include "store/sqlite/rejected_copy.hpp"

#include <utility>
#include <vector>

#include "base/try.hpp"
#include "store/sqlite/sealed_copy.hpp"
#include "store/sqlite/side_database.hpp"

namespace store::sqlite {
namespace {

constexpr std::uint64_t kRowsAtOnce = 64;

Rejected to_rejected(MessageRecord record) {
  Rejected rejected;
  rejected.received_at = record.found.received_at;
  rejected.listener = std::move(record.found.listener);
  rejected.peer = std::move(record.peer);
  rejected.tls_identity = std::move(record.tls_identity);
  rejected.config_revision = record.config_revision;
  rejected.type = std::move(record.found.type);
  rejected.trigger = std::move(record.found.trigger);
  rejected.version = std::move(record.version);
  rejected.control_id = std::move(record.found.control_id);
  rejected.sending_application = std::move(record.found.sending_application);
  rejected.sending_facility = std::move(record.found.sending_facility);
  rejected.patient_key = std::move(record.found.patient_key);
  rejected.charset = std::move(record.charset);
  rejected.answer_code = std::move(record.found.answer_code);
  rejected.outcome = std::move(record.outcome);
  rejected.reason = std::move(record.answer_reason);
  rejected.answer = std::move(record.answer);
  rejected.size_bytes = record.found.size_bytes;
  rejected.message = std::move(record.rejected_message);
  return rejected;
}

}  // namespace

base::Result<std::unique_ptr<RejectedCopy>, OpenError> RejectedCopy::begin(const Place& place) {
  const Place to = rekey_place(place);
  const std::string path = place.layout.rejected_file();
  static_cast<void>(TRY(make_root(to)));
  remove_side(to, to.layout.rejected_file());
  RejectedTable table = TRY(RejectedTable::open(to));
  Connection from = TRY(open_side_to_read(place, path));
  RejectedReader reader = TRY(RejectedReader::open(place));
  return std::unique_ptr<RejectedCopy>(new RejectedCopy(std::move(from), std::move(reader),
                                                        std::move(table), place.cipher->current()));
}

// A row that went meanwhile is not missed.
base::Result<bool, StoreError> RejectedCopy::step() {
  std::vector<std::uint64_t> ids;
  {
    Statement rows = TRY(Statement::prepare(
        from_, "SELECT id, key_id FROM rejected WHERE id > ?1 ORDER BY id LIMIT ?2"));
    rows.bind(1, after_).bind(2, kRowsAtOnce);
    while (TRY(rows.step())) {
      ids.push_back(rows.column_bits(0));
      if (rows.column_bits(1) != key_.value) has_others_ = true;
    }
  }
  std::vector<RejectedRow> run;
  for (const std::uint64_t id : ids) {
    auto record = TRY(reader_.record(id));
    const auto behind = TRY(reader_.behind(id));
    after_ = id;
    if (!record || !behind) continue;
    table_.continue_at(id);
    run.clear();
    run.push_back({to_rejected(std::move(*record)), {*behind}});
    static_cast<void>(TRY(table_.add(run)));
  }
  return ids.size() == kRowsAtOnce;
}

// As little is promised of them, a crash in between may cost the last ones.
Status take_rejected_place(const Place& place) {
  const std::string path = place.layout.rejected_file();
  const std::string from = rekey_place(place).layout.rejected_file();
  {
    Connection old = TRY(Connection::open(path, place.vfs, OpenMode::kExisting));
    old.wait_for_locks();
    static_cast<void>(TRY(old.number("SELECT count(*) FROM sqlite_schema")));
    const int code = sqlite3_wal_checkpoint_v2(old.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                               nullptr, nullptr);
    if (code != SQLITE_OK) return base::fail(old.error(code));
  }
  for (const char* const end : {"-wal", "-shm"}) {
    static_cast<void>(TRY(place.disk->remove(path + end)));
  }
  static_cast<void>(TRY(place.disk->sync_folder(place.layout.root())));
  static_cast<void>(TRY(place.disk->rename(from, path)));
  return place.disk->sync_folder(place.layout.root());
}

}  // namespace store::sqlite
