#include "store/sqlite/key_register.hpp"

#include <string>
#include <utility>

#include "base/try.hpp"
#include "store/sqlite/statement.hpp"

namespace store::sqlite {
namespace {

constexpr std::string_view kProof = "mllp-server";

struct Named {
  KeyId key;
  std::vector<std::byte> proof;
};

SealPlace proof_place(KeyId key) noexcept { return {SealedAs::kProof, key.value, 0}; }

base::Result<std::vector<Named>, OpenError> read_names(const Place& place) {
  const std::string path = place.layout.lanes_file();
  std::vector<Named> names;
  const auto size = TRY(at_open(path, place.disk->size_bytes(path)));
  if (!size || *size == 0) return names;
  Connection connection =
      TRY(at_open(path, Connection::open(path, place.vfs, OpenMode::kExisting)));
  connection.wait_for_locks();
  static_cast<void>(TRY(at_open(path, connection.run("PRAGMA synchronous=FULL"))));
  const auto has_table = TRY(at_open(
      path, connection.number("SELECT count(*) FROM sqlite_schema WHERE name = 'sealing'")));
  if (has_table == 0) return names;
  Statement rows =
      TRY(at_open(path, Statement::prepare(connection, "SELECT key_id, proof FROM sealing")));
  while (TRY(at_open(path, rows.step()))) {
    const base::ByteView proof = rows.column_blob(1);
    names.push_back({{static_cast<std::uint32_t>(rows.column_bits(0))},
                     std::vector<std::byte>(proof.begin(), proof.end())});
  }
  return names;
}

base::Failure<OpenError> refused(const Place& place, OpenFault fault, KeyId key) {
  OpenError error;
  error.fault = fault;
  error.path = place.layout.root();
  error.key = to_string(key);
  if (place.cipher != nullptr) error.keys_there = place.cipher->names();
  return base::fail(std::move(error));
}

// What is deleted leaves nothing behind in the file, or in its write-ahead log unless somebody
// reads there.
base::Status<OpenError> run(const Place& place, const char* sql, KeyId key, base::ByteView proof) {
  const std::string path = place.layout.lanes_file();
  Connection connection =
      TRY(at_open(path, Connection::open(path, place.vfs, OpenMode::kExisting)));
  connection.wait_for_locks();
  static_cast<void>(
      TRY(at_open(path, connection.run("PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
                                       "PRAGMA secure_delete=1"))));
  {
    Statement change = TRY(at_open(path, Statement::prepare(connection, sql)));
    change.bind(1, std::int64_t{key.value});
    if (!proof.empty()) change.bind(2, proof);
    static_cast<void>(TRY(at_open(path, change.finish())));
  }
  const int code = sqlite3_wal_checkpoint_v2(connection.handle(), nullptr,
                                             SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code == SQLITE_OK || (code & 0xFF) == SQLITE_BUSY) return base::Done{};
  return cannot_open(path, connection.error(code));
}

}  // namespace

base::Result<std::vector<KeyId>, OpenError> keys_of(const Place& place) {
  std::vector<KeyId> keys;
  for (const Named& each : TRY(read_names(place))) keys.push_back(each.key);
  return keys;
}

base::Status<OpenError> check_keys(const Place& place) {
  std::vector<std::byte> clear;
  for (const Named& each : TRY(read_names(place))) {
    if (place.cipher == nullptr) return refused(place, OpenFault::kNoKey, each.key);
    const auto opened = place.cipher->open(proof_place(each.key), each.proof, clear);
    const bool is_right = opened && base::as_text(clear) == kProof;
    if (!is_right) return refused(place, OpenFault::kWrongKey, each.key);
  }
  return base::Done{};
}

base::Status<OpenError> name_current_key(const Place& place) {
  if (place.cipher == nullptr) return base::Done{};
  const KeyId current = place.cipher->current();
  for (const Named& each : TRY(read_names(place))) {
    if (each.key == current) return base::Done{};
  }
  std::vector<std::byte> proof;
  const KeyId sealer = place.cipher->seal(proof_place(current), base::as_bytes(kProof), proof);
  if (sealer != current) return name_current_key(place);  // another one has come in between
  return run(place, "INSERT OR REPLACE INTO sealing VALUES(?1, ?2)", current, proof);
}

base::Status<OpenError> forget_other_keys(const Place& place) {
  if (place.cipher == nullptr) return base::Done{};
  return run(place, "DELETE FROM sealing WHERE key_id <> ?1", place.cipher->current(), {});
}

}  // namespace store::sqlite
